import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, toHex, utf8 } from '../../../crypto/wire/bytes.js';

/** Length of the secret that a practice keeps per purpose. */
export const SECRET_BYTES = 32;

/**
 * Everything that must be the same over files, sends and years comes from one secret, by HMAC-SHA-256 with a label for each use
 * (docs/spec/deidentification.md §5). Without the secret nobody can try out names or UIDs; with another secret everything is different.
 */
export interface Pseudonyms {
  /** A UID below 2.25 for a UID; the same for the same. */
  uid(original: string): string;
  patient(identity: string): PatientPseudonym;
  /** A file name that says nothing, the same for the same path. */
  fileName(path: string): string;
}

export interface PatientPseudonym {
  /** For Patient's Name and Patient ID. */
  readonly name: string;
  /** Whole days, negative: into the past. */
  readonly shiftDays: number;
}

/** Ten years: no season, week or holiday can be read off a shift of unknown size. */
const MAX_SHIFT_DAYS = 3650;
const MIN_SHIFT_DAYS = 30;
/** Without I, L, O and U: it is read out on the telephone. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const MAX_REMEMBERED = 100_000;

export function createPseudonyms(secret: Uint8Array): Pseudonyms {
  if (secret.length !== SECRET_BYTES) throw new RangeError('the secret has 32 bytes');
  // With the key taken in already: each use goes on from a copy.
  const keyed = hmac.create(sha256, new Uint8Array(secret));
  const derive = (use: string, text: string): Uint8Array =>
    keyed
      .clone()
      .update(concatBytes(utf8(`bildbote/deidentify/${use}/1`), Uint8Array.of(0), utf8(text)))
      .digest();
  const uids = new Map<string, string>();
  const patients = new Map<string, PatientPseudonym>();
  return {
    uid: (original) => remember(uids, original, () => uidFrom(derive('uid', original))),
    patient: (identity) => remember(patients, identity, () => patientFrom(derive('patient', identity))),
    fileName: (path) => toHex(derive('file', path)).slice(0, 32),
  };
}

function remember<T>(known: Map<string, T>, key: string, make: () => T): T {
  const found = known.get(key);
  if (found !== undefined) return found;
  if (known.size >= MAX_REMEMBERED) known.clear();
  const made = make();
  known.set(key, made);
  return made;
}

/** PS3.5 §B.2: 2.25 and a UUID as a decimal number. Version 8 (RFC 9562) says that the bits mean what their maker says. */
function uidFrom(bytes: Uint8Array): string {
  let value = 0n;
  for (let i = 0; i < 16; i++) {
    let byte = bytes[i] ?? 0;
    if (i === 6) byte = (byte & 0x0f) | 0x80;
    if (i === 8) byte = (byte & 0x3f) | 0x80;
    value = (value << 8n) | BigInt(byte);
  }
  return `2.25.${value}`;
}

function patientFrom(bytes: Uint8Array): PatientPseudonym {
  let name = 'P';
  for (let i = 0; i < 12; i++) name += ALPHABET[(bytes[i] ?? 0) & 31];
  const number = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(16);
  return { name, shiftDays: -(MIN_SHIFT_DAYS + (number % (MAX_SHIFT_DAYS - MIN_SHIFT_DAYS))) };
}

/** The secret of one purpose, from the practice's. */
export function purposeSecret(secret: Uint8Array, purpose: string): Uint8Array {
  return hmac(sha256, secret, utf8(`bildbote/deidentify/purpose/1/${purpose.normalize('NFC')}`));
}
