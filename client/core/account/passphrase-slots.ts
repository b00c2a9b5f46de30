import { type SlotInfo, parseKeystoreHeader } from '../../../crypto/seal/keystore.js';
import { type Account } from './account.js';

/** The passphrases of a keystore (docs/spec/keystore.md §3), for shells. */

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
