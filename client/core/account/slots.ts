import { type SlotInfo, parseKeystoreHeader } from '../../../crypto/seal/keystore.js';
import { type KdfCost } from '../../../crypto/seal/suite.js';
import { type AccountStore } from '../ports.js';
import { type Account } from './account.js';

/** The ways into a keystore: a passphrase, and security keys or passkeys beside it (docs/spec/keystore.md §3). */
export type AccountSlot =
  | { readonly kind: 'passphrase'; readonly slotId: string }
  | {
      readonly kind: 'prf';
      readonly slotId: string;
      readonly credentialId: Uint8Array;
      /** What the authenticator is asked with. */
      readonly salt: Uint8Array;
    };

export interface PasskeySlot {
  readonly credentialId: Uint8Array;
  /** 32 random bytes. */
  readonly salt: Uint8Array;
  /** 32 bytes: what the authenticator answers to `salt`. */
  readonly secret: Uint8Array;
}

/** What stands in clear beside a locked keystore, or null when there is none. @throws SealError `keystore-damaged`, … */
export async function lockedSlots(store: AccountStore): Promise<AccountSlot[] | null> {
  const bytes = await store.keystore.load();
  return bytes === null ? null : slotsIn(bytes);
}

export function accountSlots(account: Account): AccountSlot[] {
  return account.slots().map(slotOf);
}

/** @throws SealError `slot-taken`, `key-invalid`, `limits` */
export async function addPasskeySlot(account: Account, slot: PasskeySlot): Promise<void> {
  await account.changeSlots({ kind: 'add', slot: { kind: 'prf', ...slot } });
}

/** @throws SealError `slot-unknown`, `slot-required` for the last passphrase */
export async function removeAccountSlot(account: Account, slotId: string): Promise<void> {
  await account.changeSlots({ kind: 'remove', slotId });
}

/** Asks for the old passphrase: an unlocked device left alone cannot be taken over. @throws SealError `passphrase-wrong` */
export async function changeAccountPassphrase(
  account: Account,
  passphrase: string,
  next: string,
  kdf?: KdfCost,
): Promise<void> {
  await account.changeSlots({ kind: 'replace', current: { kind: 'passphrase', passphrase }, passphrase: next, kdf });
}

function slotsIn(bytes: Uint8Array): AccountSlot[] {
  return parseKeystoreHeader(bytes).slots.map(slotOf);
}

function slotOf(info: SlotInfo): AccountSlot {
  if (info.kind === 'passphrase') return { kind: 'passphrase', slotId: info.slotId };
  return { kind: 'prf', slotId: info.slotId, credentialId: info.credentialId, salt: info.salt };
}
