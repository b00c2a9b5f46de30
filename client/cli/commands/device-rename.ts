import { findDevice } from '../../core/devices/revoke.js';
import { renameDevice } from '../../core/devices/roster.js';
import { syncInbox } from '../../core/receive/sync.js';
import { openDesk } from '../desk.js';
import { type Output } from '../output.js';
import { parseName } from '../parse.js';

/** `bildbote device rename DEVICE NAME`: the name travels sealed to the mailbox's other devices. */
export async function runDeviceRename(
  device: string,
  newName: string,
  options: { readonly keystore: string },
  output: Output,
): Promise<void> {
  const name = parseName(newName, 'name');
  await using desk = await openDesk(options.keystore);
  await syncInbox(desk);
  const { state } = await desk.directory.refresh(desk.account.content.mailboxId);
  const { deviceId } = findDevice(desk.account, state, device);
  await renameDevice(desk, deviceId, name);
  output.result({ type: 'renamed', deviceId, name }, `${deviceId.slice(0, 8)}  ${name}`);
}
