import { createHash } from 'node:crypto';
import type { Transaction } from '../db/open.js';
import { toBuffer } from '../db/sql.js';
import type { LogQueueRow } from '../tables.js';

/** By NOTIFY inside the transaction that fills the queue: heard when it has committed. */
export const LOG_CHANNEL = 'bildbote_log';

export interface AcceptedStatement {
  /** SHA-256 of the mailbox's address. */
  readonly mapIndex: Uint8Array;
  readonly seq: number;
  readonly bytes: Uint8Array;
  readonly head: Uint8Array;
}

/**
 * docs/spec/directory.md §8: in the transaction that accepts them, so that no statement is served that the log will not hold.
 * Of one mailbox in order, since its row is locked.
 */
export async function enqueueStatements(trx: Transaction, statements: readonly AcceptedStatement[]): Promise<void> {
  if (statements.length === 0) return;
  await trx<LogQueueRow>('log_queue').insert(
    statements.map(({ mapIndex, seq, bytes, head }) => ({
      map_index: toBuffer(mapIndex),
      seq,
      digest: createHash('sha256').update(bytes).digest(),
      head: toBuffer(head),
    })),
  );
  await trx.raw('select pg_notify(?, ?)', [LOG_CHANNEL, '']);
}
