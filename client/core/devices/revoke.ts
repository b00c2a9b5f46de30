import { type ChainDevice, type ChainState, devicesInForce, isDeviceValid } from '../../../crypto/wire/chain.js';
import { type DeviceId } from '../../../crypto/wire/ids.js';
import { randomSecret } from '../../../crypto/seal/device-keys.js';
import { signRotateIdentity } from '../../../crypto/seal/renewals.js';
import { type SigningKey } from '../../../crypto/seal/sign.js';
import { signEpoch, signRevokeDevice } from '../../../crypto/seal/statements.js';
import { type Account } from '../account/account.js';
import { type AccountContent } from '../account/content.js';
import { type Desk } from '../desk.js';
import { maintainOwnChain } from '../directory/own-chain.js';
import { CoreError } from '../error.js';
import { ownIdentity } from './own-identity.js';

const ATTEMPTS = 4;

/**
 * Ends a device of the mailbox: the revocation, a new identity if the device administrated, and a new epoch without it go up as
 * one (docs/spec/mailbox.md §4). @throws CoreError `not-admin`, `device-unknown`, `device-own`
 */
export async function revokeDevice(desk: Desk, deviceId: DeviceId, reason: string): Promise<ChainState> {
  const { account, relay, directory, clock } = desk;
  for (let attempt = 1; ; attempt++) {
    const state = await maintainOwnChain(account, relay, directory, clock.now());
    assertRevocable(account, state, deviceId);
    const { statements, content } = await prepare(account, state, { deviceId, reason }, clock.now());
    const before = account.content;
    // Durable before anybody can see it: whoever seals to the new epoch must find somebody who can open it.
    await account.saveContent(content);
    try {
      await relay.postStatements(state.mailboxId, statements);
      return await maintainOwnChain(account, relay, directory, clock.now());
    } catch (error) {
      if (!(error instanceof CoreError) || error.code !== 'statement-out-of-turn' || attempt === ATTEMPTS) throw error;
      await account.saveContent(before);
    }
  }
}

function assertRevocable(account: Account, state: ChainState, deviceId: DeviceId): void {
  if (!isDeviceValid(state, deviceId)) throw new CoreError('device-unknown', 'no such device in force');
  if (deviceId === account.content.device.deviceId) throw new CoreError('device-own', 'a device does not end itself');
}

interface Revocation {
  readonly statements: readonly Uint8Array[];
  readonly content: AccountContent;
}

async function prepare(
  account: Account,
  state: ChainState,
  revoked: { readonly deviceId: DeviceId; readonly reason: string },
  nowMs: number,
): Promise<Revocation> {
  const { content } = account;
  const identity = ownIdentity(account, state);
  try {
    const first = signRevokeDevice(state, identity, revoked, nowMs);
    const rotation = isAdmin(state, revoked.deviceId) ? await rotateFor(first.state, identity, nowMs) : null;
    const epoch = await signEpoch(rotation?.state ?? first.state, content.device, account.key, nowMs);
    return {
      statements: [first.bytes, ...(rotation === null ? [] : [rotation.bytes]), epoch.bytes],
      content: {
        ...content,
        epochs: [epoch.secret, ...content.epochs],
        pending: { device: content.pending?.device ?? null, identitySeed: rotation?.seed ?? null },
      },
    };
  } finally {
    identity.close();
  }
}

/** The revoked device holds the identity key: from here on it is worth nothing. */
async function rotateFor(state: ChainState, identity: SigningKey, nowMs: number) {
  const seed = randomSecret();
  return { seed, ...(await signRotateIdentity(state, identity, seed, nowMs)) };
}

function isAdmin(state: ChainState, deviceId: DeviceId): boolean {
  return state.devices.get(deviceId)?.isAdmin === true;
}

/** By id or its beginning, at least 4 digits; or by the name that the mailbox knows it by. @throws CoreError `device-unknown` */
export function findDevice(account: Account, state: ChainState, text: string): ChainDevice {
  const named = (id: DeviceId): string | undefined => account.state.deviceNames.get(id)?.name;
  const byId = [...state.devices.values()].filter(({ deviceId }) => text.length >= 4 && deviceId.startsWith(text));
  const byName = devicesInForce(state).filter(({ deviceId }) => named(deviceId) === text);
  const found = byName.length > 0 ? byName : byId;
  const [device] = found;
  if (device === undefined || found.length > 1) throw new CoreError('device-unknown', 'no such device, or several');
  return device;
}
