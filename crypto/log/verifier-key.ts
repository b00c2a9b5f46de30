import { concatBytes, equalBytes, fromHex, toHex, utf8 } from '../wire/bytes.js';
import { WireError } from '../wire/error.js';
import { sha256 } from '../wire/hash.js';
import { ED25519_PUBLIC_KEY_BYTES } from '../wire/signature.js';
import { fromBase64, toBase64 } from './base64.js';
import { LogError } from './error.js';

/** Keys of logs and witnesses (docs/spec/directory.md §2). */

/** What a key signs: notes of its own (a log), or cosignatures on the notes of others (a witness). */
export type KeyKind = 'log' | 'witness';

const TYPE_BYTES: Readonly<Record<KeyKind, number>> = { log: 0x01, witness: 0x04 };

export interface VerifierKey {
  readonly kind: KeyKind;
  /** Compared as it is: no case, no normal form. */
  readonly name: string;
  /** Four bytes; with the name they say which key signed. */
  readonly keyId: Uint8Array;
  readonly publicKey: Uint8Array;
}

export const KEY_ID_BYTES = 4;
const MAX_NAME = 255;

/** No spaces of Unicode, no plus, no control characters. */
export function isKeyName(name: string): boolean {
  return name !== '' && name.length <= MAX_NAME && !/[\s\p{White_Space}\p{Cc}+]/u.test(name);
}

/** `SHA-256(name || 0A || type || public key)[:4]` */
export function createVerifierKey(kind: KeyKind, name: string, publicKey: Uint8Array): VerifierKey {
  if (!isKeyName(name)) throw new LogError('key-format', 'not a key name');
  if (publicKey.length !== ED25519_PUBLIC_KEY_BYTES) throw new LogError('key-format', 'not an Ed25519 public key');
  const hashed = sha256(concatBytes(utf8(`${name}\n`), Uint8Array.of(TYPE_BYTES[kind]), publicKey));
  return { kind, name, publicKey, keyId: hashed.subarray(0, KEY_ID_BYTES) };
}

/** `name+hex key id+base64(type || public key)` */
export function encodeVerifierKey({ kind, name, keyId, publicKey }: VerifierKey): string {
  return `${name}+${toHex(keyId)}+${toBase64(concatBytes(Uint8Array.of(TYPE_BYTES[kind]), publicKey))}`;
}

/** @throws LogError `key-format`: also when the id is not the key's own, or the key is of another kind */
export function parseVerifierKey(kind: KeyKind, text: string): VerifierKey {
  const [name = '', id = ''] = text.split('+', 2);
  const encoded = text.slice(name.length + id.length + 2);
  const bytes = keyBytes(encoded);
  if (bytes[0] !== TYPE_BYTES[kind]) throw new LogError('key-format', 'a key of another type');
  const key = createVerifierKey(kind, name, bytes.subarray(1));
  if (!equalBytes(key.keyId, idBytes(id))) throw new LogError('key-format', 'the key id is not of this key');
  return key;
}

export function isSameKey(a: VerifierKey, b: VerifierKey): boolean {
  return a.kind === b.kind && a.name === b.name && equalBytes(a.publicKey, b.publicKey);
}

function keyBytes(text: string): Uint8Array {
  try {
    return fromBase64(text);
  } catch (cause) {
    if (!(cause instanceof LogError)) throw cause;
    throw new LogError('key-format', 'not a verifier key', { cause });
  }
}

function idBytes(text: string): Uint8Array {
  try {
    return fromHex(text);
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new LogError('key-format', 'not a key id', { cause });
  }
}
