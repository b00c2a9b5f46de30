import { io } from 'socket.io-client';
import { type Relay } from './relay.js';

/**
 * The relay's hints (docs/spec/relay-api.md §7): something is new, ask again. They carry no content, may be lost, and are
 * never believed for more than a reason to ask.
 */
export interface Hints extends Disposable {
  /** Settles at the next hint, or after `timeoutMs` without one. */
  next(timeoutMs: number): Promise<void>;
}

export function connectHints(relay: Relay): Hints {
  const waiting = new Set<() => void>();
  let missed = false;
  const wake = (): void => {
    missed = waiting.size === 0;
    for (const resolve of waiting) resolve();
    waiting.clear();
  };
  const socket = io(relay.origin, {
    path: '/api/hints',
    transports: ['websocket'],
    // Asked for at every connection: a session may have ended in between.
    auth: (give) => {
      relay.sessionToken().then(
        (token) => give({ token }),
        () => give({}),
      );
    },
  });
  // A relay that closes a connection by itself wants it made anew, with a session that is still good.
  socket.on('disconnect', (reason) => void (reason === 'io server disconnect' && socket.connect()));
  for (const event of ['delivery', 'tally', 'consent', 'urgent', 'connect']) socket.on(event, wake);
  return {
    async next(timeoutMs) {
      if (!missed) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, timeoutMs);
          waiting.add(() => {
            clearTimeout(timer);
            resolve();
          });
        });
      }
      missed = false;
    },
    [Symbol.dispose]() {
      socket.disconnect();
      // Who still waits is let go, and no timer keeps a process from ending.
      wake();
    },
  };
}
