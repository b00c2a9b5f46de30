import { randomBytes } from 'node:crypto';
import type { Database } from '../db/open.js';
import { type Log, loggable } from '../log.js';
import { markSeen, removeNode } from './node-store.js';

/**
 * How many nodes serve. A load balancer spreads requests over them, so that each allows its part of every limit, and nothing
 * has to be asked of the database for a request (decision 93).
 */
export interface Presence extends AsyncDisposable {
  /** At least 1; as of the last look. */
  count(): number;
  /** Looks now. */
  look(): Promise<void>;
}

const LOOK_EVERY_MS = 5_000;
/** Three looks that did not come: a node that was killed leaves its part to the others. */
const GONE_AFTER_MS = 15_000;

export async function startPresence(db: Database, log: Log): Promise<Presence> {
  const nodeId = randomBytes(16);
  let count = 1;
  let current = Promise.resolve();
  const look = async (): Promise<void> => {
    try {
      count = await markSeen(db, nodeId, GONE_AFTER_MS);
    } catch (error) {
      // Without a database nothing is served either; the number stays.
      log.warn(loggable(error), 'the number of nodes could not be asked for');
    }
  };
  await look();
  const timer = setInterval(() => void (current = look()), LOOK_EVERY_MS);
  timer.unref();
  return {
    count: () => count,
    look,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await current;
      await removeNode(db, nodeId).catch(() => undefined);
    },
  };
}

/** A node's part of a limit, rounded down so that all of them together stay within it; one at least. */
export function shareOf(limit: number, nodes: number): number {
  return Math.max(1, Math.floor(limit / nodes));
}
