import {
  type Attestation,
  type SignedAttestation,
  encodeAttestation,
  registrarIdOf,
  verifyAttestation,
} from '../wire/attestation.js';
import { type SigningKey } from './sign.js';

/** A registrar's signature over what he says of a mailbox (docs/spec/names.md §2). @throws WireError `shape` for what no reader accepts */
export function signAttestation(attestation: Attestation, registrar: SigningKey): SignedAttestation {
  const signed = encodeAttestation(attestation);
  const { publicKey } = registrar;
  return verifyAttestation({
    attestation,
    signed,
    registrarKey: publicKey,
    registrarId: registrarIdOf(publicKey),
    signature: registrar.sign('attest', signed),
  });
}
