import { ed25519 } from '@noble/curves/ed25519.js';
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js';
import { concatBytes, utf8 } from './bytes.js';
import { WireError } from './error.js';
import { lengthPrefixed } from './hash.js';

/** docs/spec/envelope.md §1.3: each use of a signing key has its label. */
export type SignatureLabel =
  | 'mailbox'
  | 'device-pop'
  | 'msg'
  | 'tally'
  | 'receipt'
  | 'attest'
  | 'auth'
  | 'withdraw'
  | 'pairing'
  | 'relay'
  | 'keystore'
  | 'recover';

export const ED25519_PUBLIC_KEY_BYTES = 32;
export const ED25519_SIGNATURE_BYTES = 64;
export const PUBLIC_KEY_BYTES = ED25519_PUBLIC_KEY_BYTES + 1952;
export const SIGNATURE_BYTES = ED25519_SIGNATURE_BYTES + 3309;
/** The ML-DSA context string (FIPS 204 §5.2). */
export const ML_DSA_CONTEXT: Uint8Array = utf8('bb1');

const DOMAIN = utf8('bb1-sig\0');

/** `M = "bb1-sig" 00 || LP(label) || LP(payload)` */
export function signatureInput(label: SignatureLabel, payload: Uint8Array): Uint8Array {
  return concatBytes(DOMAIN, lengthPrefixed(utf8(label)), lengthPrefixed(payload));
}

/**
 * Both halves must verify: Ed25519 strictly (RFC 8032, no ZIP 215 leniency) and ML-DSA-65.
 * @param publicKey 32 + 1,952 bytes
 * @param signature 64 + 3,309 bytes
 * @throws WireError `signature`, also for wrong lengths
 */
export function verifySignature(
  label: SignatureLabel,
  publicKey: Uint8Array,
  payload: Uint8Array,
  signature: Uint8Array,
): void {
  if (publicKey.length !== PUBLIC_KEY_BYTES || signature.length !== SIGNATURE_BYTES) refuse();
  const input = signatureInput(label, payload);
  if (!verifyEd25519(publicKey, input, signature) || !verifyMlDsa(publicKey, input, signature)) refuse();
}

/**
 * Ed25519 by itself, for formats of others that know nothing else (docs/spec/directory.md §2), as strict as above.
 * @param publicKey 32 bytes @param signature 64 bytes @throws WireError `signature`
 */
export function verifyPlainEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): void {
  if (publicKey.length !== ED25519_PUBLIC_KEY_BYTES || signature.length !== ED25519_SIGNATURE_BYTES) refuse();
  if (!verifyEd25519(publicKey, message, signature)) refuse();
}

function refuse(cause?: unknown): never {
  throw new WireError('signature', 'the signature does not verify', { cause });
}

function verifyEd25519(publicKey: Uint8Array, input: Uint8Array, signature: Uint8Array): boolean {
  const key = publicKey.subarray(0, ED25519_PUBLIC_KEY_BYTES);
  try {
    return ed25519.verify(signature.subarray(0, ED25519_SIGNATURE_BYTES), input, key, { zip215: false });
  } catch (cause) {
    return refuse(cause);
  }
}

function verifyMlDsa(publicKey: Uint8Array, input: Uint8Array, signature: Uint8Array): boolean {
  const key = publicKey.subarray(ED25519_PUBLIC_KEY_BYTES);
  try {
    return ml_dsa65.verify(signature.subarray(ED25519_SIGNATURE_BYTES), input, key, { context: ML_DSA_CONTEXT });
  } catch (cause) {
    return refuse(cause);
  }
}
