import { concatBytes, equalBytes, isZero, readUint32, utf8, writeUint16, writeUint32 } from '../wire/bytes.js';
import { COMMITMENT_BYTES, KEM_ENC_BYTES } from '../wire/envelope.js';
import { lengthPrefixed, taggedHash } from '../wire/hash.js';
import { padded } from '../wire/payload.js';
import { SUITE } from '../wire/suite.js';
import { SealError } from './error.js';
import { setupReceiver, setupSender } from './hpke.js';
import { type Secret } from './secret.js';
import { COMMITMENT_LABEL } from './seed-box.js';
import { XCHACHA_NONCE_BYTES, hkdfExpandSha256, randomBytes, wipe, xchachaOpen, xchachaSeal } from './suite.js';

/** Two devices that know one secret speak through a relay that does not (docs/spec/pairing.md). */

type Bytes = Uint8Array<ArrayBuffer>;

export type PairingSide = 'admin' | 'device';

/** What both sides have said so far: nothing, the offer, or offer and request. A blob opens behind exactly that. */
export type Transcript = Uint8Array;

export const NO_TRANSCRIPT: Transcript = new Uint8Array(32);

/** `TH("pairing", blobs…)` */
export function transcriptOf(...blobs: readonly Uint8Array[]): Transcript {
  return taggedHash('pairing', ...blobs);
}

export interface PairingChannel {
  /** Under which the relay keeps the blobs: 32 bytes. */
  readonly id: Bytes;
  seal(place: PairingPosition, transcript: Transcript, plain: Uint8Array): Bytes;
  /** @throws SealError `open-failed` */
  open(place: PairingPosition, transcript: Transcript, blob: Uint8Array): Bytes;
  close(): void;
}

export interface PairingPosition {
  readonly sender: PairingSide;
  readonly n: number;
}

/** The relay's limit of a blob, with room for padding (docs/spec/pairing.md §4). */
export const MAX_PAIRING_PLAIN_BYTES = 900_000;
const LABELS = { id: 'bb1/pairing/id\0', admin: 'bb1/pairing/admin\0', device: 'bb1/pairing/device\0' } as const;

/** @param origin of the relay: a pairing begun at one relay opens nothing at another */
export function openPairingChannel(secret: Secret, origin: string): PairingChannel {
  const derive = (label: string): Bytes =>
    hkdfExpandSha256(secret, concatBytes(utf8(label), lengthPrefixed(utf8(origin))), 32);
  const keys = { admin: derive(LABELS.admin), device: derive(LABELS.device) };
  return {
    id: derive(LABELS.id),
    seal(place, transcript, plain) {
      if (plain.length > MAX_PAIRING_PLAIN_BYTES) throw new SealError('limits', 'a blob is too long');
      const whole = new Uint8Array(padded(4 + plain.length));
      whole.set(writeUint32(plain.length));
      whole.set(plain, 4);
      const nonce = randomBytes(XCHACHA_NONCE_BYTES);
      return concatBytes(nonce, xchachaSeal(keys[place.sender], nonce, aadOf(place, transcript), whole));
    },
    open(place, transcript, blob) {
      const nonce = blob.subarray(0, XCHACHA_NONCE_BYTES);
      const sealed = blob.subarray(XCHACHA_NONCE_BYTES);
      return unpad(xchachaOpen(keys[place.sender], nonce, aadOf(place, transcript), sealed));
    },
    close() {
      wipe(keys.admin);
      wipe(keys.device);
    },
  };
}

/** `"bb1/pairing" 00 || LP(sender) || u32 n || transcript`: no blob fits another place or another pairing. */
function aadOf({ sender, n }: PairingPosition, transcript: Transcript): Uint8Array {
  return concatBytes(utf8('bb1/pairing\0'), lengthPrefixed(utf8(sender)), writeUint32(n), transcript);
}

function unpad(whole: Uint8Array): Bytes {
  const end = whole.length < 4 ? 0 : 4 + readUint32(whole, 0);
  if (end === 0 || whole.length !== padded(end) || !isZero(whole.subarray(end))) {
    throw new SealError('open-failed', 'a blob is not padded as it must be');
  }
  return new Uint8Array(whole.subarray(4, end));
}

/** Six digits that both persons can compare: whoever put himself between has others. */
export function checkNumber(transcript: Transcript): string {
  const number = readUint32(taggedHash('pairing-check', transcript), 0) % 1_000_000;
  return String(number).padStart(6, '0');
}

export interface HandOverWriter {
  /** Each call seals the next piece. */
  seal(plain: Uint8Array): Promise<Bytes>;
  close(): void;
}

export interface HandOverReader {
  /** @throws SealError `open-failed` */
  open(piece: Uint8Array): Promise<Bytes>;
  close(): void;
}

/**
 * A second lid under the channel's: to the new device's own key. Who sees the code later, on a photograph or a piece of
 * paper, and has kept what went through the relay, opens nothing.
 */
export async function createHandOver(kemKey: Uint8Array, transcript: Transcript): Promise<HandOverWriter> {
  const sender = await setupSender(kemKey, handOverInfo(transcript));
  const first = concatBytes(sender.enc, sender.export(COMMITMENT_LABEL, COMMITMENT_BYTES));
  let n = 0;
  return {
    async seal(plain) {
      const sealed = await sender.seal(pieceAad(first, n), plain);
      return n++ === 0 ? concatBytes(first, sealed) : sealed;
    },
    close: () => sender.close(),
  };
}

/** @param piece the first one: it begins with the encapsulation @throws SealError `open-failed` */
export async function openHandOver(
  kemSeed: Secret,
  transcript: Transcript,
  piece: Uint8Array,
): Promise<HandOverReader> {
  const first = piece.slice(0, KEM_ENC_BYTES + COMMITMENT_BYTES);
  if (first.length < KEM_ENC_BYTES + COMMITMENT_BYTES) throw new SealError('open-failed', 'a hand-over is cut off');
  const receiver = await setupReceiver(kemSeed, first.subarray(0, KEM_ENC_BYTES), handOverInfo(transcript));
  if (!equalBytes(receiver.export(COMMITMENT_LABEL, COMMITMENT_BYTES), first.subarray(KEM_ENC_BYTES))) {
    receiver.close();
    throw new SealError('open-failed', 'the commitment differs');
  }
  let n = 0;
  return {
    async open(sealed) {
      const plain = await receiver.open(pieceAad(first, n), n === 0 ? sealed.subarray(first.length) : sealed);
      n++;
      return new Uint8Array(plain);
    },
    close: () => receiver.close(),
  };
}

function handOverInfo(transcript: Transcript): Uint8Array {
  return concatBytes(utf8('bb1/pairing/hand-over\0'), writeUint16(SUITE), transcript);
}

function pieceAad(first: Uint8Array, n: number): Uint8Array {
  return concatBytes(first, writeUint32(n));
}
