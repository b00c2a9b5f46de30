import { createHash } from 'node:crypto';
import { lengthPrefixed } from '../../crypto/wire/hash.js';
import type { Address, MailboxId } from '../../crypto/wire/ids.js';
import { recordAudit } from '../audit/record.js';
import type { Database } from '../db/open.js';
import { inTransaction } from '../db/transaction.js';
import type { Directory } from '../directory/directory.js';
import { Problem } from '../http/problem.js';
import { invitationDigest } from './invite.js';
import { type Invitation, findInvitation, lockInvitation, markInvitationUsed } from './store.js';

export interface EnrolDeps {
  readonly db: Database;
  readonly directory: Pick<Directory, 'verify' | 'register'>;
}

export interface Enrolment {
  readonly mailboxId: MailboxId;
  readonly address: Address;
}

/** genesis, add-device, epoch: no other three make a chain with one device and an epoch. */
export const ENROLMENT_STATEMENTS = 3;

/** docs/spec/relay-api.md §2: once, and the same statements again get the same answer. @throws Problem */
export async function enrol(
  { db, directory }: EnrolDeps,
  token: Uint8Array,
  statements: readonly Uint8Array[],
): Promise<Enrolment> {
  const tokenDigest = invitationDigest(token);
  const digest = digestOfAll(statements);
  const found = await findInvitation(db, tokenDigest);
  if (found === null) throw new Problem('invitation-unknown');
  const earlier = earlierAnswer(found, digest);
  if (earlier !== null) return earlier;

  const steps = await directory.verify(statements);
  const chain = steps.at(-1)?.state;
  if (chain === undefined || chain.devices.size !== 1 || chain.epoch === null) throw new Problem('statement-invalid');

  return inTransaction(db, async (trx) => {
    const invitation = await lockInvitation(trx, tokenDigest);
    if (invitation === null) throw new Problem('invitation-unknown');
    const answer = earlierAnswer(invitation, digest);
    if (answer !== null) return answer;
    if (chain.address !== invitation.address) throw new Problem('statement-invalid', { detail: 'address' });
    await directory.register(trx, invitation.practiceId, steps);
    await markInvitationUsed(trx, tokenDigest, chain.mailboxId, digest);
    const { practiceId } = invitation;
    await recordAudit(trx, { kind: 'enrolled', practiceId, mailboxId: chain.mailboxId });
    return { mailboxId: chain.mailboxId, address: chain.address };
  });
}

/** @returns null when the invitation is open @throws Problem when it has expired or was used otherwise */
function earlierAnswer(invitation: Invitation, digest: Buffer): Enrolment | null {
  if (invitation.used !== null) {
    if (!invitation.used.statementsDigest.equals(digest)) throw new Problem('invitation-used');
    return { mailboxId: invitation.used.mailboxId, address: invitation.address };
  }
  if (invitation.hasExpired) throw new Problem('invitation-expired');
  return null;
}

function digestOfAll(statements: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const statement of statements) hash.update(lengthPrefixed(statement));
  return hash.digest();
}
