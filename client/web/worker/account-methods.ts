import { type Account } from '../../core/account/account.js';
import { addPasskeySlot, changeAccountPassphrase, removeAccountSlot } from '../../core/account/slots.js';
import { type DeskApi } from '../desk/api.js';
import { type AccountView } from '../desk/view.js';
import { accountView } from './account-view.js';
import { type Door } from './door.js';

type AccountMethods = 'addPasskey' | 'removeSlot' | 'changePassphrase';

/** The ways to unlock this browser's keys. */
export function accountMethods(door: Door): Pick<DeskApi, AccountMethods> {
  const account = () => door.office().session.account;
  return {
    addPasskey: (slot) => changeSlots(account(), () => addPasskeySlot(account(), slot)),
    removeSlot: ({ slotId }) => changeSlots(account(), () => removeAccountSlot(account(), slotId)),
    changePassphrase: ({ passphrase, next }) =>
      changeSlots(account(), () => changeAccountPassphrase(account(), passphrase, next)),
  };
}

async function changeSlots(account: Account, change: () => Promise<void>): Promise<AccountView> {
  await account.exclusive(change);
  return accountView(account);
}
