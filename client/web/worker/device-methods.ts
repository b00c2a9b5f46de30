import { openPairing, type Applicant } from '../../core/devices/admit.js';
import { revokeDevice } from '../../core/devices/revoke.js';
import { listDevices, renameDevice } from '../../core/devices/roster.js';
import { CoreError } from '../../core/error.js';
import { type DeviceId } from '../../core/ids.js';
import { platformRetry } from '../../core/relay/retry.js';
import { type DeskApi } from '../desk/api.js';
import { type DeviceView } from '../desk/view.js';
import { accountView } from './account-view.js';
import { type Door } from './door.js';

type DeviceMethods = 'devices' | 'pacsOffered' | 'renameDevice' | 'revokeDevice' | 'pair' | 'admit' | 'refuse';

/** The devices of the mailbox; further ones are let in by a person who has compared six digits. */
export function deviceMethods(door: Door): Pick<DeskApi, DeviceMethods> {
  let applicant: Applicant | null = null;
  const waiting = (): Applicant => {
    if (applicant === null) throw new CoreError('pairing-unknown', 'nobody asks to be let in');
    const one = applicant;
    applicant = null;
    return one;
  };
  return {
    devices: () => devices(door),
    pacsOffered: async () => {
      const { pacs } = door.office().session.desk.account.state.own;
      if ([...pacs.values()].every((names) => names.length === 0)) return [];
      const there = (await devices(door)).filter(({ isRevoked }) => !isRevoked);
      const names = there.flatMap(({ deviceId }) => pacs.get(deviceId as DeviceId) ?? []);
      return [...new Set(names)].sort((a, b) => a.localeCompare(b));
    },
    renameDevice: async ({ deviceId, name }) => {
      const { desk } = door.office().session;
      await renameDevice(desk, deviceId as DeviceId, name);
      return { account: accountView(desk.account), devices: await devices(door) };
    },
    revokeDevice: async ({ deviceId, reason }) => {
      await revokeDevice(door.office().session.desk, deviceId as DeviceId, reason);
      return devices(door);
    },
    pair: async (_, { signal, report }) => {
      const { desk } = door.office().session;
      const pairing = await openPairing(desk, { pause: platformRetry(0).sleep, now: () => Date.now(), signal });
      const { link, words, expiresMs } = pairing;
      report({ link, words, expiresMs });
      try {
        applicant = await pairing.request();
      } catch (error) {
        await pairing.cancel().catch(() => undefined);
        throw error;
      }
      const { name, member, check } = applicant;
      return { name, member, check };
    },
    admit: async (as) => {
      await waiting().admit(as);
      await door.sync();
      return devices(door);
    },
    refuse: async () => {
      await waiting().refuse();
      return null;
    },
  };
}

async function devices(door: Door): Promise<DeviceView[]> {
  const { desk } = door.office().session;
  const { state } = await desk.directory.refresh(desk.account.content.mailboxId);
  return listDevices(desk.account, state).map(({ revoked, lastEpoch: _, ...device }) => ({
    ...device,
    isRevoked: revoked !== null,
  }));
}
