import { Aes256Gcm, CipherSuite, HkdfSha256 } from '@hpke/core';
import { XWing } from '@hpke/hybridkem-x-wing';
import { ml_kem768_x25519 } from '@noble/post-quantum/hybrid.js';
import { toHex, utf8 } from '../../../crypto/wire/bytes.js';
import { type Vector, type VectorSet, flipBit, writeVectorsWhenRun } from '../vector-files.js';

/** Made with hpke-js (the key pair with noble), second implementations, from fixed randomness. */

export interface HpkeVector extends Vector {
  readonly seed: string;
  readonly publicKey: string;
  readonly info: string;
  readonly enc: string;
  readonly exporterContext: string;
  /** 32 bytes. In a failure, the value a receiver must not compute from the changed input. */
  readonly exported: string;
  readonly messages: readonly HpkeVectorMessage[];
}

export interface HpkeVectorMessage {
  readonly aad: string;
  readonly plain: string;
  readonly sealed: string;
}

const SEED = Uint8Array.from({ length: 32 }, (_, i) => 3 * i);
const ENCAPSULATION_SEED = Uint8Array.from({ length: 64 }, (_, i) => 5 * i);
const INFO = utf8('bb1/env\0');
const EXPORTER_CONTEXT = utf8('bb1/commit');
const AAD = utf8('associated data');

async function validVector(): Promise<HpkeVector> {
  const suite = new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  const rawPublicKey = ml_kem768_x25519.keygen(SEED).publicKey;
  const publicKey = await suite.kem.deserializePublicKey(rawPublicKey.slice().buffer);
  const parameters = { recipientPublicKey: publicKey, info: INFO.slice().buffer, ekm: ENCAPSULATION_SEED.slice().buffer };
  const sender = await suite.createSenderContext(parameters);
  const messages: HpkeVectorMessage[] = [];
  for (const text of ['first', 'second']) {
    const sealed = await sender.seal(utf8(text).slice().buffer, AAD.slice().buffer);
    messages.push({ aad: toHex(AAD), plain: toHex(utf8(text)), sealed: toHex(new Uint8Array(sealed)) });
  }
  return {
    description: 'X-Wing, HKDF-SHA256, AES-256-GCM, base mode: two messages and an exported secret',
    expect: 'valid',
    seed: toHex(SEED),
    publicKey: toHex(rawPublicKey),
    info: toHex(INFO),
    enc: toHex(new Uint8Array(sender.enc)),
    exporterContext: toHex(EXPORTER_CONTEXT),
    exported: toHex(new Uint8Array(await sender.export(EXPORTER_CONTEXT.slice().buffer, 32))),
    messages,
  };
}

export async function generateHpkeVectors(): Promise<VectorSet<HpkeVector>> {
  const valid = await validVector();
  const [first, second] = valid.messages;
  if (first === undefined || second === undefined) throw new Error('two messages were sealed');
  const refused = (description: string, change: Partial<HpkeVector>): HpkeVector => ({
    ...valid,
    description,
    expect: 'open-failed',
    messages: [first],
    ...change,
  });
  const message = (description: string, changed: HpkeVectorMessage): HpkeVector =>
    refused(description, { messages: [changed] });
  return {
    valid,
    'wrong-seed': refused('Another recipient opens', { seed: flipBit(valid.seed, 0) }),
    'wrong-info': refused('The info string is another', { info: flipBit(valid.info, 0) }),
    'enc-ml-kem-flipped': refused('A bit of the ML-KEM ciphertext is flipped', { enc: flipBit(valid.enc, 0) }),
    'enc-x25519-flipped': refused('A bit of the X25519 share is flipped', { enc: flipBit(valid.enc, 1088) }),
    'enc-truncated': refused('The encapsulation ends one byte early', { enc: valid.enc.slice(0, -2) }),
    'wrong-aad': message('The associated data is another', { ...first, aad: flipBit(first.aad, 0) }),
    'ciphertext-flipped': message('A bit of the ciphertext is flipped', { ...first, sealed: flipBit(first.sealed, 0) }),
    'tag-flipped': message('A bit of the tag is flipped', { ...first, sealed: flipBit(first.sealed, -1) }),
    'ciphertext-truncated': message('The ciphertext is shorter than a tag', {
      ...first,
      sealed: first.sealed.slice(0, 30),
    }),
    'out-of-order': message('The second message is opened first', second),
  };
}

await writeVectorsWhenRun(import.meta.url, generateHpkeVectors);
