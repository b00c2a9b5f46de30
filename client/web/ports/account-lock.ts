/** One tab at a time works with the account: logs have one writer. The browser gives the lock back when a tab ends. */

const LOCK = 'bildbote-account';
/** A worker that has just been ended gives its lock back within moments. */
const WAIT_MS = 1500;

/** @returns false when another tab holds it; else it is held until this worker ends */
export async function takeAccountLock(): Promise<boolean> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(LOCK, { signal: AbortSignal.timeout(WAIT_MS) }, () => {
        resolve(true);
        return new Promise<void>(() => undefined);
      })
      .catch((error: unknown) => {
        if (error instanceof DOMException && error.name === 'TimeoutError') resolve(false);
        else reject(error as Error);
      });
  });
}
