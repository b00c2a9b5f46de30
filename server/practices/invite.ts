import { createHash, randomBytes } from 'node:crypto';
import { type Address, parseAddress } from '../../crypto/wire/ids.js';
import type { Database } from '../db/open.js';
import { inTransaction } from '../db/transaction.js';
import { RelayError } from '../error.js';
import { toBase64Url } from '../http/base64url.js';
import { deleteOpenInvitations, ensurePractice, hasMailbox, insertInvitation } from './store.js';

export const INVITATION_BYTES = 32;
const MAX_NAME = 200;
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

/** @throws RelayError `address-invalid`, `address-taken`, `config-invalid` for the name or the days */
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
function parsePracticeName(text: string): string {
  const name = text.normalize('NFC').trim();
  if (name.length < 1 || name.length > MAX_NAME || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name)) {
    throw new RelayError('config-invalid', `a practice name has 1 to ${MAX_NAME} printable characters`);
  }
  return name;
}
