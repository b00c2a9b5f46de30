/**
 * An action of which only one runs at a time, for callers who want to know what is true now: a run that has begun before they asked may have looked already, so they get
 * the next one, together with all who ask meanwhile.
 */
export interface AfterNow {
  run(): Promise<void>;
  /** Settles when nothing runs and nothing is going to. Never throws. */
  settled(): Promise<void>;
}

export function afterNow(action: () => Promise<void>): AfterNow {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const begin = (): Promise<void> => (running = action().finally(() => (running = null)));
  return {
    run() {
      if (running === null) return begin();
      next ??= running
        .catch(() => undefined)
        .then(() => {
          next = null;
          // Somebody may have been faster: what has begun by now is new enough.
          return running ?? begin();
        });
      return next;
    },
    async settled() {
      for (let last = next ?? running; last !== null; last = next ?? running) await last.catch(() => undefined);
    },
  };
}
