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

const RECONNECT_MS = 5000;

/** @param at where the relay is reached, when that is not its own name */
export function connectHints(relay: Relay, at: string = relay.origin): Hints {
  const waiting = new Set<() => void>();
  let missed = false;
  let isOver = false;
  const wake = (): void => {
    missed = waiting.size === 0;
    for (const resolve of waiting) resolve();
    waiting.clear();
  };
  const socket = io(at, {
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
  // One that refuses it, because it has only just started or a session was ended, is asked again: nobody else would.
  socket.on('connect_error', () => {
    if (!socket.active && !isOver) setTimeout(() => isOver || socket.connect(), RECONNECT_MS);
  });
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
      isOver = true;
      socket.disconnect();
      // Who still waits is let go, and no timer keeps a process from ending.
      wake();
    },
  };
}
