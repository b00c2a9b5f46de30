import { type ChainState } from '../../../crypto/wire/chain.js';
import { type DeviceId } from '../../../crypto/wire/ids.js';
import { type RosterEntry } from '../../../crypto/wire/roster.js';
import { type Account } from '../account/account.js';
import { chainKey } from '../account/state.js';
import { type Desk } from '../desk.js';
import { CoreError } from '../error.js';
import { postToOwnMailbox } from '../send/own-message.js';

/** What the mailbox calls its devices: told sealed, among themselves. The relay learns no names (docs/spec/envelope.md §4.2). */

export interface ListedDevice {
  readonly deviceId: DeviceId;
  readonly name: string | null;
  readonly member: string | null;
  readonly isThis: boolean;
  readonly isAdmin: boolean;
  readonly addedMs: number;
  /** The newest epoch that it has a box of; null before any. */
  readonly lastEpoch: number | null;
  readonly revoked: { readonly seq: number; readonly reason: string } | null;
}

export function listDevices(account: Account, state: ChainState): ListedDevice[] {
  return [...state.devices.values()].map((device) => {
    const { deviceId, isAdmin, addedMs, revokedSeq, revokedReason } = device;
    const known = nameOf(account, deviceId);
    return {
      deviceId,
      name: known?.name ?? null,
      member: known?.member.label ?? null,
      isThis: deviceId === account.content.device.deviceId,
      isAdmin,
      addedMs,
      lastEpoch: device.lastEpoch,
      revoked: revokedSeq === null ? null : { seq: revokedSeq, reason: revokedReason ?? '' },
    };
  });
}

function nameOf(account: Account, deviceId: DeviceId): Omit<RosterEntry, 'deviceId'> | null {
  const { device, deviceName } = account.content;
  const told = account.state.deviceNames.get(deviceId);
  if (told !== undefined) return told;
  return deviceId === device.deviceId ? { name: deviceName, member: device.member } : null;
}

/** What this device knows of its own, for another one that is added. */
export async function rememberOwnName(account: Account): Promise<void> {
  const { device, deviceName } = account.content;
  if (account.state.deviceNames.has(device.deviceId)) return;
  await account.record({
    kind: 'device-named',
    deviceId: device.deviceId,
    name: deviceName,
    member: device.member,
  });
}

/** Says to the other devices what one that was added is called: should it be lost soon, they know of which one that is said. */
export async function introduceDevice(desk: Desk, entry: RosterEntry): Promise<void> {
  await tell(desk, entry);
}

/** Says to the other devices of the mailbox what this one is called. */
export async function announceDevice(desk: Desk): Promise<void> {
  const { device, deviceName } = desk.account.content;
  await tell(desk, { deviceId: device.deviceId, name: deviceName, member: device.member });
}

/** @throws CoreError `device-unknown` for a device whose member this one does not know */
export async function renameDevice(desk: Desk, deviceId: DeviceId, name: string): Promise<void> {
  const { account } = desk;
  const known = nameOf(account, deviceId);
  if (known === null) throw new CoreError('device-unknown', 'nothing is known of this device');
  await tell(desk, { deviceId, name, member: known.member });
  if (deviceId === account.content.device.deviceId) await account.saveContent({ ...account.content, deviceName: name });
}

const DAY_MS = 86_400_000;
/** As long as the relay keeps anything; a device that is added later is told by the one that adds it. */
const ROSTER_EXPIRY_MS = 360 * DAY_MS;

async function tell(desk: Desk, entry: RosterEntry): Promise<void> {
  await postToOwnMailbox(desk, (nowMs) => ({ kind: 'roster', expiresMs: nowMs + ROSTER_EXPIRY_MS, entries: [entry] }), [
    { kind: 'device-named', ...entry },
  ]);
}

/** Whether a device has ever said anything in this mailbox: then its pairing has come to its end. */
export function hasSpoken(account: Account, deviceId: DeviceId): boolean {
  return account.state.chainsIn.has(chainKey(account.content.mailboxId, deviceId));
}
