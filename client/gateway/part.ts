/** How a part of the gateway is: for the status page, `/readyz` and the metrics. Words and counts only, no health data. */
export interface PartStatus {
  readonly state: 'working' | 'degraded' | 'stopped';
  /** By name, for instance `waiting` → 3. */
  readonly counts: Readonly<Record<string, number>>;
  /** Code of what went wrong last, null when the last attempt went well. */
  readonly lastFailure: string | null;
}

/**
 * A part of the gateway with a lifetime. Disposing of it is graceful: it takes nothing new, brings what it does to a point from which the
 * next run goes on, and returns.
 */
export interface Part extends AsyncDisposable {
  readonly name: string;
  status(): PartStatus;
}

/** Who wants to hear what happens in a part. A listener that throws is its own fault: the part goes on. */
export interface Listeners<Event> {
  subscribe(listener: (event: Event) => void): Disposable;
  publish(event: Event): void;
}

export function createListeners<Event>(): Listeners<Event> {
  const listeners = new Set<(event: Event) => void>();
  return {
    subscribe(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    publish(event) {
      for (const listener of [...listeners]) {
        try {
          listener(event);
        } catch {
          // The event has happened; what somebody makes of it must not undo it.
        }
      }
    },
  };
}
