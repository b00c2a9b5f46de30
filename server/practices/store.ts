import { type Address, type MailboxId, mailboxIdFrom, parseAddress } from '../../crypto/wire/ids.js';
import type { Database, Transaction } from '../db/open.js';
import { foldName, idColumn } from '../db/sql.js';
import type { InvitationRow, MailboxRow, PracticeRow } from '../tables.js';

type Db = Database | Transaction;

export interface Invitation {
  readonly practiceId: number;
  readonly practiceName: string;
  readonly address: Address;
  readonly expiresAt: Date;
  readonly hasExpired: boolean;
  readonly used: { readonly mailboxId: MailboxId; readonly statementsDigest: Buffer } | null;
}

/** The practice of this name, which is made when there is none. */
export async function ensurePractice(trx: Transaction, name: string): Promise<number> {
  const [row] = await trx<PracticeRow>('practices')
    .insert({ name, folded_name: foldName(name) })
    .onConflict('name')
    .merge(['folded_name'])
    .returning('practice_id');
  if (row === undefined) throw new Error('an upsert returned nothing');
  return row.practice_id;
}

export async function hasMailbox(db: Db, address: Address): Promise<boolean> {
  return (await db<MailboxRow>('mailboxes').where({ address }).first('mailbox_id')) !== undefined;
}

/** A new invitation replaces the open one of its address. */
export async function deleteOpenInvitations(trx: Transaction, address: Address): Promise<void> {
  await trx<InvitationRow>('invitations').where({ address, used_at: null }).delete();
}

export interface NewInvitation {
  readonly tokenDigest: Buffer;
  readonly practiceId: number;
  readonly address: Address;
  readonly expiresInDays: number;
}

/** @returns when it expires */
export async function insertInvitation(trx: Transaction, invitation: NewInvitation): Promise<Date> {
  const [row] = await trx<InvitationRow>('invitations')
    .insert({
      token_digest: invitation.tokenDigest,
      practice_id: invitation.practiceId,
      address: invitation.address,
      expires_at: trx.raw('now() + make_interval(days => ?)', [invitation.expiresInDays]),
    })
    .returning('expires_at');
  if (row === undefined) throw new Error('an insert returned nothing');
  return row.expires_at;
}

export async function findInvitation(db: Db, tokenDigest: Buffer): Promise<Invitation | null> {
  return selectInvitation(db, tokenDigest);
}

/** The same, and nobody else uses it until the transaction ends. */
export async function lockInvitation(trx: Transaction, tokenDigest: Buffer): Promise<Invitation | null> {
  await trx<InvitationRow>('invitations').where({ token_digest: tokenDigest }).forUpdate().first('token_digest');
  return selectInvitation(trx, tokenDigest);
}

async function selectInvitation(db: Db, tokenDigest: Buffer): Promise<Invitation | null> {
  const row = await db<InvitationRow>('invitations')
    .join<PracticeRow>('practices', 'practices.practice_id', 'invitations.practice_id')
    .where({ token_digest: tokenDigest })
    .first<(InvitationRow & { name: string; has_expired: boolean }) | undefined>(
      'invitations.*',
      'practices.name',
      db.raw('expires_at <= now() as has_expired'),
    );
  if (row === undefined) return null;
  const { mailbox_id: mailboxId, statements_digest: statementsDigest } = row;
  return {
    practiceId: row.practice_id,
    practiceName: row.name,
    address: parseAddress(row.address),
    expiresAt: row.expires_at,
    hasExpired: row.has_expired,
    used:
      mailboxId === null || statementsDigest === null
        ? null
        : { mailboxId: mailboxIdFrom(mailboxId), statementsDigest },
  };
}

export async function markInvitationUsed(
  trx: Transaction,
  tokenDigest: Buffer,
  mailboxId: MailboxId,
  statementsDigest: Buffer,
): Promise<void> {
  await trx<InvitationRow>('invitations')
    .where({ token_digest: tokenDigest })
    .update({ used_at: trx.fn.now(), mailbox_id: idColumn(mailboxId), statements_digest: statementsDigest });
}
