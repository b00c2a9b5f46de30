import { type ReactNode, useRef, useState } from 'react';
import { type SendingView } from '../../desk/view.js';
import { Button, Failure, Foreign, Progress } from '../parts/controls.js';
import { Dialog } from '../parts/dialog.js';
import { chosenFrom } from '../parts/chosen.js';
import { useDesk, useDeskState, useErrorText } from '../state/desk.js';
import { errorKey } from '../texts/translate.js';
import { formatBytes, formatSeconds } from '../texts/format.js';

/** Messages on their way out, each with how far it is and what it waits for. */
export function SendingList(): ReactNode {
  const { t } = useDesk();
  const sendings = useDeskState((state) => state.sendings);
  if (sendings.length === 0) return null;
  return (
    <section className="sendings" aria-label={t('sending.title')}>
      {sendings.map((sending) => (
        <SendingCard key={sending.messageId} sending={sending} />
      ))}
    </section>
  );
}

function SendingCard({ sending }: { readonly sending: SendingView }): ReactNode {
  const { t, worker } = useDesk();
  const { state, messageId } = sending;
  return (
    <div className="sending" data-kind={state.kind}>
      <div className="row-line">
        <strong>
          <Foreign text={sending.subject === '' ? t('mailbox.noSubject') : sending.subject} />
        </strong>
        {state.kind === 'sending' ? (
          <Button size="small" icon="stop" onClick={() => void worker.call('stopSending', { messageId })}>
            {t('sending.stop')}
          </Button>
        ) : null}
      </div>
      {sending.to.length === 0 ? null : (
        <div className="hint">
          <Foreign text={sending.to.join(', ')} />
        </div>
      )}
      {state.kind === 'sending' ? <Rate state={state} /> : null}
      {state.kind === 'interrupted' || state.kind === 'looking' ? (
        <Interrupted messageId={messageId} state={state} />
      ) : null}
      {state.kind === 'held' ? <p className="hint">{t('sending.held')}</p> : null}
      {state.kind === 'failed' ? <Failure title={t('sending.failed')} text={t(errorKey(state.code))} /> : null}
      {state.kind === 'sending' || state.kind === 'looking' ? null : (
        <GiveUp messageId={messageId} isFailed={state.kind === 'failed'} />
      )}
    </div>
  );
}

/** For good; what has failed is only put away. */
function GiveUp({ messageId, isFailed }: { readonly messageId: string; readonly isFailed: boolean }): ReactNode {
  const { t, worker } = useDesk();
  const errorText = useErrorText();
  const [isAsking, setAsking] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const giveUp = (): void => {
    setAsking(false);
    worker.call('giveUp', { messageId }).catch((error: unknown) => setFailure(errorText(error)));
  };
  return (
    <>
      <Failure title={t('error.title')} text={failure} />
      <Button size="small" icon="close" onClick={isFailed ? giveUp : () => setAsking(true)}>
        {t(isFailed ? 'common.close' : 'sending.giveUp')}
      </Button>
      {isAsking ? (
        <Dialog title={t('sending.giveUpTitle')} onClose={() => setAsking(false)}>
          <p>{t('sending.giveUpText')}</p>
          <div className="row dialog-end">
            <Button onClick={() => setAsking(false)}>{t('sending.keep')}</Button>
            <Button look="danger" onClick={giveUp}>
              {t('sending.giveUp')}
            </Button>
          </div>
        </Dialog>
      ) : null}
    </>
  );
}

function Rate({ state }: { readonly state: Extract<SendingView['state'], { kind: 'sending' }> }): ReactNode {
  const { t, language } = useDesk();
  const { bytes, totalBytes, bytesPerSecond } = state;
  const [done, total] = [formatBytes(bytes, language), formatBytes(totalBytes, language)];
  const left = bytesPerSecond > 0 ? formatSeconds((totalBytes - bytes) / bytesPerSecond, language) : null;
  return (
    <>
      <Progress label={t('sending.progress', { done, total })} value={bytes} max={totalBytes} />
      <div className="hint" role="status">
        {totalBytes === 0 ? t('sending.preparing') : t('sending.progress', { done, total })}
        {left === null ? null : ` · ${t('sending.rate', { rate: formatBytes(bytesPerSecond, language), time: left })}`}
      </div>
    </>
  );
}

type Stopped = Extract<SendingView['state'], { kind: 'interrupted' | 'looking' }>;

interface StoppedProps {
  readonly messageId: string;
  readonly state: Stopped;
}

/** A browser that is asked by a click may read files again; one that cannot keep them has them chosen again. */
function Interrupted({ messageId, state }: StoppedProps): ReactNode {
  const { t } = useDesk();
  const { isLooking, failure, run } = useResume(messageId, state);
  return (
    <>
      <Failure title={t('error.title')} text={failure} />
      {isLooking ? <Progress label={t('sending.looking')} value={0} max={0} /> : null}
      <div className="hint" role="status">
        {isLooking ? t('sending.looking') : <Why state={state} />}
      </div>
      {isLooking || state.kind === 'looking' ? null : state.needs === 'files' ? (
        <ChooseAgain onChosen={run} />
      ) : (
        <Button size="small" icon="play" onClick={() => run([])}>
          {t('sending.resume')}
        </Button>
      )}
    </>
  );
}

/** From the choice on nothing can be chosen until it is known what it was: a second choice would be lost. */
function useResume(messageId: string, state: Stopped) {
  const { worker } = useDesk();
  const errorText = useErrorText();
  const [isChosen, setChosen] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const resume = async (files: readonly File[]): Promise<void> => {
    if (state.kind === 'interrupted' && state.needs === 'permission') {
      for (const handle of await worker.call('handlesOf', { messageId })) await askAgain(handle);
    }
    await worker.call('resumeSending', { messageId, chosen: chosenFrom(files) });
  };
  const run = (files: readonly File[]): void => {
    setFailure(null);
    setChosen(files.length > 0);
    resume(files)
      .catch((error: unknown) => setFailure(errorText(error)))
      .finally(() => setChosen(false));
  };
  return { isLooking: isChosen || state.kind === 'looking', failure, run };
}

function Why({ state }: Pick<StoppedProps, 'state'>): ReactNode {
  const { t } = useDesk();
  if (state.kind === 'looking' || state.needs === 'nothing') return t('sending.interrupted');
  if (state.needs !== 'files') return t('sending.needsPermission');
  if (state.looked === null) return t('sending.needsFiles');
  const { found, needed, strange } = state.looked;
  const of = t('sending.found', { n: found, total: needed });
  return strange === 0 ? of : `${t('sending.strange', { n: strange })} ${of}`;
}

function ChooseAgain({ onChosen }: { readonly onChosen: (files: readonly File[]) => void }): ReactNode {
  const { t } = useDesk();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        className="sr-only"
        type="file"
        multiple
        tabIndex={-1}
        aria-label={t('sending.chooseAgain')}
        onChange={(event) => {
          const files = [...(event.target.files ?? [])];
          // The same choice once more is a choice, too.
          event.target.value = '';
          if (files.length > 0) onChosen(files);
        }}
      />
      <Button size="small" icon="folder" onClick={() => input.current?.click()}>
        {t('sending.chooseAgain')}
      </Button>
    </>
  );
}

type Asking = FileSystemHandle & { requestPermission?: (options: { mode: 'read' }) => Promise<PermissionState> };

async function askAgain(handle: FileSystemHandle): Promise<void> {
  await (handle as Asking).requestPermission?.({ mode: 'read' });
}
