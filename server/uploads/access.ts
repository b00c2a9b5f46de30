import type { MailboxId, PayloadId } from '../../crypto/wire/ids.js';
import type { Database } from '../db/open.js';
import { Problem, notFound } from '../http/problem.js';
import { type Payload, findPayload, isAwaited } from './payload-store.js';

export { listParties } from './payload-store.js';

/** @throws Problem `not-found` for who is no party, known or unknown alike (attacks A6, A26); `gone` for a party that comes too late */
export async function requireParty(db: Database, payloadId: PayloadId, mailboxId: MailboxId): Promise<Payload> {
  const payload = await findPayload(db, payloadId, mailboxId);
  if (payload === null) throw notFound();
  if (payload.hasExpired) throw new Problem('gone');
  return payload;
}

/** @throws Problem like requireParty, and `forbidden` for a party that did not post the payload */
export async function requireCreator(db: Database, payloadId: PayloadId, mailboxId: MailboxId): Promise<Payload> {
  const payload = await requireParty(db, payloadId, mailboxId);
  if (payload.creatorMailboxId !== mailboxId) throw new Problem('forbidden');
  return payload;
}

/** For parts. @throws Problem like requireCreator, and `consent-missing` while no recipient has agreed to get the message */
export async function requireAwaited(db: Database, payloadId: PayloadId, mailboxId: MailboxId): Promise<Payload> {
  const payload = await requireCreator(db, payloadId, mailboxId);
  if (!(await isAwaited(db, payload))) throw new Problem('consent-missing');
  return payload;
}
