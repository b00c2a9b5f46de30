import { createHmac } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js';
import { concatBytes, toHex, utf8, writeUint32 } from '../../../crypto/wire/bytes.js';
import { type SignatureLabel } from '../../../crypto/wire/signature.js';
import { type Vector, type VectorSet, flipBit, writeVectorsWhenRun } from '../vector-files.js';

/** Both halves straight from noble, the post-quantum one in its deterministic variant so that the files stay the same. */

export interface SignatureVector extends Vector {
  readonly seed: string;
  readonly publicKey: string;
  readonly label: SignatureLabel;
  readonly payload: string;
  readonly signature: string;
}

const SEED = Uint8Array.from({ length: 32 }, (_, i) => 7 * i);
const OTHER_SEED = Uint8Array.from({ length: 32 }, (_, i) => 11 * i);
const PAYLOAD = utf8('three instances of one study');
const ED25519_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

function prefixed(bytes: Uint8Array): Uint8Array {
  return concatBytes(writeUint32(bytes.length), bytes);
}

function expand(seed: Uint8Array, info: string): Uint8Array {
  return createHmac('sha256', seed).update(info).update(Buffer.of(1)).digest();
}

function keys(seed: Uint8Array) {
  const classical = Uint8Array.from(expand(seed, 'bb1/sig/ed25519'));
  const postQuantum = ml_dsa65.keygen(Uint8Array.from(expand(seed, 'bb1/sig/mldsa65')));
  return {
    classical,
    postQuantum: postQuantum.secretKey,
    publicKey: concatBytes(ed25519.getPublicKey(classical), postQuantum.publicKey),
  };
}

function signWith(seed: Uint8Array, label: string, payload: Uint8Array, context = utf8('bb1')): Uint8Array {
  const { classical, postQuantum } = keys(seed);
  const input = concatBytes(utf8('bb1-sig\0'), prefixed(utf8(label)), prefixed(payload));
  return concatBytes(
    ed25519.sign(input, classical),
    ml_dsa65.sign(input, postQuantum, { context, extraEntropy: false }),
  );
}

/** S + L: the same signature to a verifier that does not insist on S < L (RFC 8032 §5.1.7). */
function withLargeS(signature: Uint8Array): Uint8Array {
  const out = signature.slice();
  let s = 0n;
  for (let i = 63; i >= 32; i--) s = (s << 8n) | BigInt(out[i] ?? 0);
  s += ED25519_ORDER;
  for (let i = 32; i < 64; i++, s >>= 8n) out[i] = Number(s & 0xffn);
  return out;
}

/** Under the neutral element as public key, R = neutral element and S = 0 satisfy the equation for every message. */
function smallOrder(publicKey: Uint8Array, signature: Uint8Array): { publicKey: string; signature: string } {
  const neutral = new Uint8Array(32);
  neutral[0] = 1;
  return {
    publicKey: toHex(concatBytes(neutral, publicKey.subarray(32))),
    signature: toHex(concatBytes(neutral, new Uint8Array(32), signature.subarray(64))),
  };
}

export async function generateSignatureVectors(): Promise<VectorSet<SignatureVector>> {
  const { publicKey } = keys(SEED);
  const signature = signWith(SEED, 'msg', PAYLOAD);
  const foreign = signWith(OTHER_SEED, 'msg', PAYLOAD);
  const valid: SignatureVector = {
    description: 'Ed25519 and ML-DSA-65 over one labelled input',
    expect: 'valid',
    seed: toHex(SEED),
    publicKey: toHex(publicKey),
    label: 'msg',
    payload: toHex(PAYLOAD),
    signature: toHex(signature),
  };
  const refused = (description: string, change: Partial<SignatureVector>): SignatureVector => ({
    ...valid,
    description,
    expect: 'signature',
    ...change,
  });
  const half = (from: Uint8Array, to: Uint8Array): string => toHex(concatBytes(from, to));
  return {
    valid,
    'wrong-label': refused('Made for a message, shown as a receipt', { label: 'receipt' }),
    'payload-flipped': refused('A bit of the payload is flipped', { payload: flipBit(valid.payload, 0) }),
    'payload-empty': refused('The payload is missing', { payload: '' }),
    'ed25519-flipped': refused('A bit of the Ed25519 half is flipped', { signature: flipBit(valid.signature, 0) }),
    'ml-dsa-flipped': refused('A bit of the ML-DSA half is flipped', { signature: flipBit(valid.signature, 64) }),
    'ed25519-stripped': refused('Only the ML-DSA half', { signature: toHex(signature.subarray(64)) }),
    'ml-dsa-stripped': refused('Only the Ed25519 half', { signature: toHex(signature.subarray(0, 64)) }),
    'ed25519-zeroed': refused('The Ed25519 half is zero', {
      signature: half(new Uint8Array(64), signature.subarray(64)),
    }),
    'ed25519-of-other-key': refused('The Ed25519 half is by another key', {
      signature: half(foreign.subarray(0, 64), signature.subarray(64)),
    }),
    'ml-dsa-of-other-key': refused('The ML-DSA half is by another key', {
      signature: half(signature.subarray(0, 64), foreign.subarray(64)),
    }),
    'ml-dsa-without-context': refused('The ML-DSA half was made without the context string', {
      signature: half(signature.subarray(0, 64), signWith(SEED, 'msg', PAYLOAD, new Uint8Array(0)).subarray(64)),
    }),
    'ed25519-large-s': refused('The Ed25519 scalar is not reduced', { signature: toHex(withLargeS(signature)) }),
    'ed25519-small-order': refused('The Ed25519 key has small order', smallOrder(publicKey, signature)),
    'signature-extended': refused('A byte stands after the signature', { signature: `${valid.signature}00` }),
    'other-key': refused('The public key is another', { publicKey: toHex(keys(OTHER_SEED).publicKey) }),
  };
}

await writeVectorsWhenRun(import.meta.url, generateSignatureVectors);
