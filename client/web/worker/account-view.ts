import { type Account } from '../../core/account/account.js';
import { type AccountSlot, accountSlots } from '../../core/account/slots.js';
import { type AccountView, type SlotView } from '../desk/view.js';

export function slotView(slot: AccountSlot): SlotView {
  const isPasskey = slot.kind === 'prf';
  return {
    slotId: slot.slotId,
    kind: slot.kind,
    credentialId: isPasskey ? new Uint8Array(slot.credentialId) : null,
    salt: isPasskey ? new Uint8Array(slot.salt) : null,
  };
}

export function accountView(account: Account): AccountView {
  const { address, mailboxId, device, deviceName } = account.content;
  return {
    address,
    mailboxId,
    deviceId: device.deviceId,
    deviceName,
    member: device.member.label,
    slots: accountSlots(account).map(slotView),
  };
}
