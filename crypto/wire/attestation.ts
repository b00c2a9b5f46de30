import { type CborMap, type CborValue, cborRecord, encodeCbor, parseCbor } from './cbor.js';
import { WireError } from './error.js';
import { taggedHash } from './hash.js';
import {
  type Address,
  type MailboxId,
  type RegistrarId,
  idBytes,
  mailboxIdFrom,
  parseAddress,
  registrarIdFrom,
} from './ids.js';
import { asArray, asBytes, asMap, asOneOf, asText, asUint, assertKeys, orNull } from './shape.js';
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES, verifySignature } from './signature.js';

/** A registrar's word that a mailbox is a practice's (docs/spec/names.md §2). */

export const IDENTIFIER_SCHEMES = ['bsnr', 'lanr', 'telematik-id'] as const;
export type IdentifierScheme = (typeof IDENTIFIER_SCHEMES)[number];

export interface Identifier {
  readonly scheme: IdentifierScheme;
  readonly value: string;
}

export interface Attestation {
  readonly mailboxId: MailboxId;
  /** The mailbox's own, so that nobody shows the name beside another address. */
  readonly address: Address;
  readonly name: string;
  readonly place: string;
  readonly street: string | null;
  readonly specialty: string;
  readonly identifiers: readonly Identifier[];
  readonly issuedMs: number;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** As it travels: what was signed, by which key, and the signature. */
export interface SignedAttestation {
  readonly attestation: Attestation;
  /** What the signature covers. */
  readonly signed: Uint8Array;
  readonly registrarKey: Uint8Array;
  readonly registrarId: RegistrarId;
  readonly signature: Uint8Array;
}

export const MAX_PRACTICE_NAME = 200;
export const MAX_PLACE = 100;
export const MAX_STREET = 200;
export const MAX_SPECIALTY = 100;
const MAX_IDENTIFIERS = 8;
const MAX_ATTESTATION_BYTES = 8192;
/** With key, signature and frame. */
export const MAX_SIGNED_ATTESTATION_BYTES = 16_384;
const DAY_MS = 86_400_000;
/** A registrar cannot take a word back: it ends by itself, after three years at the latest. */
export const MAX_ATTESTATION_MS = 1096 * DAY_MS;

const IDENTIFIERS: Readonly<Record<IdentifierScheme, RegExp>> = {
  bsnr: /^[0-9]{9}$/,
  lanr: /^[0-9]{9}$/,
  'telematik-id': /^[0-9A-Za-z][0-9A-Za-z./-]{0,127}$/,
};

/** `registrar_id = TH("registrar", public key)` */
export function registrarIdOf(registrarKey: Uint8Array): RegistrarId {
  return registrarIdFrom(taggedHash('registrar', registrarKey));
}

/** What the registrar signs with label `attest`. @throws WireError `shape` for what no reader would accept */
export function encodeAttestation(attestation: Attestation): Uint8Array {
  const bytes = encodeCbor(
    cborRecord({
      1: idBytes(attestation.mailboxId),
      2: attestation.address,
      3: attestation.name,
      4: attestation.place,
      5: attestation.street,
      6: attestation.specialty,
      7: attestation.identifiers.map(({ scheme, value }) => [scheme, value]),
      8: attestation.issuedMs,
      9: attestation.notBeforeMs,
      10: attestation.notAfterMs,
    }),
  );
  parseAttestation(bytes);
  return bytes;
}

/** @throws WireError */
export function parseAttestation(bytes: Uint8Array): Attestation {
  const map = asMap(parseCbor(bytes, { maxBytes: MAX_ATTESTATION_BYTES }));
  assertKeys(map, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const attestation = {
    mailboxId: mailboxIdFrom(asBytes(map.get(1))),
    address: parseAddress(asText(map.get(2), 254)),
    name: asPrintable(map.get(3), MAX_PRACTICE_NAME),
    place: asPrintable(map.get(4), MAX_PLACE),
    street: orNull(map.get(5), (value) => asPrintable(value, MAX_STREET)),
    specialty: asPrintable(map.get(6), MAX_SPECIALTY),
    identifiers: parseIdentifiers(asArray(map.get(7))),
    issuedMs: asUint(map.get(8)),
    notBeforeMs: asUint(map.get(9)),
    notAfterMs: asUint(map.get(10)),
  };
  const lifetime = attestation.notAfterMs - attestation.notBeforeMs;
  if (lifetime <= 0 || lifetime > MAX_ATTESTATION_MS) throw new WireError('shape', 'valid for at most three years');
  return attestation;
}

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}]/u;

/** Whether it can be shown as a name: not empty, no edge blanks, nothing that hides, turns or breaks the line (attack A24). */
export function isPrintableName(text: string, maxLength: number): boolean {
  return text.length >= 1 && text.length <= maxLength && text.trim() === text && !INVISIBLE.test(text);
}

function asPrintable(value: CborValue | undefined, maxLength: number): string {
  const text = asText(value, maxLength);
  if (!isPrintableName(text, maxLength)) throw new WireError('shape', 'not a name that can be shown');
  return text;
}

function parseIdentifiers(items: readonly CborValue[]): Identifier[] {
  if (items.length > MAX_IDENTIFIERS) throw new WireError('limits', 'too many identifiers');
  const identifiers = items.map((item): Identifier => {
    const [scheme, value] = asArray(item, 2);
    return parseIdentifier(asOneOf(scheme, IDENTIFIER_SCHEMES), asText(value, 128));
  });
  if (new Set(identifiers.map(({ scheme, value }) => `${scheme} ${value}`)).size !== identifiers.length) {
    throw new WireError('shape', 'an identifier twice');
  }
  return identifiers;
}

/** @throws WireError `shape` unless the value is written as its scheme says */
export function parseIdentifier(scheme: IdentifierScheme, value: string): Identifier {
  if (!IDENTIFIERS[scheme].test(value)) throw new WireError('shape', `not a ${scheme}`);
  return { scheme, value };
}

/** The fields of an `attest` statement's body. */
export function encodeAttestBody({ signed, registrarKey, signature }: SignedAttestation): CborMap {
  return cborRecord({ 1: signed, 2: registrarKey, 3: signature });
}

/** Form only; the registrar's signature is verified where the chain is. @throws WireError */
export function parseAttestBody(map: CborMap): SignedAttestation {
  assertKeys(map, [1, 2, 3]);
  return signedFrom(map.get(1), map.get(2), map.get(3));
}

/** How a registrar hands it over, and how the directory shows it: CBOR `[attestation, public key, signature]`. */
export function encodeSignedAttestation({ signed, registrarKey, signature }: SignedAttestation): Uint8Array {
  return encodeCbor([signed, registrarKey, signature]);
}

/** Parses and verifies the registrar's signature; whether the registrar is to be trusted is another question. @throws WireError */
export function openSignedAttestation(bytes: Uint8Array): SignedAttestation {
  return verifyAttestation(readVerifiedAttestation(bytes));
}

/** Form only: for a record that was verified before it was kept, in a place that nobody else writes to. @throws WireError */
export function readVerifiedAttestation(bytes: Uint8Array): SignedAttestation {
  const items = asArray(parseCbor(bytes, { maxBytes: MAX_SIGNED_ATTESTATION_BYTES }), 3);
  return signedFrom(items[0], items[1], items[2]);
}

/** @throws WireError `signature` */
export function verifyAttestation(claimed: SignedAttestation): SignedAttestation {
  verifySignature('attest', claimed.registrarKey, claimed.signed, claimed.signature);
  return claimed;
}

function signedFrom(
  signed: CborValue | undefined,
  registrarKey: CborValue | undefined,
  signature: CborValue | undefined,
): SignedAttestation {
  const bytes = asBytes(signed);
  const key = asBytes(registrarKey, PUBLIC_KEY_BYTES);
  return {
    attestation: parseAttestation(bytes),
    signed: bytes,
    registrarKey: key,
    registrarId: registrarIdOf(key),
    signature: asBytes(signature, SIGNATURE_BYTES),
  };
}

export function isInForce({ notBeforeMs, notAfterMs }: Attestation, nowMs: number): boolean {
  return notBeforeMs <= nowMs && nowMs < notAfterMs;
}
