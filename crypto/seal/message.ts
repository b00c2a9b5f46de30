import { concatBytes, equalBytes, isZero, readUint32, writeUint32 } from '../wire/bytes.js';
import { type CborValue, cborRecord, encodeCbor, parseCbor } from '../wire/cbor.js';
import {
  type EnvelopeFrame,
  MAX_ENVELOPE_BYTES,
  encodeEnvelopePrefix,
  envelopeInfo,
  kemKeyIdOf,
} from '../wire/envelope.js';
import { WireError } from '../wire/error.js';
import { type KemKeyId, type MailboxId, type PayloadId, idBytes, payloadIdFrom } from '../wire/ids.js';
import {
  type MessageHeader,
  type RecipientPart,
  encodeHeader,
  encodeRecipientPart,
  linkHash,
  messageSignatureInput,
  parseHeader,
  parseRecipientPart,
} from '../wire/message.js';
import { padded } from '../wire/payload.js';
import { asArray, asBytes, asMap, assertKeys } from '../wire/shape.js';
import { SIGNATURE_BYTES } from '../wire/signature.js';
import { COMMITMENT_LABEL } from './seed-box.js';
import { SealError } from './error.js';
import { setupReceiver, setupSender } from './hpke.js';
import { type Secret, asSecret } from './secret.js';
import { type SigningKey } from './sign.js';

/** Sealing a message: signed first, then sealed, one envelope per recipient mailbox (docs/spec/envelope.md §3, §4). */

export type PayloadSecrets = ReadonlyMap<PayloadId, Secret>;

export interface SealedEnvelope {
  readonly mailboxId: MailboxId;
  readonly bytes: Uint8Array;
  /** What the next message of this chain names as `chain_prev`. */
  readonly link: Uint8Array;
}

export interface EnvelopeRecipient {
  readonly part: RecipientPart;
  /** The epoch's public key, whose id is `part.kemKeyId`. */
  readonly kemKey: Uint8Array;
}

/**
 * @param secrets exactly those of `header.payloads` (invariant 10)
 * @throws SealError `limits`, `key-invalid`; WireError for a message that no reader would accept: it must fail here,
 * where a person can be told, not at the recipient (attack A34)
 */
export async function sealEnvelope(
  header: MessageHeader,
  recipient: EnvelopeRecipient,
  secrets: PayloadSecrets,
  key: SigningKey,
): Promise<SealedEnvelope> {
  const { mailboxId, kemKeyId } = recipient.part;
  const h = encodeHeader(header);
  const p = encodeRecipientPart(recipient.part);
  assertListsAgree(parseHeader(h), parseRecipientPart(p), secrets);
  if (kemKeyIdOf(recipient.kemKey) !== kemKeyId) throw new SealError('key-invalid', 'not the key that P names');
  const signature = key.sign('msg', messageSignatureInput(h, p));
  const plain = pad(encodeInner(h, p, signature, secrets));
  const sender = await setupSender(recipient.kemKey, envelopeInfo(mailboxId, kemKeyId));
  const prefix = encodeEnvelopePrefix(kemKeyId, sender.enc, sender.export(COMMITMENT_LABEL, 32));
  const bytes = concatBytes(prefix, await sender.seal(prefix, plain));
  sender.close();
  if (bytes.length > MAX_ENVELOPE_BYTES) throw new SealError('limits', 'the message is too long');
  return { mailboxId, bytes, link: linkHash(h, p) };
}

/**
 * Roles agree with the list that everybody sees; the keys are exactly those of the payloads (invariant 10).
 * @throws WireError `shape`
 */
export function assertListsAgree(header: MessageHeader, part: RecipientPart, secrets: PayloadSecrets): void {
  const listed = header.recipients.find((recipient) => recipient.mailboxId === part.mailboxId);
  const isConsistent =
    part.role === 'bcc' ? listed === undefined : listed?.role === part.role && listed.kemKeyId === part.kemKeyId;
  const hasKeys = header.payloads.every((payload) => secrets.has(payload.payloadId));
  if (!isConsistent || !hasKeys || secrets.size !== header.payloads.length) {
    throw new WireError('shape', 'lists and keys do not agree');
  }
}

/** The parts of an envelope after decryption; nothing is verified yet but that they were sealed for this key. */
export interface InnerMessage {
  readonly claimedHeader: Uint8Array;
  readonly claimedPart: Uint8Array;
  readonly signature: Uint8Array;
  readonly secrets: PayloadSecrets;
}

/**
 * Decapsulates, checks the commitment **before** decrypting (so that no key can be found for which a ciphertext opens
 * twice, attack A39), decrypts, checks the padding and takes the message apart.
 * @throws SealError `open-failed`; WireError
 */
export async function openFrame(
  frame: EnvelopeFrame,
  mailboxId: MailboxId,
  epoch: { readonly kemKeyId: KemKeyId; readonly seed: Secret },
): Promise<InnerMessage> {
  const receiver = await setupReceiver(epoch.seed, frame.enc, envelopeInfo(mailboxId, epoch.kemKeyId));
  try {
    if (!equalBytes(receiver.export(COMMITMENT_LABEL, 32), frame.commitment)) {
      throw new SealError('open-failed', 'the commitment differs');
    }
    return parseInner(unpad(await receiver.open(frame.aad, frame.ciphertext)));
  } finally {
    receiver.close();
  }
}

function encodeInner(header: Uint8Array, part: Uint8Array, signature: Uint8Array, secrets: PayloadSecrets): Uint8Array {
  const keys = [...secrets].map(([payloadId, secret]) => [idBytes(payloadId), secret]);
  return encodeCbor(cborRecord({ 1: header, 2: part, 3: signature, 4: keys }));
}

function parseInner(bytes: Uint8Array): InnerMessage {
  const map = asMap(parseCbor(bytes, { maxBytes: MAX_ENVELOPE_BYTES }));
  assertKeys(map, [1, 2, 3, 4]);
  return {
    claimedHeader: asBytes(map.get(1)),
    claimedPart: asBytes(map.get(2)),
    signature: asBytes(map.get(3), SIGNATURE_BYTES),
    secrets: parseSecrets(asArray(map.get(4))),
  };
}

function parseSecrets(items: readonly CborValue[]): PayloadSecrets {
  const secrets = new Map<PayloadId, Secret>();
  for (const item of items) {
    const [payloadId, secret] = asArray(item, 2);
    secrets.set(payloadIdFrom(asBytes(payloadId)), asSecret(asBytes(secret, 32)));
  }
  if (secrets.size !== items.length) throw new SealError('open-failed', 'a payload has two secrets');
  return secrets;
}

/** `u32 length || inner || zeros to max(4096, Padmé)` */
function pad(inner: Uint8Array): Uint8Array {
  const out = new Uint8Array(padded(4 + inner.length));
  out.set(writeUint32(inner.length));
  out.set(inner, 4);
  return out;
}

function unpad(plain: Uint8Array): Uint8Array {
  const end = 4 + readUint32(plain, 0);
  if (end > plain.length || plain.length !== padded(end) || !isZero(plain.subarray(end))) {
    throw new SealError('open-failed', 'the padding is not as it must be');
  }
  return plain.subarray(4, end);
}
