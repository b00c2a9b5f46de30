import type { BlobStore } from './blobs/store.js';
import type { Database } from './db/open.js';
import type { Job } from './jobs/jobs.js';
import { endAcknowledged } from './mailboxes/end-acknowledged.js';
import { expireEnvelopes } from './mailboxes/expire.js';
import { sweepPairings } from './pairings/sweep.js';
import { sweepChallenges, sweepSessions } from './sessions/sweep.js';
import { endAccess } from './uploads/end-access.js';
import { expirePayloads } from './uploads/expire.js';
import { closePractices } from './standing/administer.js';
import { sweepOrphans } from './uploads/sweep.js';

export interface HousekeepingDeps {
  readonly db: Database;
  readonly blobs: BlobStore;
  /** How old a blob without a row must be. */
  readonly orphanGraceMs: number;
  /** Set when no other process writes to the blob store: what is older than this process is then old enough. */
  readonly aloneSinceMs: number | null;
  /** Days after the last acknowledgement that a message is over; null, the default, keeps it until it expires. */
  readonly deleteAcknowledgedDays?: number | null;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

function endedJob(db: Database, before: () => Date): Job {
  const run = () => endAcknowledged({ db, endAccess }, before());
  return { name: 'acknowledged-messages', everyMs: 10 * MINUTE_MS, run };
}

export function housekeeping(deps: HousekeepingDeps): readonly Job[] {
  const { db, blobs, orphanGraceMs, aloneSinceMs } = deps;
  const days = deps.deleteAcknowledgedDays ?? null;
  const acknowledgedBefore = () => new Date(Date.now() - (days ?? 0) * DAY_MS);
  const ended = days === null ? [] : [endedJob(db, acknowledgedBefore)];
  const orphansBefore = () => new Date(Math.max(Date.now() - orphanGraceMs, aloneSinceMs ?? 0));
  return [
    { name: 'expired-challenges', everyMs: MINUTE_MS / 2, run: () => sweepChallenges(db) },
    { name: 'expired-sessions', everyMs: 10 * MINUTE_MS, run: () => sweepSessions(db) },
    { name: 'expired-pairings', everyMs: MINUTE_MS, run: () => sweepPairings(db) },
    { name: 'closed-practices', everyMs: MINUTE_MS, run: () => closePractices(db) },
    ...ended,
    { name: 'expired-messages', everyMs: 10 * MINUTE_MS, run: () => expireEnvelopes(db) },
    // Often: what was withdrawn is to be gone soon.
    { name: 'expired-payloads', everyMs: MINUTE_MS, run: () => expirePayloads(db, blobs) },
    { name: 'orphaned-blobs', everyMs: 10 * MINUTE_MS, run: () => sweepOrphans(db, blobs, orphansBefore()) },
  ];
}
