import { createHash, randomBytes } from 'node:crypto';
import { type Address, parseAddress } from '../../crypto/wire/ids.js';
import { recordAudit } from '../audit/record.js';
import type { Database } from '../db/open.js';
import { inTransaction } from '../db/transaction.js';
import { RelayError } from '../error.js';
import { isPrintableName, MAX_PRACTICE_NAME } from '../../crypto/wire/attestation.js';
import { toBase64Url } from '../http/base64url.js';
import { type Claim, claimAddress, claimName } from './claim.js';
import { deleteOpenInvitations, ensurePractice, hasMailbox, insertInvitation } from './store.js';

export const INVITATION_BYTES = 32;
const MAX_DAYS = 90;

export interface InviteRequest {
  readonly practiceName: string;
  /** The mailbox address; upper case is accepted and lowered. */
  readonly address: string;
  readonly expiresInDays: number;
}

export interface IssuedInvitation {
  /** `ORIGIN/enrol#TOKEN.POLICY`: the fragment never reaches a server's log. Whoever has it can enrol. */
  readonly invitation: URL;
  readonly address: Address;
  readonly expiresAt: Date;
}

/** The relay keeps the token's SHA-256 only. */
export function invitationDigest(token: Uint8Array): Buffer {
  return createHash('sha256').update(token).digest();
}

/**
 * @throws RelayError `address-invalid`, `address-taken`, `config-invalid` for the name or the days; `name-confusable`,
 * `address-confusable`, `name-protected` (attack A3)
 */
export async function invite(
  db: Database,
  origin: string,
  policyDigest: string,
  request: InviteRequest,
): Promise<IssuedInvitation> {
  const practiceName = parsePracticeName(request.practiceName);
  const address = parseInvited(request.address);
  const { expiresInDays } = request;
  if (!Number.isInteger(expiresInDays) || expiresInDays < 1 || expiresInDays > MAX_DAYS) {
    throw new RelayError('config-invalid', `an invitation lasts 1 to ${MAX_DAYS} days`);
  }
  const token = randomBytes(INVITATION_BYTES);
  const expiresAt = await inTransaction(db, async (trx) => {
    if (await hasMailbox(trx, address)) throw new RelayError('address-taken', `${address} has a mailbox already`);
    await deleteOpenInvitations(trx, address);
    const practiceId = await ensurePractice(trx, practiceName);
    assertTaken(await claimName(trx, practiceId, practiceName), 'name-confusable', practiceName);
    assertTaken(await claimAddress(trx, practiceId, address), 'address-confusable', address);
    await recordAudit(trx, { kind: 'invited', practiceId });
    return insertInvitation(trx, { tokenDigest: invitationDigest(token), practiceId, address, expiresInDays });
  });
  return { invitation: new URL(`/enrol#${toBase64Url(token)}.${policyDigest}`, origin), address, expiresAt };
}

function parseInvited(text: string): Address {
  try {
    return parseAddress(text.trim().toLowerCase());
  } catch (cause) {
    throw new RelayError('address-invalid', `not a mailbox address: ${JSON.stringify(text)}`, { cause });
  }
}

/** Control and formatting characters could make a name look like another one (attack A24). */
export function parsePracticeName(text: string): string {
  const name = text.normalize('NFC').trim();
  if (isPrintableName(name, MAX_PRACTICE_NAME)) return name;
  throw new RelayError('config-invalid', `a practice name has 1 to ${MAX_PRACTICE_NAME} printable characters`);
}

function assertTaken(claim: Claim, code: 'name-confusable' | 'address-confusable', text: string): void {
  if (claim === 'confusable')
    throw new RelayError(code, `${JSON.stringify(text)} looks like one that another practice has`);
  if (claim === 'mixed') throw new RelayError(code, `${JSON.stringify(text)} has letters of several scripts`);
  if (claim === 'protected') throw new RelayError('name-protected', `${JSON.stringify(text)} holds a protected name`);
}
