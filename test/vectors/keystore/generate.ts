import { createHash, createHmac } from 'node:crypto';
import { encode } from 'cborg';
import sodium from 'libsodium-wrappers';
import { flipBit, type Vector, type VectorSet, writeVectorsWhenRun } from '../vector-files.js';

/** A second keystore writer, on node:crypto, cborg and libsodium, with fixed salts and nonces. */

export interface KeystoreVector extends Vector {
  readonly bytes: string;
  readonly credential: VectorCredential;
  readonly minVersion: number;
  readonly version: number;
  readonly masterKey: string;
  readonly content: string;
}

export type VectorCredential =
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  | { readonly kind: 'prf'; readonly credentialId: string; readonly secret: string };

const MASTER_KEY = Buffer.alloc(32, 0x4d);
const CONTENT = Buffer.from('device keys, epoch ring, chains');
const PASSPHRASE = 'drei Wirbel & ein Schlüssel';
const PRF_SECRET = Buffer.alloc(32, 0x50);
const CREDENTIAL_ID = Buffer.from('security key 1');
const MIB = 1024;

interface Shape {
  readonly version: number;
  readonly passes: number;
  readonly memoryKib: number;
  readonly slots: readonly ('passphrase' | 'prf' | 'prf again')[];
  readonly plain: Buffer;
  /** Encodes the header's CBOR; a failure may do it wrongly. */
  readonly header: (version: number, slots: readonly Buffer[][]) => Buffer;
}

const NORMAL: Shape = {
  version: 7,
  passes: 2,
  memoryKib: 64 * MIB,
  slots: ['passphrase', 'prf'],
  plain: plaintext(),
  header: (version, slots) => cbor([[1, version], [2, slots]]),
};

function plaintext(fill = 0, length = 4096): Buffer {
  const out = Buffer.alloc(length, fill);
  out.writeUInt32BE(CONTENT.length);
  CONTENT.copy(out, 4);
  return out;
}

function cbor(entries: readonly (readonly [number, unknown])[]): Buffer {
  return Buffer.from(encode(new Map(entries)));
}

function hmac(key: Buffer, ...data: readonly Buffer[]): Buffer {
  return createHmac('sha256', key).update(Buffer.concat(data)).digest();
}

/** HKDF-Expand-SHA256 for 32 bytes. */
function expand(key: Buffer, info: string, more: Buffer = Buffer.alloc(0)): Buffer {
  return hmac(key, Buffer.from(info), more, Buffer.of(1));
}

function xchacha(key: Buffer, nonce: Buffer, aad: Buffer, plain: Buffer): Buffer {
  return Buffer.from(sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, aad, null, nonce, key));
}

function slot(kind: Shape['slots'][number], { passes, memoryKib }: Shape): Buffer[] {
  return kind === 'passphrase' ? passphraseSlot(passes, memoryKib) : prfSlot(kind === 'prf' ? 0xa2 : 0xa3);
}

function passphraseSlot(passes: number, memoryKib: number): Buffer[] {
  const salt = Buffer.alloc(16, 0x51);
  const header = cbor([[1, 'passphrase'], [2, Buffer.alloc(16, 0xa1)], [3, salt], [4, passes], [5, memoryKib]]);
  const algorithm = sodium.crypto_pwhash_ALG_ARGON2ID13;
  const input = Buffer.from(PASSPHRASE.normalize('NFKC'));
  // A cost outside the bounds must be refused before it is spent, so nothing is derived with it.
  const cost = passes === NORMAL.passes && memoryKib === NORMAL.memoryKib ? memoryKib * 1024 : 8192;
  return sealedSlot(header, Buffer.from(sodium.crypto_pwhash(32, input, salt, NORMAL.passes, cost, algorithm)), 0xb1);
}

function prfSlot(id: number): Buffer[] {
  const salt = Buffer.alloc(32, 0x52);
  const header = cbor([[1, 'prf'], [2, Buffer.alloc(16, id)], [3, salt], [6, CREDENTIAL_ID]]);
  return sealedSlot(header, hmac(salt, PRF_SECRET), 0xb2);
}

function sealedSlot(header: Buffer, secret: Buffer, nonceByte: number): Buffer[] {
  const nonce = Buffer.alloc(24, nonceByte);
  const commitment = expand(secret, 'bb1/keystore/commit\0', header);
  return [header, nonce, commitment, xchacha(expand(secret, 'bb1/keystore/kek'), nonce, header, MASTER_KEY)];
}

function withDigest(body: Buffer): string {
  return Buffer.concat([body, createHash('sha256').update(body).digest()]).toString('hex');
}

function build(change: Partial<Shape> = {}): string {
  const shape = { ...NORMAL, ...change };
  const header = shape.header(shape.version, shape.slots.map((kind) => slot(kind, shape)));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(header.length);
  const start = Buffer.concat([Buffer.from('BBKEYS1\n'), length, header]);
  const aad = Buffer.concat([Buffer.from('bb1/keystore\0'), start]);
  const nonce = Buffer.alloc(24, 0xb3);
  const key = expand(MASTER_KEY, 'bb1/keystore/content');
  return withDigest(Buffer.concat([start, nonce, xchacha(key, nonce, aad, shape.plain)]));
}

/** Changes bytes as an attacker would: the digest is made to fit again. */
function forge(bytes: string, change: (body: string) => string): string {
  return withDigest(Buffer.from(change(bytes.slice(0, -64)), 'hex'));
}

function byteOf(bytes: string, needle: Buffer): number {
  const at = Buffer.from(bytes, 'hex').indexOf(needle);
  if (at < 0) throw new Error('the bytes to change are not there');
  return at;
}

export async function generateKeystoreVectors(): Promise<VectorSet<KeystoreVector>> {
  await sodium.ready;
  const bytes = build();
  const prf: VectorCredential = {
    kind: 'prf',
    credentialId: CREDENTIAL_ID.toString('hex'),
    secret: PRF_SECRET.toString('hex'),
  };
  const valid: KeystoreVector = {
    description: 'Version 7, opened with the passphrase',
    expect: 'valid',
    bytes,
    credential: { kind: 'passphrase', passphrase: PASSPHRASE },
    minVersion: 7,
    version: 7,
    masterKey: MASTER_KEY.toString('hex'),
    content: CONTENT.toString('hex'),
  };
  const refused = (expect: string, description: string, change: Partial<KeystoreVector>): KeystoreVector => ({
    ...valid,
    expect,
    description,
    credential: prf,
    ...change,
  });
  const forged = (expect: string, description: string, change: (body: string) => string): KeystoreVector =>
    refused(expect, description, { bytes: forge(bytes, change) });
  const [, , commitment, sealedMasterKey] = prfSlot(0xa2);
  if (commitment === undefined || sealedMasterKey === undefined) throw new Error('a slot has four parts');
  return {
    valid,
    'valid-decomposed-passphrase': {
      ...valid,
      description: 'The passphrase is typed with a combining umlaut',
      credential: { kind: 'passphrase', passphrase: PASSPHRASE.normalize('NFD') },
    },
    'valid-prf': { ...valid, description: 'Version 7, opened with a security key', credential: prf },
    'passphrase-wrong': refused('passphrase-wrong', 'Another passphrase', {
      credential: { kind: 'passphrase', passphrase: `${PASSPHRASE} ` },
    }),
    'prf-wrong': refused('passphrase-wrong', 'Another security key claims the same credential', {
      credential: { ...prf, secret: flipBit(prf.secret, 0) },
    }),
    'credential-unknown': refused('slot-unknown', 'No slot for this credential', {
      credential: { ...prf, credentialId: '00' },
    }),
    'older-than-seen': refused('keystore-version', 'Version 8 was seen before', { minVersion: 8 }),
    'other-format': refused('keystore-format', 'A later format', { bytes: flipBit(bytes, 6) }),
    truncated: refused('keystore-damaged', 'The file ends early', { bytes: bytes.slice(0, -200) }),
    'bit-rot': refused('keystore-damaged', 'A bit of the content changed on the disk', { bytes: flipBit(bytes, -100) }),
    'bit-rot-in-slot': refused('keystore-damaged', 'A bit of the commitment changed on the disk', {
      bytes: flipBit(bytes, byteOf(bytes, commitment)),
    }),
    'content-forged': forged('keystore-damaged', 'The content was changed', (body) => flipBit(body, -1)),
    'nonce-forged': forged('keystore-damaged', 'The nonce was changed', (body) => flipBit(body, -4096 - 16 - 1)),
    'commitment-forged': forged('passphrase-wrong', 'The commitment was changed', (body) =>
      flipBit(body, byteOf(body, commitment)),
    ),
    'master-key-forged': forged('keystore-damaged', 'The sealed master key was changed', (body) =>
      flipBit(body, byteOf(body, sealedMasterKey)),
    ),
    'salt-forged': forged('passphrase-wrong', "The slot's salt was changed", (body) =>
      flipBit(body, byteOf(body, Buffer.alloc(32, 0x52))),
    ),
    'version-raised': forged('keystore-damaged', 'An older file claims a newer version', (body) =>
      body.replace('a20107', 'a20109'),
    ),
    'other-slot-forged': forged('keystore-damaged', 'A slot that is not used was changed', (body) =>
      flipBit(body, byteOf(body, Buffer.alloc(24, 0xb1))),
    ),
    'slots-without-passphrase': refused('keystore-damaged', 'No passphrase slot', { bytes: build({ slots: ['prf'] }) }),
    'credential-twice': refused('keystore-damaged', 'Two slots for one credential', {
      bytes: build({ slots: ['passphrase', 'prf', 'prf again'] }),
    }),
    'slot-twice': refused('keystore-damaged', 'Two slots with one id', {
      bytes: build({ slots: ['passphrase', 'passphrase', 'prf'] }),
    }),
    'kdf-too-few-passes': refused('kdf-bounds', 'One pass', { bytes: build({ passes: 1 }) }),
    'kdf-too-many-passes': refused('kdf-bounds', 'Eleven passes', { bytes: build({ passes: 11 }) }),
    'kdf-too-little-memory': refused('kdf-bounds', 'Below 64 MiB', { bytes: build({ memoryKib: 64 * MIB - 1 }) }),
    'kdf-too-much-memory': refused('kdf-bounds', 'Above 1 GiB', { bytes: build({ memoryKib: 1024 * MIB + 1 }) }),
    'version-zero': refused('keystore-damaged', 'Versions begin with 1', { bytes: build({ version: 0 }) }),
    'padding-not-zero': refused('keystore-damaged', 'Something hides in the padding', {
      bytes: build({ plain: plaintext(1) }),
    }),
    'padding-missing': refused('keystore-damaged', 'The content is not padded', {
      bytes: build({ plain: plaintext(0, 4 + CONTENT.length) }),
    }),
    'header-not-canonical': refused('keystore-damaged', 'A length in the header is written longer than needed', {
      bytes: build({
        header: (version, slots) => {
          const canonical = NORMAL.header(version, slots);
          return Buffer.concat([canonical.subarray(0, 2), Buffer.of(0x18), canonical.subarray(2)]);
        },
      }),
    }),
    'header-with-unknown-field': refused('keystore-damaged', 'The header has a field too many', {
      bytes: build({ header: (version, slots) => cbor([[1, version], [2, slots], [3, 0]]) }),
    }),
  };
}

await writeVectorsWhenRun(import.meta.url, generateKeystoreVectors);
