/** What the line takes, measured while something is under way on it: waiting for work does not count. */
export interface LineMeter {
  /** @returns to be called when the request has ended, with what it carried */
  begin(): (bytes: number) => void;
  /** Null until enough has gone out to tell. */
  readonly bytesPerS: number | null;
}

/** The first parts are small and say more about the round trip than about the line. */
const ENOUGH_BYTES = 1_500_000;
/** What lies further back counts half. */
const HALVE_EVERY_BYTES = 32_000_000;

export function createLineMeter(nowMs: () => number = () => performance.now()): LineMeter {
  let underWay = 0;
  let sinceMs = 0;
  let busyMs = 0;
  let bytes = 0;

  function settle(): void {
    const now = nowMs();
    if (underWay > 0) busyMs += now - sinceMs;
    sinceMs = now;
  }

  return {
    begin() {
      settle();
      underWay += 1;
      return (carried) => {
        settle();
        underWay -= 1;
        bytes += carried;
        if (bytes < HALVE_EVERY_BYTES) return;
        bytes /= 2;
        busyMs /= 2;
      };
    },
    get bytesPerS() {
      return bytes < ENOUGH_BYTES || busyMs <= 0 ? null : (bytes / busyMs) * 1000;
    },
  };
}
