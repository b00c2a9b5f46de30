import { openDesk } from '../desk.js';
import { type Output } from '../output.js';

/** `bildbote device list`: the devices of this mailbox, as its chain shows them. */
export async function runDeviceList(options: { readonly keystore: string }, output: Output): Promise<void> {
  await using desk = await openDesk(options.keystore);
  const { mailboxId, device, deviceName } = desk.account.content;
  const { state } = await desk.directory.refresh(mailboxId);
  for (const one of state.devices.values()) {
    const isThis = one.deviceId === device.deviceId;
    const name = isThis ? deviceName : null;
    const member = isThis ? device.member.label : null;
    const inForce = one.revokedSeq === null;
    output.result(
      { deviceId: one.deviceId, name, member, thisDevice: isThis, state: inForce ? 'valid' : 'revoked' },
      `${one.deviceId}  ${inForce ? 'valid  ' : 'revoked'}  ${name ?? ''}  ${member ?? ''}`.trimEnd(),
    );
  }
}
