import { randomBytes } from 'node:crypto';
import { type Attestation, type SignedAttestation } from '../../crypto/wire/attestation.js';
import { type Address, type MailboxId, type RegistrarId } from '../../crypto/wire/ids.js';
import { registrarIdOf } from '../../crypto/wire/attestation.js';
import { signAttestation } from '../../crypto/seal/attest.js';
import { signingKeyFromSeed } from '../../crypto/seal/sign.js';
import { ready } from '../../crypto/seal/suite.js';

const DAY_MS = 86_400_000;

/** Somebody who vouches for names, with a key of his own. */
export interface TestRegistrar {
  readonly registrarId: RegistrarId;
  attest(
    mailbox: { readonly mailboxId: MailboxId; readonly address: Address },
    said?: Partial<Attestation>,
  ): SignedAttestation;
}

export async function createRegistrar(): Promise<TestRegistrar> {
  await ready();
  const key = signingKeyFromSeed(randomBytes(32));
  let issuedMs = Date.now();
  return {
    registrarId: registrarIdOf(key.publicKey),
    attest: ({ mailboxId, address }, said = {}) =>
      signAttestation(
        {
          mailboxId,
          address,
          name: 'Radiologie Nord',
          place: 'Kiel',
          street: null,
          specialty: 'Radiologie',
          identifiers: [],
          issuedMs: (issuedMs += 1),
          notBeforeMs: Date.now() - DAY_MS,
          notAfterMs: Date.now() + 30 * DAY_MS,
          ...said,
        },
        key,
      ),
  };
}
