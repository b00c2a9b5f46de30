import { isZero, readUint32, writeUint32 } from '../wire/bytes.js';
import { taggedHash } from '../wire/hash.js';
import { padded } from '../wire/payload.js';
import { SealError } from './error.js';
import {
  type KeystoreFile,
  type KeystoreHeader,
  MAX_SLOTS,
  type SealedSlot,
  type SlotInfo,
  damaged,
  encodeKeystore,
  encodeKeystoreHeader,
  parseKeystore,
} from './keystore-format.js';
import {
  DEFAULT_KDF,
  type KeystoreCredential,
  type NewSlot,
  type PassphraseCredential,
  assertMasterKey,
  damagedUnlessOpened,
  findSlot,
  isMeant,
  openSlot,
  sealSlot,
} from './keystore-slot.js';
import {
  KEY_BYTES,
  type KdfCost,
  XCHACHA_NONCE_BYTES,
  hkdfExpandSha256,
  randomBytes,
  wipe,
  xchachaOpen,
  xchachaSeal,
} from './suite.js';

export {
  DEFAULT_KDF,
  type KeystoreCredential,
  type NewSlot,
  type PassphraseCredential,
  type PrfCredential,
} from './keystore-slot.js';
export { type SlotInfo } from './keystore-format.js';

/**
 * The sealed file of a device's secrets (docs/spec/keystore.md): slots around one random master key, and a content that
 * only the master key opens. Where the file lies, and that its version never goes back, is the caller's business.
 */

type Bytes = Uint8Array<ArrayBuffer>;

/** Stays below the limits of file and cipher after padding. */
export const MAX_KEYSTORE_CONTENT_BYTES = 8 * 1024 * 1024;
const SUBKEY_LABEL = /^[a-z0-9][a-z0-9/-]{0,63}$/;

export interface OpenedKeystore {
  readonly content: Bytes;
  readonly version: number;
  /** 32 bytes; the caller wipes it when the keystore is locked. */
  readonly masterKey: Bytes;
}

export interface OpenOptions {
  /** The highest version seen before: an older file is a copy put back. */
  readonly minVersion?: number;
}

/**
 * A new keystore, version 1, with one passphrase slot.
 * @param content opaque, at most 8 MiB
 * @throws SealError `kdf-bounds`, `limits`
 */
export function createKeystore(
  passphrase: string,
  content: Uint8Array,
  kdf: KdfCost = DEFAULT_KDF,
): { bytes: Bytes; masterKey: Bytes } {
  const masterKey = randomBytes(KEY_BYTES);
  const slots = [sealSlot(masterKey, { kind: 'passphrase', passphrase, kdf })];
  return { bytes: seal({ version: 1, slots }, masterKey, content), masterKey };
}

/** What stands in clear, unauthenticated. @throws SealError `limits`, `keystore-format`, `keystore-damaged`, `kdf-bounds` */
export function parseKeystoreHeader(bytes: Uint8Array): { version: number; slots: readonly SlotInfo[] } {
  const { version, slots } = parseKeystore(bytes);
  return { version, slots: slots.map(({ info }) => info) };
}

/**
 * @throws SealError `passphrase-wrong` when the credential does not open its slot, `slot-unknown`, `keystore-version`,
 * and the codes of parseKeystoreHeader
 */
export function openKeystore(
  bytes: Uint8Array,
  credential: KeystoreCredential,
  options: OpenOptions = {},
): OpenedKeystore {
  const file = parseKeystore(bytes);
  const masterKey = openSlot(findSlot(file, credential), credential);
  try {
    return { ...openContent(file, masterKey, options), masterKey };
  } catch (error) {
    wipe(masterKey);
    throw error;
  }
}

/** Opens with the master key of an unlocked keystore. @throws SealError as openKeystore, without `passphrase-wrong` */
export function readKeystore(
  bytes: Uint8Array,
  masterKey: Uint8Array,
  options: OpenOptions = {},
): { content: Bytes; version: number } {
  return openContent(parseKeystore(bytes), masterKey, options);
}

/** The next version with other content and the same slots. @throws SealError `keystore-damaged`, `limits` */
export function resealKeystore(bytes: Uint8Array, masterKey: Uint8Array, content: Uint8Array): Bytes {
  const { version, slots } = openOwn(bytes, masterKey);
  return seal({ version: version + 1, slots }, masterKey, content);
}

/** @throws SealError `slot-taken`, `keystore-damaged`, `kdf-bounds`, `key-invalid`, `limits` */
export function addSlot(bytes: Uint8Array, masterKey: Uint8Array, slot: NewSlot): { bytes: Bytes; slotId: string } {
  const added = sealSlot(masterKey, slot);
  const written = withSlots(bytes, masterKey, (slots) => {
    if (slot.kind === 'prf' && slots.some(({ info }) => isMeant(info, slot))) {
      throw new SealError('slot-taken', 'the credential has a slot already');
    }
    return [...slots, added];
  });
  return { bytes: written, slotId: added.info.slotId };
}

/** @throws SealError `slot-unknown`, `slot-required` for the last passphrase, `keystore-damaged` */
export function removeSlot(bytes: Uint8Array, masterKey: Uint8Array, slotId: string): Bytes {
  return withSlots(bytes, masterKey, (slots) => {
    const kept = slots.filter(({ info }) => info.slotId !== slotId);
    if (kept.length === slots.length) throw new SealError('slot-unknown', 'the keystore has no such slot');
    if (kept.every(({ info }) => info.kind !== 'passphrase')) {
      throw new SealError('slot-required', 'the last passphrase cannot be removed');
    }
    return kept;
  });
}

/**
 * Asks for the old passphrase, so that an unlocked device left alone cannot be taken over. The slot gets a new id and salt.
 * @throws SealError as openKeystore, `kdf-bounds`, `limits`
 */
export function changePassphrase(
  bytes: Uint8Array,
  current: PassphraseCredential,
  passphrase: string,
  kdf: KdfCost = DEFAULT_KDF,
): Bytes {
  const old = findSlot(parseKeystore(bytes), current);
  const masterKey = openSlot(old, current);
  try {
    const renewed = sealSlot(masterKey, { kind: 'passphrase', passphrase, kdf });
    return withSlots(bytes, masterKey, (slots) => [
      renewed,
      ...slots.filter(({ info }) => info.slotId !== old.info.slotId),
    ]);
  } finally {
    wipe(masterKey);
  }
}

/**
 * A 32-byte key for something that lies beside the keystore, such as a journal.
 * @param label lower-case letters, digits, `/` and `-`, at most 64; each use its own
 */
export function keystoreSubkey(masterKey: Uint8Array, label: string): Bytes {
  assertMasterKey(masterKey);
  if (!SUBKEY_LABEL.test(label)) throw new SealError('limits', 'not a subkey label');
  return hkdfExpandSha256(masterKey, `bb1/keystore/sub/${label}`, KEY_BYTES);
}

/** `TH("keystore", bytes)`: what a device signs together with the version. */
export function keystoreDigest(bytes: Uint8Array): Bytes {
  return taggedHash('keystore', bytes);
}

function contentKey(masterKey: Uint8Array): Bytes {
  assertMasterKey(masterKey);
  return hkdfExpandSha256(masterKey, 'bb1/keystore/content', KEY_BYTES);
}

/** docs/spec/keystore.md §2: plaintext = u32 length || content || zeros, up to a padded length. */
function seal(header: KeystoreHeader, masterKey: Uint8Array, content: Uint8Array): Bytes {
  if (content.length > MAX_KEYSTORE_CONTENT_BYTES) throw new SealError('limits', 'the content has at most 8 MiB');
  if (!Number.isSafeInteger(header.version)) throw new SealError('limits', 'the version cannot grow any more');
  if (header.slots.length > MAX_SLOTS) throw new SealError('limits', 'a keystore has at most 16 slots');
  const { start, aad } = encodeKeystoreHeader(header);
  const plain = new Uint8Array(padded(4 + content.length));
  plain.set(writeUint32(content.length));
  plain.set(content, 4);
  const nonce = randomBytes(XCHACHA_NONCE_BYTES);
  const key = contentKey(masterKey);
  try {
    return encodeKeystore(start, nonce, xchachaSeal(key, nonce, aad, plain));
  } finally {
    wipe(plain);
    wipe(key);
  }
}

function openContent(
  file: KeystoreFile,
  masterKey: Uint8Array,
  { minVersion = 0 }: OpenOptions,
): { content: Bytes; version: number } {
  const key = contentKey(masterKey);
  const plain = damagedUnlessOpened(() => xchachaOpen(key, file.nonce, file.aad, file.sealedContent));
  wipe(key);
  // The version is authentic from here on, and only from here on.
  if (file.version < minVersion) throw new SealError('keystore-version', 'an older keystore than one seen before');
  const content = unpad(plain);
  wipe(plain);
  return { content, version: file.version };
}

function unpad(plain: Uint8Array): Bytes {
  if (plain.length < 4) throw damaged();
  const end = 4 + readUint32(plain, 0);
  if (plain.length !== padded(end) || !isZero(plain.subarray(end))) throw damaged();
  return new Uint8Array(plain.subarray(4, end));
}

/** Slots are carried over only from a file that the master key authenticates. */
function openOwn(bytes: Uint8Array, masterKey: Uint8Array): KeystoreHeader & { content: Bytes } {
  const file = parseKeystore(bytes);
  return { ...openContent(file, masterKey, {}), slots: file.slots };
}

function withSlots(
  bytes: Uint8Array,
  masterKey: Uint8Array,
  change: (slots: readonly SealedSlot[]) => readonly SealedSlot[],
): Bytes {
  const { version, slots, content } = openOwn(bytes, masterKey);
  try {
    return seal({ version: version + 1, slots: change(slots) }, masterKey, content);
  } finally {
    wipe(content);
  }
}
