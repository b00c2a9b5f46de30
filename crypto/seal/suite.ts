import { expand, extract } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha384 } from '@noble/hashes/sha2.js';
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js';
import sodium from 'libsodium-wrappers';
import { utf8 } from '../wire/bytes.js';
import { SealError, type SealErrorCode } from './error.js';
import { type AesGcmKey, nativeAesGcmKey, nativeOpen, nativeSeal } from './native.js';

/**
 * The primitives of suite 0x0001 (docs/spec/envelope.md §1.4) behind plain functions. The only file that names a cipher,
 * with native.ts behind it: another suite is another file like this one. Lengths are checked here, so that no library sees an unexpected one.
 */

type Bytes = Uint8Array<ArrayBuffer>;

export const KEY_BYTES = 32;
export const SEED_BYTES = 32;
export const KEM_PUBLIC_KEY_BYTES = 1216;
export const KEM_ENC_BYTES = 1120;
export const KEM_SHARED_SECRET_BYTES = 32;
export const AES_GCM_IV_BYTES = 12;
export const XCHACHA_NONCE_BYTES = 24;
/** Both AEADs. */
export const TAG_BYTES = 16;
export const ARGON2_SALT_BYTES = 16;

/** libsodium's WASM heap grows and never shrinks, and plaintext stays in it: records and keystores only, never bulk. */
export const XCHACHA_MAX_BYTES = 16 * 1024 * 1024;
/** One call: FLOE segments and envelopes are far below. */
const AES_GCM_MAX_BYTES = 16 * 1024 * 1024;
const RANDOM_MAX_BYTES = 65_536;
const HKDF_SHA256_MAX_BYTES = 255 * 32;

/** Bounds of Argon2id: below, guessing is cheap; above, a forged keystore could exhaust the device that opens it. */
export const KDF_BOUNDS = {
  minOps: 2,
  maxOps: 10,
  minMemBytes: 64 * 1024 * 1024,
  maxMemBytes: 1024 * 1024 * 1024,
} as const;

export interface KdfCost {
  /** Passes over the memory. */
  readonly opsLimit: number;
  /** A multiple of 1,024. */
  readonly memBytes: number;
}

let isReady = false;

/** Loads libsodium. Await it once before any other function here; again costs nothing. */
export async function ready(): Promise<void> {
  await sodium.ready;
  isReady = true;
}

function library(): typeof sodium {
  if (!isReady) throw new SealError('not-ready', 'await ready() first');
  return sodium;
}

function assertLength(bytes: Uint8Array, length: number, what: string, code: SealErrorCode = 'key-invalid'): void {
  if (!(bytes instanceof Uint8Array) || bytes.length !== length) {
    throw new SealError(code, `${what} has ${length} bytes`);
  }
}

function assertAtMost(bytes: Uint8Array, limit: number, what: string): void {
  if (bytes.length > limit) throw new SealError('limits', `${what} has at most ${limit} bytes`);
}

/** @param length 0 to 65,536 @throws SealError `limits` */
export function randomBytes(length: number): Bytes {
  if (!Number.isInteger(length) || length < 0 || length > RANDOM_MAX_BYTES) {
    throw new SealError('limits', 'too many random bytes at once');
  }
  return globalThis.crypto.getRandomValues(new Uint8Array(length));
}

/** Overwrites a secret that is no longer needed. Best effort: the runtime may hold copies. */
export function wipe(bytes: Uint8Array): void {
  bytes.fill(0);
}

/** RFC 5869 §2.2. An absent salt is the empty one. */
export function hkdfExtractSha256(salt: Uint8Array, ikm: Uint8Array): Bytes {
  return extract(sha256, ikm, salt) as Bytes;
}

/**
 * `KX(prk, info, length)` of docs/spec/envelope.md §1.1: RFC 5869 §2.3, expansion only.
 * @param prk at least 32 bytes that are already uniform
 * @throws SealError `key-invalid`, `limits`
 */
export function hkdfExpandSha256(prk: Uint8Array, info: string | Uint8Array, length: number): Bytes {
  if (prk.length < KEY_BYTES) throw new SealError('key-invalid', 'a key to expand has at least 32 bytes');
  if (!Number.isInteger(length) || length < 1 || length > HKDF_SHA256_MAX_BYTES) {
    throw new SealError('limits', 'HKDF-SHA256 gives 1 to 8,160 bytes');
  }
  return expand(sha256, prk, typeof info === 'string' ? utf8(info) : info, length) as Bytes;
}

/** HMAC-SHA384, 48 bytes: the core of FLOE's key derivation. */
export function hmacSha384(key: Uint8Array, data: Uint8Array): Bytes {
  return hmac(sha384, key, data) as Bytes;
}

export interface KemKeyPair {
  /** 1,216 bytes: ML-KEM-768 (1,184), then X25519 (32). */
  readonly publicKey: Bytes;
  /** The 32-byte seed itself, in a copy of its own. */
  readonly secretKey: Bytes;
}

/** X-Wing. @param seed 32 random bytes @throws SealError `key-invalid` */
export function kemKeyPair(seed: Uint8Array): KemKeyPair {
  assertLength(seed, SEED_BYTES, 'an X-Wing seed');
  const pair = library().crypto_kem_xwing_seed_keypair(seed);
  return { publicKey: pair.publicKey as Bytes, secretKey: pair.privateKey as Bytes };
}

/**
 * X-Wing. The modulus check of FIPS 203 §7.2 and the check for a zero X25519 result are libsodium's.
 * @throws SealError `key-invalid`
 */
export function kemEncapsulate(publicKey: Uint8Array): { enc: Bytes; sharedSecret: Bytes } {
  assertLength(publicKey, KEM_PUBLIC_KEY_BYTES, 'an X-Wing public key');
  const xwing = library();
  try {
    const { ciphertext, sharedSecret } = xwing.crypto_kem_xwing_enc(publicKey);
    return { enc: ciphertext as Bytes, sharedSecret: sharedSecret as Bytes };
  } catch (cause) {
    throw new SealError('key-invalid', 'not an X-Wing public key', { cause });
  }
}

/**
 * X-Wing. A foreign `enc` gives an unrelated secret (implicit rejection): the commitment or the AEAD refuses afterwards.
 * @throws SealError `key-invalid` for lengths, `open-failed` when no secret can be derived
 */
export function kemDecapsulate(enc: Uint8Array, seed: Uint8Array): Bytes {
  assertLength(enc, KEM_ENC_BYTES, 'an X-Wing encapsulation', 'open-failed');
  assertLength(seed, SEED_BYTES, 'an X-Wing seed');
  const xwing = library();
  try {
    return xwing.crypto_kem_xwing_dec(enc, seed) as Bytes;
  } catch (cause) {
    throw new SealError('open-failed', 'the encapsulation does not open', { cause });
  }
}

/** XChaCha20-Poly1305. @param nonce 24 bytes @returns ciphertext || tag(16) @throws SealError `key-invalid`, `limits` */
export function xchachaSeal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plain: Uint8Array): Bytes {
  assertLength(key, KEY_BYTES, 'a key');
  assertLength(nonce, XCHACHA_NONCE_BYTES, 'a nonce', 'limits');
  assertAtMost(plain, XCHACHA_MAX_BYTES, 'a record');
  return library().crypto_aead_xchacha20poly1305_ietf_encrypt(plain, aad, null, nonce, key) as Bytes;
}

/** @param sealed ciphertext || tag(16) @throws SealError `open-failed`, `key-invalid` */
export function xchachaOpen(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Bytes {
  assertLength(key, KEY_BYTES, 'a key');
  assertLength(nonce, XCHACHA_NONCE_BYTES, 'a nonce', 'open-failed');
  const aead = library();
  if (sealed.length < TAG_BYTES || sealed.length > XCHACHA_MAX_BYTES + TAG_BYTES) {
    throw new SealError('open-failed', 'the record does not open');
  }
  try {
    return aead.crypto_aead_xchacha20poly1305_ietf_decrypt(null, sealed, aad, nonce, key) as Bytes;
  } catch (cause) {
    throw new SealError('open-failed', 'the record does not open', { cause });
  }
}

/** WebCrypto takes no view of shared memory; nothing of ours is shared, and it says so at run time otherwise. */
function unshared(bytes: Uint8Array): Bytes {
  return bytes as Bytes;
}

/** AES-256-GCM by the platform: the way for bulk. The key cannot be exported again. @throws SealError `key-invalid` */
export async function aesGcmKey(key: Uint8Array): Promise<AesGcmKey> {
  assertLength(key, KEY_BYTES, 'a key');
  return nativeAesGcmKey(unshared(key));
}

/**
 * @param iv 12 bytes, never twice under one key @param out where to write it, 16 bytes longer than `plain`
 * @returns ciphertext || tag(16) @throws SealError `limits`
 */
export async function aesGcmSeal(
  key: AesGcmKey,
  iv: Uint8Array,
  aad: Uint8Array,
  plain: Uint8Array,
  out: Bytes = new Uint8Array(plain.length + TAG_BYTES),
): Promise<Bytes> {
  assertLength(iv, AES_GCM_IV_BYTES, 'an IV', 'limits');
  assertAtMost(plain, AES_GCM_MAX_BYTES, 'a plaintext');
  assertLength(out, plain.length + TAG_BYTES, 'room for a ciphertext', 'limits');
  await nativeSeal(key, unshared(iv), unshared(aad), unshared(plain), out);
  return out;
}

/** @param sealed ciphertext || tag(16) @throws SealError `open-failed` */
export async function aesGcmOpen(key: AesGcmKey, iv: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Promise<Bytes> {
  assertLength(iv, AES_GCM_IV_BYTES, 'an IV', 'open-failed');
  if (sealed.length < TAG_BYTES || sealed.length > AES_GCM_MAX_BYTES + TAG_BYTES) {
    throw new SealError('open-failed', 'the ciphertext does not open');
  }
  try {
    return await nativeOpen(key, unshared(iv), unshared(aad), unshared(sealed));
  } catch (cause) {
    throw new SealError('open-failed', 'the ciphertext does not open', { cause });
  }
}

/** @throws SealError `kdf-bounds`: checked before a byte of memory is taken */
export function assertKdfCost(cost: KdfCost): void {
  const { opsLimit, memBytes } = cost;
  const opsOk = Number.isInteger(opsLimit) && opsLimit >= KDF_BOUNDS.minOps && opsLimit <= KDF_BOUNDS.maxOps;
  const memOk = memBytes % 1024 === 0 && memBytes >= KDF_BOUNDS.minMemBytes && memBytes <= KDF_BOUNDS.maxMemBytes;
  if (!opsOk || !memOk) throw new SealError('kdf-bounds', 'Argon2id parameters are outside the bounds');
}

/**
 * Argon2id, RFC 9106, version 1.3, one lane, 32 bytes. Blocks for about half a second at the default cost: run it in a worker.
 * @param salt 16 bytes
 * @throws SealError `kdf-bounds`, `key-invalid`, `limits` when the memory cannot be had
 */
export function argon2id(passphrase: Uint8Array, salt: Uint8Array, cost: KdfCost): Bytes {
  assertKdfCost(cost);
  assertLength(salt, ARGON2_SALT_BYTES, 'an Argon2id salt');
  const pwhash = library();
  const { opsLimit, memBytes } = cost;
  try {
    const kind = pwhash.crypto_pwhash_ALG_ARGON2ID13;
    return pwhash.crypto_pwhash(KEY_BYTES, passphrase, salt, opsLimit, memBytes, kind) as Bytes;
  } catch (cause) {
    throw new SealError('limits', 'no memory for Argon2id', { cause });
  }
}

export interface RawKeyPair {
  readonly publicKey: Bytes;
  readonly secretKey: Bytes;
}

/** @returns public key 32, secret key 64 bytes @throws SealError `key-invalid` */
export function ed25519KeyPair(seed: Uint8Array): RawKeyPair {
  assertLength(seed, SEED_BYTES, 'an Ed25519 seed');
  const pair = library().crypto_sign_seed_keypair(seed);
  return { publicKey: pair.publicKey as Bytes, secretKey: pair.privateKey as Bytes };
}

/** @param secretKey 64 bytes of ed25519KeyPair @returns 64 bytes */
export function ed25519Sign(secretKey: Uint8Array, message: Uint8Array): Bytes {
  assertLength(secretKey, 64, 'an Ed25519 secret key');
  return library().crypto_sign_detached(message, secretKey) as Bytes;
}

/** @returns public key 1,952, secret key 4,032 bytes @throws SealError `key-invalid` */
export function mlDsa65KeyPair(seed: Uint8Array): RawKeyPair {
  assertLength(seed, SEED_BYTES, 'an ML-DSA-65 seed');
  const pair = ml_dsa65.keygen(seed);
  return { publicKey: pair.publicKey as Bytes, secretKey: pair.secretKey as Bytes };
}

/** Hedged (FIPS 204 §3.4): fresh randomness enters each signature. @returns 3,309 bytes */
export function mlDsa65Sign(secretKey: Uint8Array, message: Uint8Array, context: Uint8Array): Bytes {
  assertLength(secretKey, 4032, 'an ML-DSA-65 secret key');
  return ml_dsa65.sign(message, secretKey, { context }) as Bytes;
}
