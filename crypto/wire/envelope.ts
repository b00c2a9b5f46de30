import { concatBytes, equalBytes, readUint16, toHex, utf8, writeUint16 } from './bytes.js';
import { WireError } from './error.js';
import { taggedHash } from './hash.js';
import { type KemKeyId, type MailboxId, idBytes, kemKeyIdFrom } from './ids.js';
import { SUITE, type Suite, assertSuite } from './suite.js';

/** The outside of an envelope: what the relay sees of a message (docs/spec/envelope.md §3). */

const MAGIC = utf8('BBENVL1\n');
const HINT_BYTES = 8;
const PREFIX_BYTES = MAGIC.length + 2 + HINT_BYTES;

export const KEM_PUBLIC_KEY_BYTES = 1216;
export const KEM_ENC_BYTES = 1120;
export const COMMITMENT_BYTES = 32;
const GCM_TAG_BYTES = 16;
/** Text is padded to 4,096 bytes at least. */
const MIN_CIPHERTEXT_BYTES = 4096 + GCM_TAG_BYTES;
/** docs/spec/envelope.md §9, invariant 17. */
export const MAX_ENVELOPE_BYTES = 4 * 1024 * 1024;
const MIN_ENVELOPE_BYTES = PREFIX_BYTES + KEM_ENC_BYTES + COMMITMENT_BYTES + MIN_CIPHERTEXT_BYTES;

export interface EnvelopeFrame {
  readonly suite: Suite;
  /** The first 8 bytes of the epoch's key id, hex: which key to open with, so that none is tried. */
  readonly kemKeyHint: string;
  readonly enc: Uint8Array;
  readonly commitment: Uint8Array;
  readonly ciphertext: Uint8Array;
  /** `pre || enc || com`, authenticated with the ciphertext. */
  readonly aad: Uint8Array;
}

/** @throws WireError `limits`, `length`, `magic`, `suite` */
export function parseEnvelope(bytes: Uint8Array): EnvelopeFrame {
  if (bytes.length > MAX_ENVELOPE_BYTES) throw new WireError('limits', 'the envelope is too long');
  if (bytes.length < MIN_ENVELOPE_BYTES) throw new WireError('length', 'the envelope is too short');
  if (!equalBytes(bytes.subarray(0, MAGIC.length), MAGIC)) throw new WireError('magic', 'not an envelope');
  const suite = assertSuite(readUint16(bytes, MAGIC.length));
  const commitmentAt = PREFIX_BYTES + KEM_ENC_BYTES;
  const ciphertextAt = commitmentAt + COMMITMENT_BYTES;
  return {
    suite,
    kemKeyHint: toHex(bytes.subarray(MAGIC.length + 2, PREFIX_BYTES)),
    enc: bytes.subarray(PREFIX_BYTES, commitmentAt),
    commitment: bytes.subarray(commitmentAt, ciphertextAt),
    ciphertext: bytes.subarray(ciphertextAt),
    aad: bytes.subarray(0, ciphertextAt),
  };
}

/** `pre || enc || com`: the first 1,170 bytes of the envelope and its associated data. */
export function encodeEnvelopePrefix(kemKeyId: KemKeyId, enc: Uint8Array, commitment: Uint8Array): Uint8Array {
  return concatBytes(MAGIC, writeUint16(SUITE), idBytes(kemKeyId).subarray(0, HINT_BYTES), enc, commitment);
}

/** `kem_key_id = TH("kem", pk)` */
export function kemKeyIdOf(publicKey: Uint8Array): KemKeyId {
  return kemKeyIdFrom(taggedHash('kem', publicKey));
}

export function kemKeyHintOf(kemKeyId: KemKeyId): string {
  return kemKeyId.slice(0, 2 * HINT_BYTES);
}

/** HPKE info of an envelope: suite, recipient and key are bound into the key schedule. */
export function envelopeInfo(mailboxId: MailboxId, kemKeyId: KemKeyId): Uint8Array {
  return concatBytes(utf8('bb1/env\0'), writeUint16(SUITE), idBytes(mailboxId), idBytes(kemKeyId));
}
