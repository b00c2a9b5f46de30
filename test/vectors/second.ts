import { createHash, createHmac } from 'node:crypto';
import { Aes256Gcm, CipherSuite, HkdfSha256 } from '@hpke/core';
import { XWing } from '@hpke/hybridkem-x-wing';
import { ed25519 } from '@noble/curves/ed25519.js';
import { ml_kem768_x25519 } from '@noble/post-quantum/hybrid.js';
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js';
import { encode } from 'cborg';

/**
 * A second writer of our formats, from other packages than the product's and with fixed randomness: what it writes the
 * product must read. It checks nothing, so that it can also write what must be refused.
 */

export type Plain = null | boolean | number | string | Uint8Array | readonly Plain[] | ReadonlyMap<number, Plain>;
export type Fields = Readonly<Record<number, Plain>>;

export function cbor(value: Plain): Uint8Array {
  return Uint8Array.from(encode(value));
}

export function fields(record: Fields): ReadonlyMap<number, Plain> {
  return new Map(Object.entries(record).map(([key, value]) => [Number(key), value]));
}

export function cborFields(record: Fields): Uint8Array {
  return cbor(fields(record));
}

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'utf8'));
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

export function u16(n: number): Uint8Array {
  return Uint8Array.of(n >>> 8, n);
}

export function u32(n: number): Uint8Array {
  return Uint8Array.of(n >>> 24, n >>> 16, n >>> 8, n);
}

export function u64(n: number): Uint8Array {
  return join(u32(Math.floor(n / 2 ** 32)), u32(n >>> 0));
}

/** What would be random elsewhere: SHAKE-256 of a name. */
export function fixed(name: string, length: number): Uint8Array {
  return Uint8Array.from(createHash('shake256', { outputLength: length }).update(name).digest());
}

export function sha256Of(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(bytes).digest());
}

function prefixed(bytes: Uint8Array): Uint8Array {
  return join(u32(bytes.length), bytes);
}

/** `TH(label, x1..xn)` */
export function tagged(label: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return sha256Of(join(bytesOf(`bb1/${label}\0`), ...parts.map(prefixed)));
}

/** `KX(prk, info, 32)` */
export function expand(prk: Uint8Array, info: string): Uint8Array {
  return Uint8Array.from(createHmac('sha256', prk).update(info).update(Buffer.of(1)).digest());
}

export interface Signer {
  readonly seed: Uint8Array;
  readonly publicKey: Uint8Array;
  sign(label: string, payload: Uint8Array): Uint8Array;
}

export function signerOf(seed: Uint8Array): Signer {
  const classical = expand(seed, 'bb1/sig/ed25519');
  const postQuantum = ml_dsa65.keygen(expand(seed, 'bb1/sig/mldsa65'));
  return {
    seed,
    publicKey: join(ed25519.getPublicKey(classical), postQuantum.publicKey),
    sign(label, payload) {
      const input = join(bytesOf('bb1-sig\0'), prefixed(bytesOf(label)), prefixed(payload));
      const options = { context: bytesOf('bb1'), extraEntropy: false } as const;
      return join(ed25519.sign(input, classical), ml_dsa65.sign(input, postQuantum.secretKey, options));
    },
  };
}

export function kemKeyOf(seed: Uint8Array): Uint8Array {
  return Uint8Array.from(ml_kem768_x25519.keygen(seed).publicKey);
}

export interface HpkeInput {
  readonly publicKey: Uint8Array;
  readonly info: Uint8Array;
  readonly plain: Uint8Array;
  /** Names the fixed randomness. */
  readonly name: string;
  readonly aad: (enc: Uint8Array, commitment: Uint8Array) => Uint8Array;
  /** What stands in the place of the commitment; by default the commitment. */
  readonly commitment?: (commitment: Uint8Array) => Uint8Array;
}

export interface HpkeOutput {
  readonly enc: Uint8Array;
  readonly commitment: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** HPKE base mode with the exported commitment, by hpke-js. */
export async function hpkeSeal(input: HpkeInput): Promise<HpkeOutput> {
  const suite = new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  const recipientPublicKey = await suite.kem.deserializePublicKey(buffer(input.publicKey));
  const ekm = buffer(fixed(`${input.name}/ekm`, 64));
  const sender = await suite.createSenderContext({ recipientPublicKey, info: buffer(input.info), ekm });
  const enc = new Uint8Array(sender.enc);
  const exported = new Uint8Array(await sender.export(buffer(bytesOf('bb1/commit')), 32));
  const commitment = input.commitment === undefined ? exported : input.commitment(exported);
  const sealed = await sender.seal(buffer(input.plain), buffer(input.aad(enc, commitment)));
  return { enc, commitment, ciphertext: new Uint8Array(sealed) };
}

function buffer(bytes: Uint8Array): ArrayBuffer {
  return bytes.slice().buffer as ArrayBuffer;
}

/** `max(4096, Padmé(length))`, counted in bits instead of with logarithms. */
export function paddedLength(length: number): number {
  if (length <= 4096) return 4096;
  const exponent = BigInt(length).toString(2).length - 1;
  const kept = exponent.toString(2).length;
  const mask = (1n << BigInt(exponent - kept)) - 1n;
  return Number((BigInt(length) + mask) & ~mask);
}
