import { type NewSlot, type SlotInfo, parseKeystoreHeader } from '../../../crypto/seal/keystore.js';
import { type Account } from './account.js';

/** The ways to open a keystore (docs/spec/keystore.md §3), for shells. */

/** Ids of the passphrase slots of a locked keystore; unauthenticated until one of them opens it. @throws SealError */
export function passphraseSlots(keystore: Uint8Array): string[] {
  return slotIds(parseKeystoreHeader(keystore).slots);
}

export function openPassphraseSlots(account: Account): string[] {
  return slotIds(account.slots());
}

function slotIds(slots: readonly SlotInfo[]): string[] {
  return slots.filter(({ kind }) => kind === 'passphrase').map(({ slotId }) => slotId);
}

export type PrfSlot = Extract<NewSlot, { readonly kind: 'prf' }>;

/**
 * An authenticator as a further way in, never the only one. The shell has asked it for its PRF output over `salt`.
 * @throws SealError `slot-taken`, `key-invalid`
 */
export async function addPrfSlot(account: Account, slot: PrfSlot): Promise<void> {
  await account.changeSlots({ kind: 'add', slot });
}

/** What an authenticator is asked for, by credential, before the keystore is open: its salts stand in clear. */
export function prfSlots(keystore: Uint8Array): { readonly credentialId: Uint8Array; readonly salt: Uint8Array }[] {
  return parseKeystoreHeader(keystore).slots.flatMap((slot) =>
    slot.kind === 'prf' ? [{ credentialId: slot.credentialId, salt: slot.salt }] : [],
  );
}
