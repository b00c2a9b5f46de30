import { toBase64Url, toHex } from '../../../crypto/wire/bytes.js';
import { type World, world } from '../world.js';
import { type Vector, type VectorSet, writeVectorsWhenRun } from '../vector-files.js';
import { frameFailures, innerFailures } from './frame-failures.js';
import { headerFailures, partFailures, senderFailures } from './signed-failures.js';
import { type Change, type Letter, type Sealed, headerFields, letterOf, seal } from './writer.js';

/** One message from Alice to Bob, and everything that must not open, docs/spec/envelope.md §5. */

export interface EnvelopeVector extends Vector {
  /** base64url */
  readonly envelope: string;
  readonly reader: {
    readonly mailboxId: string;
    readonly kemKeyId: string;
    readonly epochSeed: string;
    readonly nowMs: number;
  };
  /** The sender's chain as the reader knows it: that many statements of chain/valid. */
  readonly senderStatements: number;
  /** In the valid one: what comes out. */
  readonly header?: string;
  readonly part?: string;
  readonly headerHash?: string;
  readonly link?: string;
  readonly secrets?: readonly (readonly [payloadId: string, secret: string])[];
}

type Refuse = (description: string, change: Change, expect?: string) => Promise<EnvelopeVector>;

function readerOf(letter: Letter, nowMs: number): EnvelopeVector['reader'] {
  return {
    mailboxId: toHex(letter.mailboxId),
    kemKeyId: toHex(letter.kemKeyId),
    epochSeed: toHex(letter.epochSeed),
    nowMs,
  };
}

function refuseOf(w: World, right: Sealed): Refuse {
  const valid = letterOf(w);
  const nowMs = valid.createdMs + 1000;
  return async (description, change, expect = 'open-failed') => {
    const sealed = change.letter === undefined ? right : await seal(change.letter);
    return {
      description,
      expect,
      envelope: toBase64Url(change.bytes ?? sealed.bytes),
      reader: readerOf(valid, change.nowMs ?? nowMs),
      senderStatements: change.senderStatements ?? 5,
    };
  };
}

export async function generateEnvelopeVectors(): Promise<VectorSet<EnvelopeVector>> {
  const w = await world();
  const letter = letterOf(w);
  const sealed = await seal(letter);
  const refuse = refuseOf(w, sealed);
  const valid: EnvelopeVector = {
    description: 'A message with one payload to one recipient',
    expect: 'valid',
    envelope: toBase64Url(sealed.bytes),
    reader: readerOf(letter, letter.createdMs + 1000),
    senderStatements: 5,
    header: toHex(sealed.header),
    part: toHex(sealed.part),
    headerHash: toHex(sealed.headerHash),
    link: toHex(sealed.link),
    secrets: letter.secrets.map(([payloadId, secret]) => [toHex(payloadId), toHex(secret)]),
  };
  const fieldsOfHeader = headerFields(letter);
  const failures = {
    ...frameFailures(letter, sealed),
    ...innerFailures(letter, sealed),
    ...headerFailures(w, letter),
    ...partFailures(w, letter),
    ...senderFailures(w, letter, fieldsOfHeader),
  };
  const entries: [string, EnvelopeVector][] = [['valid', valid]];
  for (const [name, [description, change, expect]] of Object.entries(failures)) {
    entries.push([name, await refuse(description, change, expect)]);
  }
  return Object.fromEntries(entries);
}

await writeVectorsWhenRun(import.meta.url, generateEnvelopeVectors);
