import type { Database, Transaction } from '../db/open.js';
import type { InvitationRow, LookRow, MailboxRow, PracticeRow, ProtectedNameRow } from '../tables.js';

type Db = Database | Transaction;

export type LookKind = LookRow['kind'];

/** Takes those forms that nobody has. A transaction that takes the same one at this moment is waited for. */
export async function takeForms(
  trx: Transaction,
  kind: LookKind,
  forms: readonly string[],
  practiceId: number,
): Promise<void> {
  const rows = [...forms].sort().map((form) => ({ kind, form, practice_id: practiceId }));
  await trx<LookRow>('looks').insert(rows).onConflict(['kind', 'form']).ignore();
}

/** Other practices that have one of the forms. */
export async function findOwners(
  trx: Transaction,
  kind: LookKind,
  forms: readonly string[],
  practiceId: number,
): Promise<number[]> {
  const rows = await trx<LookRow>('looks')
    .where({ kind })
    .whereIn('form', forms)
    .whereNot({ practice_id: practiceId })
    .distinct<Pick<LookRow, 'practice_id'>[]>('practice_id');
  return rows.map((row) => row.practice_id);
}

/** Whether the practice has a mailbox or may still get one: what else it was called is free again. */
export async function isInUse(trx: Transaction, practiceId: number): Promise<boolean> {
  const key = { practice_id: practiceId };
  if ((await trx<MailboxRow>('mailboxes').where(key).first('mailbox_id')) !== undefined) return true;
  const open = trx<InvitationRow>('invitations').where({ ...key, used_at: null });
  return (await open.whereRaw('expires_at > now()').first('token_digest')) !== undefined;
}

export async function releaseForms(trx: Transaction, practiceId: number): Promise<void> {
  await trx<LookRow>('looks').where({ practice_id: practiceId }).delete();
}

export async function releaseForm(trx: Transaction, kind: LookKind, form: string): Promise<void> {
  await trx<LookRow>('looks').where({ kind, form }).delete();
}

/** Addresses that the practice has or may still get. */
export async function listAddressesOf(trx: Transaction, practiceId: number): Promise<string[]> {
  const key = { practice_id: practiceId };
  const mailboxes = await trx<MailboxRow>('mailboxes').where(key).select('address');
  const open = trx<InvitationRow>('invitations').where({ ...key, used_at: null });
  const invited = await open.whereRaw('expires_at > now()').select('address');
  return [...mailboxes, ...invited].map((row) => row.address);
}

export async function findProtected(db: Db, forms: readonly string[]): Promise<string | null> {
  return (await db<ProtectedNameRow>('protected_names').whereIn('form', forms).first('name'))?.name ?? null;
}

export async function insertProtected(trx: Transaction, forms: readonly string[], name: string): Promise<void> {
  const rows = forms.map((form) => ({ form, name }));
  await trx<ProtectedNameRow>('protected_names').insert(rows).onConflict('form').ignore();
}

export async function deleteProtected(trx: Transaction, name: string): Promise<number> {
  return trx<ProtectedNameRow>('protected_names').where({ name }).delete();
}

export async function listProtected(db: Db): Promise<string[]> {
  const rows = await db<ProtectedNameRow>('protected_names').distinct<{ name: string }[]>('name').orderBy('name');
  return rows.map((row) => row.name);
}

export async function listPractices(
  db: Db,
): Promise<readonly { readonly practiceId: number; readonly name: string; readonly foldedName: string }[]> {
  const rows = await db<PracticeRow>('practices').orderBy('practice_id').select('practice_id', 'name', 'folded_name');
  return rows.map((row) => ({ practiceId: row.practice_id, name: row.name, foldedName: row.folded_name }));
}

/** Every address that has a mailbox, with its practice. */
export async function listAddresses(
  db: Db,
): Promise<readonly { readonly practice_id: number; readonly address: string }[]> {
  return db<MailboxRow>('mailboxes')
    .select<{ practice_id: number; address: string }[]>('practice_id', 'address')
    .orderBy('address');
}

export async function updateFoldedName(db: Db, practiceId: number, foldedName: string): Promise<void> {
  await db<PracticeRow>('practices').where({ practice_id: practiceId }).update({ folded_name: foldedName });
}
