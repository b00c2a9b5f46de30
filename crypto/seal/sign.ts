import { concatBytes } from '../wire/bytes.js';
import { ML_DSA_CONTEXT, type SignatureLabel, signatureInput } from '../wire/signature.js';
import { SealError } from './error.js';
import {
  SEED_BYTES,
  ed25519KeyPair,
  ed25519Sign,
  hkdfExpandSha256,
  mlDsa65KeyPair,
  mlDsa65Sign,
  wipe,
} from './suite.js';

/** Composite signatures, docs/spec/envelope.md §1.3: Ed25519 and ML-DSA-65 over one labelled input; forging needs both broken. */

export interface SigningKey {
  /** 1,984 bytes: Ed25519 (32), then ML-DSA-65 (1,952). */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /** @returns 3,373 bytes: Ed25519 (64), then ML-DSA-65 (3,309); the second half differs at every call */
  sign(label: SignatureLabel, payload: Uint8Array): Uint8Array<ArrayBuffer>;
  /** Overwrites the secret halves; signing afterwards throws `key-invalid`. */
  close(): void;
}

/** @param seed 32 random bytes; it stays the caller's to wipe @throws SealError `key-invalid` */
export function signingKeyFromSeed(seed: Uint8Array): SigningKey {
  if (seed.length !== SEED_BYTES) throw new SealError('key-invalid', 'a signing seed has 32 bytes');
  const classical = deriveHalf(seed, 'bb1/sig/ed25519', ed25519KeyPair);
  const postQuantum = deriveHalf(seed, 'bb1/sig/mldsa65', mlDsa65KeyPair);
  let isOpen = true;
  return {
    publicKey: concatBytes(classical.publicKey, postQuantum.publicKey),
    sign(label, payload) {
      if (!isOpen) throw new SealError('key-invalid', 'the signing key is closed');
      const input = signatureInput(label, payload);
      return concatBytes(
        ed25519Sign(classical.secretKey, input),
        mlDsa65Sign(postQuantum.secretKey, input, ML_DSA_CONTEXT),
      );
    },
    close() {
      isOpen = false;
      wipe(classical.secretKey);
      wipe(postQuantum.secretKey);
    },
  };
}

function deriveHalf<T>(seed: Uint8Array, info: string, keyPair: (half: Uint8Array) => T): T {
  const half = hkdfExpandSha256(seed, info, SEED_BYTES);
  try {
    return keyPair(half);
  } finally {
    wipe(half);
  }
}
