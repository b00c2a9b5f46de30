import { findDevice, revokeDevice } from '../../core/devices/revoke.js';
import { syncInbox } from '../../core/receive/sync.js';
import { openDesk } from '../desk.js';
import { type Output } from '../output.js';
import { parseReason } from '../parse.js';

export interface RevokeOptions {
  readonly keystore: string;
  readonly reason: string;
}

/** `bildbote device revoke DEVICE`: it signs nothing and opens nothing newer from now on. */
export async function runDeviceRevoke(device: string, options: RevokeOptions, output: Output): Promise<void> {
  const reason = parseReason(options.reason, '--reason');
  await using desk = await openDesk(options.keystore);
  await syncInbox(desk);
  const { state } = await desk.directory.refresh(desk.account.content.mailboxId);
  const { deviceId, isAdmin } = findDevice(desk.account, state, device);
  const after = await revokeDevice(desk, deviceId, reason);
  output.result(
    { type: 'revoked', deviceId, reason, epoch: after.lastEpoch, identityRenewed: isAdmin },
    revokedText(deviceId, isAdmin, output),
  );
}

function revokedText(deviceId: string, isAdmin: boolean, { language }: Output): string {
  const id = deviceId.slice(0, 8);
  if (language === 'de') {
    const identity = isAdmin ? ' Es hat verwaltet: auch der Schlüssel des Postfachs wurde erneuert.' : '';
    return `${id} ist gesperrt. Was es schon geöffnet hat, behält es.${identity}`;
  }
  const identity = isAdmin ? " It administrated: the mailbox's own key was renewed as well." : '';
  return `${id} is revoked. What it has opened, it keeps.${identity}`;
}
