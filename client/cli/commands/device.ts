import { type ListedDevice, listDevices } from '../../core/devices/roster.js';
import { syncInbox } from '../../core/receive/sync.js';
import { openDesk } from '../desk.js';
import { type Output } from '../output.js';
import { plain } from '../names.js';

/** `bildbote device list`: the devices of this mailbox, as its chain and its own members tell them. */
export async function runDeviceList(options: { readonly keystore: string }, output: Output): Promise<void> {
  await using desk = await openDesk(options.keystore);
  await syncInbox(desk);
  const { state } = await desk.directory.refresh(desk.account.content.mailboxId);
  for (const device of listDevices(desk.account, state)) output.result(deviceJson(device), deviceText(device, output));
}

function deviceJson(device: ListedDevice) {
  const { deviceId, name, member, isThis, isAdmin, addedMs, lastEpoch, revoked } = device;
  return {
    deviceId,
    name,
    member,
    thisDevice: isThis,
    admin: isAdmin,
    addedAt: new Date(addedMs).toISOString(),
    lastEpoch,
    state: revoked === null ? 'valid' : 'revoked',
    reason: revoked?.reason ?? null,
  };
}

function deviceText(device: ListedDevice, { language }: Output): string {
  const { deviceId, name, member, isThis, isAdmin, addedMs, lastEpoch, revoked } = device;
  const [valid, ended, admin, own, epoch] =
    language === 'de'
      ? ['gültig  ', 'gesperrt', 'verwaltet', 'dieses', 'Epoche']
      : ['valid  ', 'revoked', 'administrates', 'this one', 'epoch'];
  const marks = [isAdmin && revoked === null ? admin : '', isThis ? own : ''].filter((mark) => mark !== '');
  const parts = [
    deviceId,
    revoked === null ? valid : ended,
    plain(name ?? '?'),
    plain(member ?? '?'),
    new Date(addedMs).toISOString().slice(0, 10),
    `${epoch} ${lastEpoch ?? '-'}`,
    ...marks,
    ...(revoked === null ? [] : [plain(revoked.reason)]),
  ];
  return parts.join('  ').trimEnd();
}
