import { cborRecord, encodeCbor, parseCbor } from '../wire/cbor.js';
import { type MailboxId, type MessageId, idBytes, mailboxIdFrom, messageIdFrom } from '../wire/ids.js';
import { WireError } from '../wire/error.js';
import { asArray, asBytes, asMap, asOneOf, asText, asUint, assertKeys, orNull } from '../wire/shape.js';
import { ED25519_SIGNATURE_BYTES, signatureInput, verifyPlainEd25519 } from '../wire/signature.js';
import { LogError } from './error.js';
import { type VerifierKey } from './verifier-key.js';

/**
 * The relay's signed word about one delivery of a message that its sender takes back (docs/spec/withdrawal.md §2). Whoever
 * shows it to others shows the relay's word, and nothing of the message.
 */
export interface Testimony {
  /** The name of the log whose key has signed. */
  readonly origin: string;
  readonly kind: TestimonyKind;
  readonly sender: MailboxId;
  readonly messageId: MessageId;
  readonly recipient: MailboxId;
  /** SHA-256 of the envelope that was in the recipient's mailbox. */
  readonly envelopeDigest: Uint8Array;
  readonly acceptedMs: number;
  /** When a device of the recipient was first given the envelope; null when none ever was. */
  readonly fetchedMs: number | null;
  /** When the relay said so; what came later it could not know. */
  readonly timeMs: number;
}

export type TestimonyKind = 'never-fetched' | 'fetched';

const KINDS = ['never-fetched', 'fetched'] as const;
const MAX_TESTIMONY_BYTES = 1_024;
const MAX_ORIGIN = 255;
const DIGEST_BYTES = 32;

/** What is signed. */
export function encodeTestimonyBody(testimony: Testimony): Uint8Array<ArrayBuffer> {
  return encodeCbor(
    cborRecord({
      1: 'testimony',
      2: testimony.origin,
      3: testimony.kind,
      4: idBytes(testimony.sender),
      5: idBytes(testimony.messageId),
      6: idBytes(testimony.recipient),
      7: testimony.envelopeDigest,
      8: testimony.acceptedMs,
      9: testimony.fetchedMs,
      10: testimony.timeMs,
    }),
  );
}

/** What the log's Ed25519 key signs: begins with a byte string that no note and no cosignature begins with. */
export function testimonyInput(body: Uint8Array): Uint8Array {
  return signatureInput('relay', body);
}

export function encodeTestimony(body: Uint8Array, signature: Uint8Array): Uint8Array<ArrayBuffer> {
  return encodeCbor([body, signature]);
}

/** @throws WireError `signature`, `shape`, …; LogError `origin` for another log's name */
export function verifyTestimony(bytes: Uint8Array, log: VerifierKey): Testimony {
  const { body, signature } = split(bytes);
  verifyPlainEd25519(log.publicKey, testimonyInput(body), signature);
  const testimony = parseBody(body);
  if (testimony.origin !== log.name) throw new LogError('origin', 'the testimony names another log');
  return testimony;
}

/** Reads a testimony again that `verifyTestimony` has passed and that has been kept sealed since. @throws WireError */
export function readVerifiedTestimony(bytes: Uint8Array): Testimony {
  return parseBody(split(bytes).body);
}

function split(bytes: Uint8Array): { readonly body: Uint8Array; readonly signature: Uint8Array } {
  const [body, signature] = asArray(parseCbor(bytes, { maxBytes: MAX_TESTIMONY_BYTES }), 2);
  return { body: asBytes(body), signature: asBytes(signature, ED25519_SIGNATURE_BYTES) };
}

function parseBody(bytes: Uint8Array): Testimony {
  const map = asMap(parseCbor(bytes, { maxBytes: MAX_TESTIMONY_BYTES }));
  assertKeys(map, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  asOneOf(map.get(1), ['testimony']);
  const testimony: Testimony = {
    origin: asText(map.get(2), MAX_ORIGIN),
    kind: asOneOf(map.get(3), KINDS),
    sender: mailboxIdFrom(asBytes(map.get(4))),
    messageId: messageIdFrom(asBytes(map.get(5))),
    recipient: mailboxIdFrom(asBytes(map.get(6))),
    envelopeDigest: asBytes(map.get(7), DIGEST_BYTES),
    acceptedMs: asUint(map.get(8)),
    fetchedMs: orNull(map.get(9), (value) => asUint(value)),
    timeMs: asUint(map.get(10)),
  };
  assertTimes(testimony);
  return testimony;
}

/** Accepted, then fetched or not, then said. */
function assertTimes({ kind, acceptedMs, fetchedMs, timeMs }: Testimony): void {
  const isFetched = kind === 'fetched';
  if (isFetched !== (fetchedMs !== null)) throw new WireError('shape', 'fetched has a time, never fetched has none');
  const inOrder = acceptedMs <= (fetchedMs ?? acceptedMs) && (fetchedMs ?? acceptedMs) <= timeMs;
  if (!inOrder) throw new WireError('shape', 'the times of a testimony are in order');
}
