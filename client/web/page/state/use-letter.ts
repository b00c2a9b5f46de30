import { useEffect, useMemo, useState } from 'react';
import { type LetterView } from '../../desk/view.js';
import { useDesk, useDeskState } from './desk.js';

interface Opened {
  readonly letter: LetterView | null;
  readonly failure: unknown;
}

/** A message with everything that is known of it; asked for anew when its plan comes or its receipts or its work change. */
export function useLetter(key: string): Opened {
  const { worker } = useDesk();
  const plans = useDeskState((state) => state.plans.get(key) ?? 0);
  const state = useDeskState((all) => all.states.get(key) ?? all.rows.find((row) => row.key === key)?.state);
  const arrived = useDeskState((all) => all.arrived.get(key));
  const changes = useDeskState((all) => {
    const row = all.rows.find((one) => one.key === key);
    if (row === undefined) return '';
    const { receipts, assignee, isDone, notes, imports, isWithdrawn } = row;
    return JSON.stringify([receipts, assignee, isDone, notes, imports, isWithdrawn]);
  });
  const [opened, setOpened] = useState<Opened>({ letter: null, failure: null });
  const isComplete = state?.kind === 'complete';
  useEffect(() => {
    let isCurrent = true;
    worker.call('openLetter', { key }).then(
      (letter) => isCurrent && setOpened({ letter, failure: null }),
      (failure: unknown) => isCurrent && setOpened({ letter: null, failure }),
    );
    return () => {
      isCurrent = false;
    };
  }, [worker, key, plans, isComplete, changes]);
  const { letter, failure } = opened;
  return useMemo(() => {
    if (letter === null) return { letter, failure };
    const here = arrived === undefined ? letter.here : [...new Set([...letter.here, ...arrived])];
    return { letter: { ...letter, state: state ?? letter.state, here }, failure };
  }, [letter, failure, state, arrived]);
}
