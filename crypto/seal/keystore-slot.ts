import { concatBytes, equalBytes, toHex, utf8 } from '../wire/bytes.js';
import { SealError } from './error.js';
import {
  type KeystoreHeader,
  PRF_SALT_BYTES,
  SLOT_ID_BYTES,
  type SealedSlot,
  type SlotInfo,
  damaged,
  encodeSlotHeader,
  isCredentialId,
} from './keystore-format.js';
import {
  ARGON2_SALT_BYTES,
  KEY_BYTES,
  type KdfCost,
  XCHACHA_NONCE_BYTES,
  argon2id,
  assertKdfCost,
  hkdfExpandSha256,
  hkdfExtractSha256,
  randomBytes,
  wipe,
  xchachaOpen,
  xchachaSeal,
} from './suite.js';

/** One way to the master key of a keystore: a passphrase, or an authenticator's PRF (docs/spec/keystore.md §3). */

type Bytes = Uint8Array<ArrayBuffer>;

/** About half a second and 128 MiB per guess. */
export const DEFAULT_KDF: KdfCost = { opsLimit: 3, memBytes: 128 * 1024 * 1024 };
const MAX_PASSPHRASE_BYTES = 1024;
const PRF_SECRET_BYTES = 32;

export interface PassphraseCredential {
  readonly kind: 'passphrase';
  /** Any Unicode spelling: it is brought to NFKC. */
  readonly passphrase: string;
  /** Needed only when the keystore has several passphrases. */
  readonly slotId?: string;
}

export interface PrfCredential {
  readonly kind: 'prf';
  readonly credentialId: Uint8Array;
  /** 32 bytes: the authenticator's PRF output for the slot's salt. */
  readonly secret: Uint8Array;
}

export type KeystoreCredential = PassphraseCredential | PrfCredential;

export type NewSlot =
  | { readonly kind: 'passphrase'; readonly passphrase: string; readonly kdf?: KdfCost }
  | (PrfCredential & { /** 32 random bytes, the PRF's input. */ readonly salt: Uint8Array });

/** @throws SealError `key-invalid` */
export function assertMasterKey(masterKey: Uint8Array): void {
  if (masterKey.length !== KEY_BYTES) throw new SealError('key-invalid', 'a master key has 32 bytes');
}

/** A ciphertext that the right key does not open was changed: the key was checked before. */
export function damagedUnlessOpened(open: () => Bytes): Bytes {
  try {
    return open();
  } catch (cause) {
    if (cause instanceof SealError && cause.code === 'open-failed') throw damaged(cause);
    throw cause;
  }
}

/** docs/spec/envelope.md §9, invariant 8: by id, never by trial. */
export function findSlot(file: KeystoreHeader, credential: KeystoreCredential): SealedSlot {
  const [slot, ...others] = file.slots.filter(({ info }) => isMeant(info, credential));
  if (slot === undefined || others.length > 0) {
    throw new SealError('slot-unknown', 'no slot, or no single one, for this credential');
  }
  return slot;
}

/** Whether a slot is the one that a credential names. */
export function isMeant(info: SlotInfo, credential: KeystoreCredential): boolean {
  if (credential.kind === 'prf') return info.kind === 'prf' && equalBytes(info.credentialId, credential.credentialId);
  const { slotId } = credential;
  return info.kind === 'passphrase' && (slotId === undefined || slotId === info.slotId);
}

/** docs/spec/keystore.md §3: the commitment is compared before anything is opened. */
export function openSlot(slot: SealedSlot, credential: KeystoreCredential): Bytes {
  const secret = slotSecret(slot.info, credential);
  const { kek, commitment } = slotKeys(secret, slot.header);
  wipe(secret);
  try {
    if (!equalBytes(commitment, slot.commitment))
      throw new SealError('passphrase-wrong', 'not the secret of this slot');
    return damagedUnlessOpened(() => xchachaOpen(kek, slot.nonce, slot.header, slot.sealedMasterKey));
  } finally {
    wipe(kek);
  }
}

function slotKeys(secret: Uint8Array, header: Uint8Array): { kek: Bytes; commitment: Bytes } {
  return {
    kek: hkdfExpandSha256(secret, 'bb1/keystore/kek', KEY_BYTES),
    commitment: hkdfExpandSha256(secret, concatBytes(utf8('bb1/keystore/commit\0'), header), KEY_BYTES),
  };
}

function slotSecret(info: SlotInfo, credential: KeystoreCredential): Bytes {
  if (info.kind === 'passphrase' && credential.kind === 'passphrase') {
    const passphrase = passphraseBytes(credential.passphrase);
    const secret = argon2id(passphrase, info.salt, info.kdf);
    wipe(passphrase);
    return secret;
  }
  if (info.kind === 'prf' && credential.kind === 'prf') {
    if (credential.secret.length !== PRF_SECRET_BYTES) throw new SealError('key-invalid', 'a PRF secret has 32 bytes');
    return hkdfExtractSha256(info.salt, credential.secret);
  }
  throw new SealError('slot-unknown', 'the slot takes another kind of credential');
}

/** NFKC: the same passphrase typed on another keyboard or system gives the same bytes. */
function passphraseBytes(passphrase: string): Bytes {
  const bytes = utf8(passphrase.normalize('NFKC'));
  if (bytes.length < 1 || bytes.length > MAX_PASSPHRASE_BYTES) {
    throw new SealError('limits', 'a passphrase has 1 to 1,024 bytes');
  }
  return bytes;
}

export function sealSlot(masterKey: Uint8Array, slot: NewSlot): SealedSlot {
  assertMasterKey(masterKey);
  const slotId = randomBytes(SLOT_ID_BYTES);
  const info = newSlotInfo(toHex(slotId), slot);
  const header = encodeSlotHeader(info);
  const secret = slotSecret(info, slot);
  const { kek, commitment } = slotKeys(secret, header);
  wipe(secret);
  const nonce = randomBytes(XCHACHA_NONCE_BYTES);
  const sealedMasterKey = xchachaSeal(kek, nonce, header, masterKey);
  wipe(kek);
  return { info, header, nonce, commitment, sealedMasterKey };
}

function newSlotInfo(slotId: string, slot: NewSlot): SlotInfo {
  if (slot.kind === 'passphrase') {
    const kdf = slot.kdf ?? DEFAULT_KDF;
    assertKdfCost(kdf);
    return { kind: 'passphrase', slotId, salt: randomBytes(ARGON2_SALT_BYTES), kdf };
  }
  const { credentialId, salt } = slot;
  if (salt.length !== PRF_SALT_BYTES || !isCredentialId(credentialId)) {
    throw new SealError('key-invalid', 'a PRF slot has a salt of 32 bytes and a credential id of 1 to 1,023');
  }
  return { kind: 'prf', slotId, salt, credentialId };
}
