import { type MailboxId } from '../../crypto/wire/ids.js';
import type { Database, Transaction } from '../db/open.js';
import { idColumn, toBuffer } from '../db/sql.js';
import type { BalanceRow, StatementRow } from '../tables.js';

type Db = Database | Transaction;

export interface StoredBalance {
  readonly seq: number;
  readonly carried: Uint8Array;
}

export async function upsertBalance(trx: Transaction, mailboxId: MailboxId, balance: StoredBalance): Promise<void> {
  await trx<BalanceRow>('balances')
    .insert({ mailbox_id: idColumn(mailboxId), seq: balance.seq, carried: toBuffer(balance.carried) })
    .onConflict('mailbox_id')
    .merge();
}

export async function findBalance(db: Db, mailboxId: MailboxId): Promise<StoredBalance | null> {
  const row = await db<BalanceRow>('balances')
    .where({ mailbox_id: idColumn(mailboxId) })
    .first('seq', 'carried');
  return row ?? null;
}

/** In the order of their numbers. */
export async function listStatementsAt(db: Db, mailboxId: MailboxId, seqs: readonly number[]): Promise<Uint8Array[]> {
  const rows = await db<StatementRow>('statements')
    .where({ mailbox_id: idColumn(mailboxId) })
    .whereIn('seq', seqs)
    .orderBy('seq')
    .select('bytes');
  return rows.map(({ bytes }) => bytes);
}

/** Hashes of the statements before `seq`, in order. */
export async function listHeadsBefore(db: Db, mailboxId: MailboxId, seq: number): Promise<Uint8Array[]> {
  const rows = await db<StatementRow>('statements')
    .where({ mailbox_id: idColumn(mailboxId) })
    .where('seq', '<', seq)
    .orderBy('seq')
    .select('hash');
  return rows.map(({ hash }) => hash);
}
