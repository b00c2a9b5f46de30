import type { MailboxId, RegistrarId } from '../../crypto/wire/ids.js';
import type { Database, Transaction } from '../db/open.js';
import { inTransaction } from '../db/transaction.js';
import { publishConsent } from '../hints/events.js';
import { notFound } from '../http/problem.js';
import type { Session } from '../sessions/session.js';
import type { Consent, ContactPolicy } from '../tables.js';
import {
  type Standing,
  deleteContact,
  findStandings,
  grantHeldPayloads,
  hasVerifiedName,
  isMailbox,
  listHeldSenders,
  lockHeld,
  lockMailbox,
  settleHeld,
  updatePolicy,
  upsertContact,
} from './store.js';

/** Who may write to whom (docs/spec/relay-api.md §9): the recipient decides, by ids alone. */

export interface ConsentDeps {
  readonly db: Database;
  readonly registrars: readonly RegistrarId[];
}

/** What each recipient says to a message of the sender; the recipients' rows are locked. */
export async function decideConsent(
  trx: Transaction,
  sender: MailboxId,
  recipients: readonly MailboxId[],
  registrars: readonly RegistrarId[],
): Promise<ReadonlyMap<MailboxId, Consent>> {
  const standings = await findStandings(trx, sender, recipients);
  const asks = [...standings.values()].some(({ policy }) => policy === 'verified');
  const isVerified = asks && (await hasVerifiedName(trx, sender, registrars));
  return new Map(
    [...standings].map(([mailboxId, standing]) => [
      mailboxId,
      mailboxId === sender ? 'given' : consentOf(standing, isVerified),
    ]),
  );
}

/** Who was written to may answer, receipts included. */
function consentOf({ policy, permission, hasWritten }: Standing, isVerified: boolean): Consent {
  if (permission === 'denied') return 'refused';
  if (permission === 'allowed' || hasWritten) return 'given';
  switch (policy) {
    case 'all':
      return 'given';
    case 'verified':
      return isVerified ? 'given' : 'held';
    case 'known':
      return 'held';
  }
}

/** What is held and would not be held under the new policy, is released. */
export async function setPolicy({ db, registrars }: ConsentDeps, own: MailboxId, policy: ContactPolicy): Promise<void> {
  await inTransaction(db, async (trx) => {
    await lockMailbox(trx, own);
    await updatePolicy(trx, own, policy);
    for (const sender of await listHeldSenders(trx, own)) {
      const consent = (await decideConsent(trx, sender, [own], registrars)).get(own);
      if (consent === 'given') await release(trx, own, sender);
    }
  });
}

export type Permission = 'allowed' | 'denied' | 'none';

/** @throws Problem `not-found` for a mailbox that does not exist, and for the own one */
export async function setPermission(
  { db }: ConsentDeps,
  { mailboxId: own, deviceId }: Session,
  contactId: MailboxId,
  permission: Permission,
): Promise<void> {
  if (contactId === own || !(await isMailbox(db, contactId))) throw notFound();
  await inTransaction(db, async (trx) => {
    await lockMailbox(trx, own);
    if (permission === 'none') return deleteContact(trx, own, contactId);
    await upsertContact(trx, { mailboxId: own, contactId, permission, deviceId });
    if (permission === 'allowed') await release(trx, own, contactId);
    else await refuse(trx, own, contactId);
  });
}

async function release(trx: Transaction, own: MailboxId, sender: MailboxId): Promise<void> {
  await lockHeld(trx, own, sender);
  await grantHeldPayloads(trx, own, sender);
  if ((await settleHeld(trx, own, sender, 'given')) > 0) await publishConsent(trx, { mailboxId: sender });
}

/** The sender is told as well, when he asks: he waits for nothing any more. */
async function refuse(trx: Transaction, own: MailboxId, sender: MailboxId): Promise<void> {
  if ((await settleHeld(trx, own, sender, 'refused')) > 0) await publishConsent(trx, { mailboxId: sender });
}
