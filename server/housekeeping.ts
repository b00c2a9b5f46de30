import type { BlobStore } from './blobs/store.js';
import type { Database } from './db/open.js';
import type { Job } from './jobs/jobs.js';
import { expireEnvelopes } from './mailboxes/expire.js';
import { sweepPairings } from './pairings/sweep.js';
import { sweepChallenges, sweepSessions } from './sessions/sweep.js';
import { expirePayloads } from './uploads/expire.js';
import { sweepOrphans } from './uploads/sweep.js';

export interface HousekeepingDeps {
  readonly db: Database;
  readonly blobs: BlobStore;
  /** How old a blob without a row must be. */
  readonly orphanGraceMs: number;
  /** Set when no other process writes to the blob store: what is older than this process is then old enough. */
  readonly aloneSinceMs: number | null;
}

const MINUTE_MS = 60_000;

export function housekeeping({ db, blobs, orphanGraceMs, aloneSinceMs }: HousekeepingDeps): readonly Job[] {
  const orphansBefore = () => new Date(Math.max(Date.now() - orphanGraceMs, aloneSinceMs ?? 0));
  return [
    { name: 'expired-challenges', everyMs: MINUTE_MS / 2, run: () => sweepChallenges(db) },
    { name: 'expired-sessions', everyMs: 10 * MINUTE_MS, run: () => sweepSessions(db) },
    { name: 'expired-pairings', everyMs: MINUTE_MS, run: () => sweepPairings(db) },
    { name: 'expired-messages', everyMs: 10 * MINUTE_MS, run: () => expireEnvelopes(db) },
    // Often: what was withdrawn is to be gone soon.
    { name: 'expired-payloads', everyMs: MINUTE_MS, run: () => expirePayloads(db, blobs) },
    { name: 'orphaned-blobs', everyMs: 10 * MINUTE_MS, run: () => sweepOrphans(db, blobs, orphansBefore()) },
  ];
}
