import { concatBytes, equalBytes } from '../wire/bytes.js';
import { SealError } from './error.js';

/**
 * A CMS EnvelopedData (RFC 5652) for the one who made it: a key both sides hold wraps the content key (KEKRecipientInfo, RFC 3394), AES-256-CBC
 * encrypts the content (RFC 3565). The form that DICOM's Encrypted Attributes ask for; nothing else of Bildbote uses it. It does not authenticate: the content must.
 */

const ENVELOPED_DATA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x03];
const DATA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
const AES256_WRAP = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2d];
const AES256_CBC = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a];

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const OCTETS = 0x04;
const OID = 0x06;

export interface OwnEnvelopeKeys {
  /** 32 bytes that wrap. */
  readonly wrappingKey: Uint8Array;
  /** Tells the wrapping key from others; public. */
  readonly keyId: Uint8Array;
}

/** @param contentKey 32 bytes, @param iv 16 bytes: never the same pair for different content */
export async function sealOwnEnvelope(
  { wrappingKey, keyId }: OwnEnvelopeKeys,
  content: Uint8Array,
  contentKey: Uint8Array,
  iv: Uint8Array,
): Promise<Uint8Array> {
  const cek = await crypto.subtle.importKey('raw', copy(contentKey), 'AES-CBC', true, ['encrypt']);
  const kek = await crypto.subtle.importKey('raw', copy(wrappingKey), 'AES-KW', false, ['wrapKey']);
  const wrapped = new Uint8Array(await crypto.subtle.wrapKey('raw', cek, kek, 'AES-KW'));
  const encrypted = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-CBC', iv: copy(iv) }, cek, copy(content)));
  return encode({ keyId, wrapped, iv, encrypted });
}

interface Parts {
  readonly keyId: Uint8Array;
  readonly wrapped: Uint8Array;
  readonly iv: Uint8Array;
  readonly encrypted: Uint8Array;
}

function encode({ keyId, wrapped, iv, encrypted }: Parts): Uint8Array {
  const key = der(SEQUENCE, der(OCTETS, keyId));
  const recipient = der(0xa2, small(4), key, der(SEQUENCE, oid(AES256_WRAP)), der(OCTETS, wrapped));
  const algorithm = der(SEQUENCE, oid(AES256_CBC), der(OCTETS, iv));
  const encryptedContent = der(SEQUENCE, oid(DATA), algorithm, der(0x80, encrypted));
  const enveloped = der(SEQUENCE, small(2), der(SET, recipient), encryptedContent);
  return der(SEQUENCE, oid(ENVELOPED_DATA), der(0xa0, enveloped));
}

/** @throws SealError `open-failed` for another key, another form, or damage */
export async function openOwnEnvelope(
  { wrappingKey, keyId }: OwnEnvelopeKeys,
  envelope: Uint8Array,
): Promise<Uint8Array> {
  try {
    const parts = partsOf(envelope);
    const { wrapped, iv, encrypted } = parts;
    if (!equalBytes(parts.keyId, keyId)) throw new RangeError('another key');
    // One spelling only: what is not looked at above cannot be changed either.
    const canonical = encode(parts);
    const isPadded = envelope.length === canonical.length + 1 && envelope.at(-1) === 0;
    if (!equalBytes(canonical, isPadded ? envelope.subarray(0, -1) : envelope)) throw new RangeError('another form');
    const kek = await crypto.subtle.importKey('raw', copy(wrappingKey), 'AES-KW', false, ['unwrapKey']);
    const cek = await crypto.subtle.unwrapKey('raw', copy(wrapped), kek, 'AES-KW', 'AES-CBC', false, ['decrypt']);
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-CBC', iv: copy(iv) }, cek, copy(encrypted)));
  } catch (cause) {
    throw new SealError('open-failed', 'the envelope does not open', { cause });
  }
}

function copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.slice();
}

function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts);
  return concatBytes(Uint8Array.of(tag), derLength(content.length), content);
}

function derLength(length: number): Uint8Array {
  if (length < 128) return Uint8Array.of(length);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.of(0x80 | bytes.length, ...bytes);
}

function oid(bytes: readonly number[]): Uint8Array {
  return der(OID, Uint8Array.from(bytes));
}

function small(value: number): Uint8Array {
  return der(INTEGER, Uint8Array.of(value));
}

/** By their places only; `encode` says whether everything between them is right. */
function partsOf(envelope: Uint8Array): Parts {
  const [whole] = children(envelope);
  const [, inner] = children(contentOf(whole, SEQUENCE));
  const [, recipients, encryptedContent] = children(only(contentOf(inner, 0xa0), SEQUENCE));
  const [, id, , wrapped] = children(only(contentOf(recipients, SET), 0xa2));
  const [, algorithm, encrypted] = children(contentOf(encryptedContent, SEQUENCE));
  const [, iv] = children(contentOf(algorithm, SEQUENCE));
  return {
    keyId: only(contentOf(id, SEQUENCE), OCTETS),
    wrapped: contentOf(wrapped, OCTETS),
    iv: contentOf(iv, OCTETS),
    encrypted: contentOf(encrypted, 0x80),
  };
}

interface Tlv {
  readonly tag: number;
  readonly content: Uint8Array;
}

function children(bytes: Uint8Array): Tlv[] {
  const list: Tlv[] = [];
  // A single byte can be the zero that makes a DICOM value even.
  for (let at = 0; at + 1 < bytes.length;) {
    const tag = bytes[at] ?? 0;
    const first = bytes[at + 1] ?? 0;
    const count = first < 128 ? 0 : first & 127;
    if (count > 4) throw new RangeError('too long');
    let length = first < 128 ? first : 0;
    for (let i = 0; i < count; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0);
    const start = at + 2 + count;
    if (start + length > bytes.length) throw new RangeError('cut off');
    list.push({ tag, content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return list;
}

function contentOf(one: Tlv | undefined, tag: number): Uint8Array {
  if (one?.tag !== tag) throw new RangeError('another form');
  return one.content;
}

function only(bytes: Uint8Array, tag: number): Uint8Array {
  const [one] = children(bytes);
  return contentOf(one, tag);
}
