import { useState } from 'react';
import { type BlockedView } from '../../desk/deidentification.js';
import { type GuardFinding } from '../../desk/view.js';
import { useDesk, useErrorText } from '../state/desk.js';
import { go } from '../state/route.js';
import { type Draft, isDeidentified, sendInput } from './draft.js';

export interface Sending {
  readonly isBusy: boolean;
  readonly failure: string | null;
  /** What a person should look at before it is sent; null while there is nothing. */
  readonly findings: readonly GuardFinding[] | null;
  /** Instances that cannot go out like this; null while there are none. */
  readonly blocked: readonly BlockedView[] | null;
  /** Bytes de-identified so far; null while that is not under way. */
  readonly progress: number | null;
  readonly look: () => void;
  readonly send: () => void;
  readonly sendConfirmed: () => void;
  readonly back: () => void;
}

/** The steps before the first byte leaves: look at the recipients, take the patient out, seal. Each can end it, and nothing was sent. */
export function useSend(draft: Draft, replyTo: string | null): Sending {
  const { worker } = useDesk();
  const errorText = useErrorText();
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const [findings, setFindings] = useState<readonly GuardFinding[] | null>(null);
  const [blocked, setBlocked] = useState<readonly BlockedView[] | null>(null);
  const [progress, setProgress] = useState<number | null>(null);

  const run = (step: () => Promise<void>): void => {
    setBusy(true);
    setFailure(null);
    setFindings(null);
    setBlocked(null);
    step()
      .catch((error: unknown) => setFailure(errorText(error)))
      .finally(() => {
        setBusy(false);
        setProgress(null);
      });
  };
  const seal = async (isConfirmed: boolean): Promise<void> => {
    const { collection, deidentify, leftOut, masks } = draft;
    if (isDeidentified(draft) && collection !== null && deidentify !== null) {
      const onProgress = ({ bytes }: { bytes: number }): void => setProgress(bytes);
      const how = { ...deidentify, masks, isConfirmed };
      const made = await worker.call('deidentify', { id: collection.id, leftOut, how }, { onProgress });
      if (made.blocked.length > 0) return setBlocked(made.blocked);
    }
    await worker.call('send', sendInput(draft, replyTo));
    go({ kind: 'folder', folder: 'sent', letter: null });
  };
  const look = async (): Promise<void> => {
    const { to, collection, leftOut } = draft;
    const found = await worker.call('guard', { to, collectionId: collection?.id ?? null, leftOut });
    if (found.length === 0) await seal(false);
    else setFindings(found);
  };
  return {
    isBusy,
    failure,
    findings,
    blocked,
    progress,
    look: () => run(look),
    send: () => run(() => seal(false)),
    sendConfirmed: () => run(() => seal(true)),
    back: () => {
      setFindings(null);
      setBlocked(null);
    },
  };
}
