import { concatBytes, equalBytes, fromHex, readUint32, toHex, utf8, writeUint32 } from '../wire/bytes.js';
import { type CborMap, type CborValue, encodeCbor, parseCbor } from '../wire/cbor.js';
import { WireError } from '../wire/error.js';
import { sha256 } from '../wire/hash.js';
import { asArray, asBytes, asMap, asOneOf, asUint, assertKeys } from '../wire/shape.js';
import { SealError } from './error.js';
import { ARGON2_SALT_BYTES, type KdfCost, TAG_BYTES, XCHACHA_NONCE_BYTES, assertKdfCost } from './suite.js';

/** The bytes of a keystore and what they say in clear (docs/spec/keystore.md §2, §3); no key is needed here. */

type Bytes = Uint8Array<ArrayBuffer>;

export const SLOT_ID_BYTES = 16;
export const PRF_SALT_BYTES = 32;
/** Names the size of a keystore file in a place that reads it whole. */
export const MAX_KEYSTORE_BYTES = 16 * 1024 * 1024;
/** Passphrases of several members and a few security keys. */
export const MAX_SLOTS = 16;
/** WebAuthn Level 3 §4: a credential id is at most 1,023 bytes long. */
const MAX_CREDENTIAL_ID_BYTES = 1023;
/** 16 slots of the largest kind fit. */
const MAX_HEADER_BYTES = 32 * 1024;
const COMMITMENT_BYTES = 32;
const MASTER_KEY_BYTES = 32;
const DIGEST_BYTES = 32;

const MAGIC = utf8('BBKEYS1\n');
const AAD_LABEL = utf8('bb1/keystore\0');

export interface PassphraseSlotInfo {
  readonly kind: 'passphrase';
  /** 32 hex digits. */
  readonly slotId: string;
  /** 16 bytes. */
  readonly salt: Uint8Array;
  readonly kdf: KdfCost;
}

export interface PrfSlotInfo {
  readonly kind: 'prf';
  readonly slotId: string;
  /** 32 bytes: what the authenticator's PRF is evaluated on. */
  readonly salt: Uint8Array;
  /** 1 to 1,023 bytes. */
  readonly credentialId: Uint8Array;
}

export type SlotInfo = PassphraseSlotInfo | PrfSlotInfo;

export interface SealedSlot {
  readonly info: SlotInfo;
  /** The slot's public part as it stands in the file; commitment and sealing are over these bytes. */
  readonly header: Uint8Array;
  readonly nonce: Uint8Array;
  readonly commitment: Uint8Array;
  readonly sealedMasterKey: Uint8Array;
}

export interface KeystoreHeader {
  /** Starts at 1, grows with every write. Authentic only after opening. */
  readonly version: number;
  readonly slots: readonly SealedSlot[];
}

export interface KeystoreFile extends KeystoreHeader {
  /** What the content is bound to: all bytes before its nonce. */
  readonly aad: Uint8Array;
  readonly nonce: Uint8Array;
  readonly sealedContent: Uint8Array;
}

/** @throws SealError `limits`, `keystore-format`, `keystore-damaged`, `kdf-bounds` */
export function parseKeystore(bytes: Uint8Array): KeystoreFile {
  if (bytes.length > MAX_KEYSTORE_BYTES) throw new SealError('limits', 'a keystore has at most 16 MiB');
  if (!equalBytes(bytes.subarray(0, MAGIC.length), MAGIC)) {
    throw new SealError('keystore-format', 'not a keystore that this version reads');
  }
  try {
    return parseParts(checkDigest(bytes));
  } catch (cause) {
    if (cause instanceof WireError) throw damaged(cause);
    throw cause;
  }
}

export function damaged(cause?: unknown): SealError {
  return new SealError('keystore-damaged', 'the keystore is not as it was written', { cause });
}

/** Against accidents only, so that a bad disk never tells anyone that the passphrase is wrong. */
function checkDigest(bytes: Uint8Array): Uint8Array {
  const body = bytes.subarray(0, Math.max(0, bytes.length - DIGEST_BYTES));
  if (!equalBytes(sha256(body), bytes.subarray(body.length))) throw damaged();
  return body;
}

function parseParts(body: Uint8Array): KeystoreFile {
  const headerStart = MAGIC.length + 4;
  const headerEnd = headerStart + readUint32(body, MAGIC.length);
  const contentStart = headerEnd + XCHACHA_NONCE_BYTES;
  if (contentStart + TAG_BYTES > body.length) throw damaged();
  return {
    ...parseHeader(body.subarray(headerStart, headerEnd)),
    aad: concatBytes(AAD_LABEL, body.subarray(0, headerEnd)),
    nonce: body.subarray(headerEnd, contentStart),
    sealedContent: body.subarray(contentStart),
  };
}

function parseHeader(bytes: Uint8Array): KeystoreHeader {
  const map = asMap(parseCbor(bytes, { maxBytes: MAX_HEADER_BYTES }));
  assertKeys(map, [1, 2]);
  const version = asUint(map.get(1));
  const slots = asArray(map.get(2)).map(parseSlot);
  if (version < 1) throw damaged();
  assertSlots(slots);
  return { version, slots };
}

/** docs/spec/keystore.md §3: always a passphrase, and every slot found by id, never by trial. */
function assertSlots(slots: readonly SealedSlot[]): void {
  const ids = new Set(slots.map(({ info }) => info.slotId));
  const prf = slots.flatMap(({ info }) => (info.kind === 'prf' ? [toHex(info.credentialId)] : []));
  const isDistinct = ids.size === slots.length && new Set(prf).size === prf.length;
  if (!isDistinct || slots.length > MAX_SLOTS || prf.length === slots.length) throw damaged();
}

function parseSlot(value: CborValue): SealedSlot {
  const [header, nonce, commitment, sealedMasterKey] = asArray(value, 4);
  const headerBytes = asBytes(header);
  return {
    info: parseSlotInfo(headerBytes),
    header: headerBytes,
    nonce: asBytes(nonce, XCHACHA_NONCE_BYTES),
    commitment: asBytes(commitment, COMMITMENT_BYTES),
    sealedMasterKey: asBytes(sealedMasterKey, MASTER_KEY_BYTES + TAG_BYTES),
  };
}

function parseSlotInfo(bytes: Uint8Array): SlotInfo {
  const map = asMap(parseCbor(bytes, { maxBytes: MAX_HEADER_BYTES }));
  const kind = asOneOf(map.get(1), ['passphrase', 'prf'] as const);
  const slotId = toHex(asBytes(map.get(2), SLOT_ID_BYTES));
  return kind === 'passphrase' ? parsePassphraseSlot(map, slotId) : parsePrfSlot(map, slotId);
}

function parsePassphraseSlot(map: CborMap, slotId: string): PassphraseSlotInfo {
  assertKeys(map, [1, 2, 3, 4, 5]);
  const kdf = { opsLimit: asUint(map.get(4)), memBytes: asUint(map.get(5)) * 1024 };
  assertKdfCost(kdf);
  return { kind: 'passphrase', slotId, salt: asBytes(map.get(3), ARGON2_SALT_BYTES), kdf };
}

function parsePrfSlot(map: CborMap, slotId: string): PrfSlotInfo {
  assertKeys(map, [1, 2, 3, 6]);
  const credentialId = asBytes(map.get(6));
  if (!isCredentialId(credentialId)) throw damaged();
  return { kind: 'prf', slotId, salt: asBytes(map.get(3), PRF_SALT_BYTES), credentialId };
}

export function isCredentialId(bytes: Uint8Array): boolean {
  return bytes.length >= 1 && bytes.length <= MAX_CREDENTIAL_ID_BYTES;
}

export function encodeSlotHeader(info: SlotInfo): Bytes {
  const start: [number, CborValue][] = [
    [1, info.kind],
    [2, fromHex(info.slotId)],
    [3, info.salt],
  ];
  const rest: [number, CborValue][] =
    info.kind === 'prf'
      ? [[6, info.credentialId]]
      : [
          [4, info.kdf.opsLimit],
          [5, info.kdf.memBytes / 1024],
        ];
  return encodeCbor(new Map([...start, ...rest]));
}

/** Everything in front of the content's nonce, and the associated data made of it. */
export function encodeKeystoreHeader({ version, slots }: KeystoreHeader): { start: Bytes; aad: Bytes } {
  const list = slots.map((slot) => [slot.header, slot.nonce, slot.commitment, slot.sealedMasterKey]);
  const header = encodeCbor(
    new Map<number, CborValue>([
      [1, version],
      [2, list],
    ]),
  );
  const start = concatBytes(MAGIC, writeUint32(header.length), header);
  return { start, aad: concatBytes(AAD_LABEL, start) };
}

export function encodeKeystore(start: Uint8Array, nonce: Uint8Array, sealedContent: Uint8Array): Bytes {
  const body = concatBytes(start, nonce, sealedContent);
  return concatBytes(body, sha256(body));
}
