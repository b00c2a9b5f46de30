import {
  type Fields,
  type Plain,
  type Signer,
  bytesOf,
  cbor,
  cborFields,
  fields,
  fixed,
  hpkeSeal,
  join,
  kemKeyOf,
  paddedLength,
  tagged,
  u16,
  u32,
} from '../second.js';
import { DAY_MS, START_MS, type World, type WorldDevice, ZERO_HASH, epochSeed } from '../world.js';

/** Writes envelopes step by step as docs/spec/envelope.md §3 and §4 say, without a check. */

export interface Letter {
  readonly name: string;
  readonly createdMs: number;
  /** Recipient: mailbox, epoch key and its id as P and the HPKE info name them. */
  readonly mailboxId: Uint8Array;
  readonly kemKeyId: Uint8Array;
  readonly kemKey: Uint8Array;
  readonly epochSeed: Uint8Array;
  readonly sender: Plain;
  readonly key: Signer;
  readonly label: string;
  readonly member: { readonly label: string; readonly salt: Uint8Array };
  readonly secrets: readonly (readonly [Uint8Array, Uint8Array])[];
  /** Fields of H, of the body in it, and of P that differ from the right ones. */
  readonly headerChange: Fields;
  readonly bodyChange: Fields;
  readonly partChange: Fields;
  /** Fields of the inner message that differ. */
  readonly innerChange: Fields;
  /** Instead of H, P, inner or the padded text. */
  readonly rawHeader?: Uint8Array;
  readonly rawPart?: Uint8Array;
  readonly rawInner?: (inner: Uint8Array) => Uint8Array;
  readonly rawText?: (text: Uint8Array, inner: Uint8Array) => Uint8Array;
  readonly signed?: (header: Uint8Array, part: Uint8Array) => Uint8Array;
  readonly suite: number;
  readonly infoSuite: number;
  readonly commitment?: (commitment: Uint8Array) => Uint8Array;
}

/** What differs from the valid vector. */
export interface Change {
  readonly letter?: Letter;
  readonly bytes?: Uint8Array;
  readonly nowMs?: number;
  readonly senderStatements?: number;
}

export type Failure = readonly [description: string, change: Change, expect?: string];
export type Failures = Readonly<Record<string, Failure>>;

export const PAYLOAD_SECRET = fixed('payload secret', 32);
export const PAYLOAD_ID = fixed('payload id', 32);

export function senderField(w: World, device: WorldDevice, seq: number): Plain {
  return [w.alice.mailboxId, device.deviceId, seq, tagged('stmt', w.aliceChain[seq - 1] ?? ZERO_HASH)];
}

/** Alice's first device writes to Bob under the state of her fifth statement. */
export function letterOf(w: World): Letter {
  const seed = epochSeed(w.bob, 1);
  const kemKey = kemKeyOf(seed);
  return {
    name: 'letter',
    createdMs: START_MS + 7.5 * DAY_MS,
    mailboxId: w.bob.mailboxId,
    kemKeyId: tagged('kem', kemKey),
    kemKey,
    epochSeed: seed,
    sender: senderField(w, w.a1, 5),
    key: w.a1.key,
    label: 'msg',
    member: w.a1.member,
    secrets: [[PAYLOAD_ID, PAYLOAD_SECRET]],
    headerChange: {},
    bodyChange: {},
    partChange: {},
    innerChange: {},
    suite: 1,
    infoSuite: 1,
  };
}

export function bodyFields(letter: Letter): Fields {
  return {
    1: 'message',
    2: 'CT Abdomen',
    3: 'Befund folgt.',
    4: fixed('thread id', 16),
    5: null,
    6: [letter.createdMs + 7_200_000, 'Verdacht auf Appendizitis'],
    7: letter.createdMs + 30 * DAY_MS,
    8: [1, 3, 1_572_864],
    9: [],
    11: [letter.member.label, letter.member.salt],
    ...letter.bodyChange,
  };
}

export function headerFields(letter: Letter): Fields {
  return {
    1: 'msg',
    2: 1,
    3: fixed('message id', 16),
    4: letter.createdMs,
    5: letter.sender,
    6: [[letter.mailboxId, 'to', letter.kemKeyId]],
    7: fields(bodyFields(letter)),
    8: [[PAYLOAD_ID, 'package', null]],
    9: null,
    11: [],
    ...letter.headerChange,
  };
}

export function partFields(letter: Letter): Fields {
  return { 1: letter.mailboxId, 2: letter.kemKeyId, 3: 'to', 4: 1, 5: ZERO_HASH, ...letter.partChange };
}

export interface Sealed {
  readonly bytes: Uint8Array;
  readonly header: Uint8Array;
  readonly part: Uint8Array;
  readonly headerHash: Uint8Array;
  readonly link: Uint8Array;
}

export async function seal(letter: Letter): Promise<Sealed> {
  const header = letter.rawHeader ?? cborFields(headerFields(letter));
  const part = letter.rawPart ?? cborFields(partFields(letter));
  const signed = (letter.signed ?? ((h, p) => cbor([h, p])))(header, part);
  const right = { 1: header, 2: part, 3: letter.key.sign(letter.label, signed), 4: letter.secrets };
  const written = cborFields({ ...right, ...letter.innerChange });
  const inner = letter.rawInner === undefined ? written : letter.rawInner(written);
  const hashes = { headerHash: tagged('hdr', header), link: tagged('link', cbor([header, part])) };
  return { bytes: await sealText(letter, textOf(letter, inner)), header, part, ...hashes };
}

function textOf(letter: Letter, inner: Uint8Array): Uint8Array {
  const text = new Uint8Array(paddedLength(4 + inner.length));
  text.set(join(u32(inner.length), inner));
  return letter.rawText === undefined ? text : letter.rawText(text, inner);
}

async function sealText(letter: Letter, plain: Uint8Array): Promise<Uint8Array> {
  const { mailboxId, kemKeyId, commitment } = letter;
  const prefix = join(bytesOf('BBENVL1\n'), u16(letter.suite), kemKeyId.subarray(0, 8));
  const sealed = await hpkeSeal({
    publicKey: letter.kemKey,
    info: join(bytesOf('bb1/env\0'), u16(letter.infoSuite), mailboxId, kemKeyId),
    plain,
    name: letter.name,
    aad: (enc, com) => join(prefix, enc, com),
    ...(commitment === undefined ? {} : { commitment }),
  });
  return join(prefix, sealed.enc, sealed.commitment, sealed.ciphertext);
}
