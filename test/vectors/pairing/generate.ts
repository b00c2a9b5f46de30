import { Aes256Gcm, CipherSuite, HkdfSha256 } from '@hpke/core';
import { XWing } from '@hpke/hybridkem-x-wing';
import sodium from 'libsodium-wrappers';
import { toHex } from '../../../crypto/wire/bytes.js';
import { createHmac } from 'node:crypto';
import { type Fields, bytesOf, cborFields, fixed, join, kemKeyOf, paddedLength, tagged, u16, u32 } from '../second.js';
import { type Vector, type VectorSet, flipBit, writeVectorsWhenRun } from '../vector-files.js';
import { START_MS, type World, ZERO_HASH, deviceOf, tagOf, world } from '../world.js';

/** A pairing as docs/spec/pairing.md writes it, by a second writer, and what neither side may take. */

export interface PairingVector extends Vector {
  readonly secret: string;
  readonly origin: string;
  readonly sender: 'admin' | 'device';
  readonly n: number;
  /** What was said before. */
  readonly transcript: string;
  readonly blob: string;
  /** What must come out. */
  readonly plain?: string;
  /** The plaintext is read as this. */
  readonly form?: 'offer' | 'request';
  readonly id?: string;
  readonly check?: string;
}

export interface HandOverVector extends Vector {
  readonly kemSeed: string;
  readonly transcript: string;
  readonly pieces: readonly string[];
  readonly plains?: readonly string[];
}

export type AnyPairingVector = PairingVector | HandOverVector;

const ORIGIN = 'https://relay.example';
const SECRET = fixed('pairing/secret', 32);

function expandBytes(prk: Uint8Array, info: Uint8Array): Uint8Array {
  return Uint8Array.from(createHmac('sha256', prk).update(info).update(Buffer.of(1)).digest());
}

function prefixed(bytes: Uint8Array): Uint8Array {
  return join(u32(bytes.length), bytes);
}

function keyFor(purpose: 'id' | 'admin' | 'device', secret = SECRET, origin = ORIGIN): Uint8Array {
  return expandBytes(secret, join(bytesOf(`bb1/pairing/${purpose}\0`), prefixed(bytesOf(origin))));
}

interface Sealing {
  readonly sender: 'admin' | 'device';
  readonly n: number;
  readonly transcript: Uint8Array;
  /** What is sealed, with length and padding, where it is not the right one. */
  readonly whole?: Uint8Array;
  readonly key?: Uint8Array;
  readonly aadSender?: string;
}

function withPadding(plain: Uint8Array): Uint8Array {
  const whole = new Uint8Array(paddedLength(4 + plain.length));
  whole.set(join(u32(plain.length), plain));
  return whole;
}

function seal(plain: Uint8Array, sealing: Sealing): Uint8Array {
  const { sender, n, transcript } = sealing;
  const nonce = fixed(`pairing/nonce ${sender} ${n}`, 24);
  const aad = join(bytesOf('bb1/pairing\0'), prefixed(bytesOf(sealing.aadSender ?? sender)), u32(n), transcript);
  const key = sealing.key ?? keyFor(sender);
  const whole = sealing.whole ?? withPadding(plain);
  return join(nonce, sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(whole, aad, null, nonce, key));
}

function offerOf({ alice }: World, change: Fields = {}): Uint8Array {
  return cborFields({ 1: 1, 2: alice.mailboxId, 3: alice.address, 4: START_MS + 600_000, ...change });
}

const NEW_DEVICE = 'a5';

function requestOf({ alice }: World, change: Fields = {}): Uint8Array {
  const device = deviceOf(NEW_DEVICE, 'Empfang');
  const { deviceId, key, kemKey, member } = device;
  const proofInput = { 1: alice.mailboxId, 2: deviceId, 3: tagOf(device), 4: key.publicKey, 5: kemKey };
  const proof = key.sign('device-pop', cborFields(proofInput));
  const fields = { 1: 1, 2: deviceId, 3: [member.label, member.salt], 4: key.publicKey, 5: kemKey, 6: proof, 7: 'Tresen' };
  return cborFields({ ...fields, ...change });
}

function checkOf(transcript: Uint8Array): string {
  const digest = tagged('pairing-check', transcript);
  return String(new DataView(digest.buffer, digest.byteOffset).getUint32(0) % 1_000_000).padStart(6, '0');
}

function blobVectors(w: World): VectorSet<PairingVector> {
  const place = { sender: 'admin', n: 0, transcript: ZERO_HASH } as const;
  const plain = offerOf(w);
  const offer = seal(plain, place);
  const at = (blob: Uint8Array, more: Partial<PairingVector> = {}): Omit<PairingVector, 'description' | 'expect'> => ({
    secret: toHex(SECRET),
    origin: ORIGIN,
    sender: 'admin',
    n: 0,
    transcript: toHex(ZERO_HASH),
    blob: toHex(blob),
    ...more,
  });
  const refused = (description: string, blob: Uint8Array, more: Partial<PairingVector> = {}): PairingVector => ({
    description,
    expect: 'open-failed',
    ...at(blob, more),
  });
  const afterOffer = tagged('pairing', offer);
  const request = seal(requestOf(w), { sender: 'device', n: 0, transcript: afterOffer });
  const both = tagged('pairing', offer, request);
  const whole = withPadding(plain);
  const dirty = whole.slice();
  dirty[dirty.length - 1] = 1;
  const long = whole.slice();
  long.set(u32(whole.length - 3));
  const flipped = (byte: number): Uint8Array => Uint8Array.from(Buffer.from(flipBit(toHex(offer), byte), 'hex'));
  const requested = at(request, { sender: 'device', transcript: toHex(afterOffer), form: 'request' });
  return {
    'valid-offer': {
      description: 'The offer of an administrating device',
      expect: 'valid',
      ...at(offer, { form: 'offer' }),
      plain: toHex(plain),
      id: toHex(keyFor('id')),
    },
    'valid-request': {
      description: 'The request of the new device, after that offer',
      expect: 'valid',
      ...requested,
      plain: toHex(requestOf(w)),
      check: checkOf(both),
    },
    'secret-of-other': refused('Another secret', offer, { secret: toHex(fixed('other', 32)) }),
    'origin-of-other': refused('Another relay', offer, { origin: 'https://relay.example:8443' }),
    'place-other-n': refused('The next place of the same side', offer, { n: 1 }),
    'place-other-side': refused('As if the other side had said it', offer, { sender: 'device' }),
    'transcript-other': refused('After something else was said', offer, { transcript: toHex(afterOffer) }),
    'nonce-flipped': refused('A bit of the nonce', flipped(0)),
    'blob-flipped': refused('A bit of the ciphertext', flipped(30)),
    'tag-flipped': refused('A bit of the tag', flipped(-1)),
    'blob-truncated': refused('One byte short', offer.subarray(0, -1)),
    'blob-extended': refused('One byte more', join(offer, Uint8Array.of(0))),
    'blob-nonce-only': refused('A nonce and nothing else', offer.subarray(0, 24)),
    'padding-not-zero': refused('A padding byte is 1', seal(plain, { ...place, whole: dirty })),
    'padding-missing': refused('No padding', seal(plain, { ...place, whole: whole.subarray(0, 4 + plain.length) })),
    'length-beyond': refused('A length beyond the end', seal(plain, { ...place, whole: long })),
    'offer-version-2': {
      description: 'An offer of another version',
      expect: 'shape',
      ...at(seal(offerOf(w, { 1: 2 }), place), { form: 'offer' }),
    },
    'offer-field-extra': {
      description: 'A fifth field in the offer',
      expect: 'shape',
      ...at(seal(offerOf(w, { 5: 0 }), place), { form: 'offer' }),
    },
    'request-without-post-quantum': {
      description: 'A request with the X25519 half of its X-Wing key alone (attack A33)',
      expect: 'shape',
      ...requested,
      blob: toHex(
        seal(requestOf(w, { 5: deviceOf(NEW_DEVICE, 'Empfang').kemKey.slice(1184) }), {
          sender: 'device',
          n: 0,
          transcript: afterOffer,
        }),
      ),
    },
    'request-name-long': {
      description: 'A name of 101 characters',
      expect: 'shape',
      ...requested,
      blob: toHex(
        seal(requestOf(w, { 7: 'x'.repeat(101) }), { sender: 'device', n: 0, transcript: afterOffer }),
      ),
    },
  };
}

async function piecesFor(kemKey: Uint8Array, transcript: Uint8Array, plains: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const suite = new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  const recipientPublicKey = await suite.kem.deserializePublicKey(arrayBuffer(kemKey));
  const info = arrayBuffer(join(bytesOf('bb1/pairing/hand-over\0'), u16(1), transcript));
  const sender = await suite.createSenderContext({ recipientPublicKey, info, ekm: arrayBuffer(fixed('pairing/ekm', 64)) });
  const commitment = new Uint8Array(await sender.export(arrayBuffer(bytesOf('bb1/commit')), 32));
  const first = join(new Uint8Array(sender.enc), commitment);
  const pieces: Uint8Array[] = [];
  for (const [n, plain] of plains.entries()) {
    const sealed = new Uint8Array(await sender.seal(arrayBuffer(plain), arrayBuffer(join(first, u32(n)))));
    pieces.push(n === 0 ? join(first, sealed) : sealed);
  }
  return pieces;
}

function arrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return bytes.slice().buffer as ArrayBuffer;
}

async function handOverVectors(): Promise<VectorSet<HandOverVector>> {
  const kemSeed = fixed('a5/kem', 32);
  const transcript = tagged('pairing', bytesOf('offer'), bytesOf('request'));
  const plains = ['secrets', 'memory, first', 'memory, last'].map(bytesOf);
  const [first = ZERO_HASH, second = ZERO_HASH, third = ZERO_HASH] = await piecesFor(kemKeyOf(kemSeed), transcript, plains);
  const base = { kemSeed: toHex(kemSeed), transcript: toHex(transcript) };
  const refused = (description: string, pieces: readonly Uint8Array[], more: Partial<HandOverVector> = {}): HandOverVector => ({
    description,
    expect: 'open-failed',
    ...base,
    pieces: pieces.map(toHex),
    ...more,
  });
  const flipped = (piece: Uint8Array, byte: number): Uint8Array =>
    Uint8Array.from(Buffer.from(flipBit(toHex(piece), byte), 'hex'));
  return {
    'valid-hand-over': {
      description: 'Three pieces for the new device',
      expect: 'valid',
      ...base,
      pieces: [first, second, third].map(toHex),
      plains: plains.map(toHex),
    },
    'hand-over-of-other-device': refused('Another device opens it', [first], { kemSeed: toHex(fixed('eve/kem', 32)) }),
    'hand-over-other-transcript': refused('Of another pairing', [first], { transcript: toHex(ZERO_HASH) }),
    'hand-over-swapped': refused('Two pieces exchanged', [first, third, second]),
    'hand-over-left-out': refused('A piece is left out', [first, third]),
    'hand-over-piece-twice': refused('A piece comes twice', [first, second, second]),
    'hand-over-enc-flipped': refused('A bit of the encapsulation', [flipped(first, 5)]),
    'hand-over-commitment-flipped': refused('A bit of the commitment', [flipped(first, 1130)]),
    'hand-over-piece-flipped': refused('A bit of the second piece', [first, flipped(second, 0)]),
    'hand-over-cut-off': refused('The encapsulation alone', [first.subarray(0, 1120)]),
  };
}

export async function generatePairingVectors(): Promise<VectorSet<AnyPairingVector>> {
  await sodium.ready;
  return { ...blobVectors(await world()), ...(await handOverVectors()) };
}

await writeVectorsWhenRun(import.meta.url, generatePairingVectors);
