import { cborRecord, encodeCbor, parseCbor } from './cbor.js';
import { KEM_PUBLIC_KEY_BYTES } from './envelope.js';
import { WireError } from './error.js';
import { fromBase64Url, toBase64Url, utf8 } from './bytes.js';
import {
  type Address,
  type MailboxId,
  deviceIdFrom,
  idBytes,
  mailboxIdFrom,
  parseAddress,
  parseMailboxId,
} from './ids.js';
import { type Member, encodeMember, memberTag, parseMember } from './member.js';
import { type BroughtDevice } from './renewal.js';
import { MAX_DEVICE_NAME } from './roster.js';
import { asBytes, asMap, asOneOf, asText, asUint, assertKeys } from './shape.js';
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from './signature.js';

/** What two devices tell each other while they pair (docs/spec/pairing.md §3). Here: the form, before sealing. */

export interface PairingOffer {
  readonly mailboxId: MailboxId;
  readonly address: Address;
  readonly expiresMs: number;
}

/** The new device: its public half, proof, whose it is and what it is called. */
export interface PairingRequest {
  readonly device: BroughtDevice;
  readonly member: Member;
  readonly name: string;
}

const VERSION = 1;
const MAX_OFFER = 1024;
const MAX_REQUEST = 16 * 1024;

export function encodePairingOffer({ mailboxId, address, expiresMs }: PairingOffer): Uint8Array {
  return encodeCbor(cborRecord({ 1: VERSION, 2: idBytes(mailboxId), 3: address, 4: expiresMs }));
}

/** @throws WireError */
export function parsePairingOffer(bytes: Uint8Array): PairingOffer {
  const map = asMap(parseCbor(bytes, { maxBytes: MAX_OFFER }));
  assertKeys(map, [1, 2, 3, 4]);
  asOneOf(map.get(1), [VERSION]);
  return {
    mailboxId: mailboxIdFrom(asBytes(map.get(2))),
    address: parseAddress(asText(map.get(3), 254)),
    expiresMs: asUint(map.get(4)),
  };
}

export function encodePairingRequest({ device, member, name }: PairingRequest): Uint8Array {
  const { deviceId, sigKey, kemKey, proof } = device;
  return encodeCbor(
    cborRecord({ 1: VERSION, 2: idBytes(deviceId), 3: encodeMember(member), 4: sigKey, 5: kemKey, 6: proof, 7: name }),
  );
}

/** The tag is made of the member that is shown: what a person confirms is what is signed. @throws WireError */
export function parsePairingRequest(bytes: Uint8Array): PairingRequest {
  const map = asMap(parseCbor(bytes, { maxBytes: MAX_REQUEST }));
  assertKeys(map, [1, 2, 3, 4, 5, 6, 7]);
  asOneOf(map.get(1), [VERSION]);
  const member = parseMember(map.get(3));
  return {
    device: {
      deviceId: deviceIdFrom(asBytes(map.get(2))),
      memberTag: memberTag(member),
      sigKey: asBytes(map.get(4), PUBLIC_KEY_BYTES),
      kemKey: asBytes(map.get(5), KEM_PUBLIC_KEY_BYTES),
      proof: asBytes(map.get(6), SIGNATURE_BYTES),
    },
    member,
    name: asText(map.get(7), MAX_DEVICE_NAME),
  };
}

/** What a person carries from one device to the other: a QR code, or a link that is pasted. */
export interface SecretLink {
  readonly purpose: 'pair' | 'recover';
  /** Scheme, host and port of the relay. */
  readonly origin: string;
  readonly mailboxId: MailboxId;
  readonly secret: Uint8Array;
  /** In the kit's link only: four words for whose word counts; absent in a kit of before. */
  readonly witnessWords?: readonly string[] | undefined;
}

/** `ORIGIN/pair#MAILBOX-ID.SECRET`, `ORIGIN/recover#MAILBOX-ID.SECRET.WORD-WORD-WORD-WORD`: behind the `#`, so that no server ever logs it. */
export function encodeSecretLink({ purpose, origin, mailboxId, secret, witnessWords }: SecretLink): string {
  const words = witnessWords === undefined ? '' : `.${witnessWords.join('-')}`;
  return `${origin}/${purpose}#${mailboxId}.${toBase64Url(secret)}${words}`;
}

const LINK =
  /^(https?:\/\/[^/?#\s]{1,300})\/(pair|recover)#([0-9a-f]{64})\.([A-Za-z0-9_-]{43})(?:\.([a-z]{3,8}(?:-[a-z]{3,8}){3}))?$/;

/** @throws WireError `encoding` for anything else */
export function parseSecretLink(text: string): SecretLink {
  const match = LINK.exec(text.trim());
  const [, origin = '', purpose = '', mailboxId = '', secret = '', words] = match ?? [];
  const isOneForm = match !== null && (words === undefined || purpose === 'recover');
  if (!isOneForm || utf8(text).length > 512) throw new WireError('encoding', 'not a link of this kind');
  return {
    purpose: purpose === 'pair' ? 'pair' : 'recover',
    origin,
    mailboxId: parseMailboxId(mailboxId),
    secret: fromBase64Url(secret),
    ...(words === undefined ? {} : { witnessWords: words.split('-') }),
  };
}
