import {
  type Attestation,
  type SignedAttestation,
  isInForce,
  openSignedAttestation,
} from '../../../crypto/wire/attestation.js';
import { WireError } from '../../../crypto/wire/error.js';
import { type MailboxId, type RegistrarId } from '../../../crypto/wire/ids.js';
import { type Account } from '../account/account.js';
import { type DirectoryEntry } from '../relay/answer.js';

/** A practice's name and who stands for it (docs/spec/names.md §1, §4). */
export interface PracticeName {
  readonly name: string;
  /** By a registrar whom this device trusts, and now. Says nothing about the keys behind the address. */
  readonly isVerified: boolean;
  readonly attestation: Attestation | null;
}

/** The name in a pinned chain; null when no registrar has said one. */
export function practiceName(account: Account, mailboxId: MailboxId, nowMs: number): PracticeName | null {
  return bestOf(account.state.attestations.get(mailboxId) ?? [], account.state.registrars, nowMs);
}

/** The name of an entry that the relay has found: its record is verified here, the relay's word for it does not count. */
export function entryName(account: Account, entry: DirectoryEntry, nowMs: number): PracticeName {
  const said = recordOf(entry);
  const vouched = said === null ? null : bestOf([said], account.state.registrars, nowMs);
  return vouched ?? { name: entry.practiceName, isVerified: false, attestation: null };
}

function recordOf({ attestation, mailboxId, address }: DirectoryEntry): SignedAttestation | null {
  if (attestation === null) return null;
  try {
    const said = openSignedAttestation(attestation);
    return said.attestation.mailboxId === mailboxId && said.attestation.address === address ? said : null;
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}

/** A trusted one in force before any other, then the one issued last. */
function bestOf(
  all: readonly SignedAttestation[],
  registrars: ReadonlySet<RegistrarId>,
  nowMs: number,
): PracticeName | null {
  const rated = all.map(({ attestation, registrarId }) => ({
    attestation,
    isVerified: registrars.has(registrarId) && isInForce(attestation, nowMs),
  }));
  const [best] = rated.sort(
    (a, b) => Number(b.isVerified) - Number(a.isVerified) || b.attestation.issuedMs - a.attestation.issuedMs,
  );
  return best === undefined ? null : { name: best.attestation.name, ...best };
}
