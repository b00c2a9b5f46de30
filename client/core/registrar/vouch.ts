import {
  type Attestation,
  type Identifier,
  IDENTIFIER_SCHEMES,
  encodeSignedAttestation,
  parseIdentifier,
} from '../../../crypto/wire/attestation.js';
import { toBase64Url } from '../../../crypto/wire/bytes.js';
import { WireError } from '../../../crypto/wire/error.js';
import { signAttestation } from '../../../crypto/seal/attest.js';
import { CoreError } from '../error.js';
import { type Registrar } from './registrar-key.js';

export { IDENTIFIER_SCHEMES, type IdentifierScheme } from '../../../crypto/wire/attestation.js';

export type Vouched = Omit<Attestation, 'identifiers'> & {
  readonly identifiers: readonly { readonly scheme: string; readonly value: string }[];
};

/** Signs, offline. @returns what the practice takes into its chain, in one line @throws CoreError `registrar-invalid` */
export function vouch(registrar: Registrar, said: Vouched): string {
  try {
    const text = (value: string): string => value.normalize('NFC').trim();
    const attestation = {
      ...said,
      name: text(said.name),
      place: text(said.place),
      street: said.street === null ? null : text(said.street),
      specialty: text(said.specialty),
      identifiers: said.identifiers.map(identifierOf),
    };
    return toBase64Url(encodeSignedAttestation(signAttestation(attestation, registrar.key)));
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new CoreError('registrar-invalid', 'what is to be attested is not in the documented form', { cause });
  }
}

function identifierOf({ scheme, value }: { readonly scheme: string; readonly value: string }): Identifier {
  const known = IDENTIFIER_SCHEMES.find((one) => one === scheme);
  if (known === undefined) throw new WireError('shape', 'unknown scheme');
  return parseIdentifier(known, value);
}
