import { concatBytes, equalBytes, utf8, writeUint16, writeUint64 } from '../wire/bytes.js';
import { type ChainEpoch, type ChainState, devicesInForce } from '../wire/chain.js';
import { kemKeyIdOf } from '../wire/envelope.js';
import { type DeviceId, type KemKeyId, type MailboxId, idBytes } from '../wire/ids.js';
import { type EpochBody, type SeedBox } from '../wire/statement.js';
import { SUITE } from '../wire/suite.js';
import { SealError } from './error.js';
import { type Secret } from './secret.js';
import { openSeed, sealSeed } from './seed-box.js';
import { kemKeyPair } from './suite.js';
import { randomSecret } from './device-keys.js';

/** Epochs: the keys messages are sealed to, each boxed to the devices in force (docs/spec/mailbox.md §4). */

const DAY_MS = 86_400_000;
/** After this a device starts the next epoch. */
export const EPOCH_ROTATION_MS = 7 * DAY_MS;
/** Until then messages may still be sealed to it: a practice on holiday stays reachable. */
const EPOCH_LIFETIME_MS = 60 * DAY_MS;
/** Room for clocks that disagree. */
const CLOCK_SKEW_MS = 5 * 60_000;

/** One epoch as its holder keeps it. */
export interface EpochSecret {
  readonly kemKeyId: KemKeyId;
  readonly n: number;
  readonly seed: Secret;
}

export interface NewEpoch {
  readonly body: EpochBody;
  readonly secret: EpochSecret;
}

/** The next epoch of `state`, boxed to all devices in force and to the recovery kit. */
export async function createEpoch(state: ChainState, signer: DeviceId, nowMs: number): Promise<NewEpoch> {
  const seed = randomSecret();
  const kemKey = kemKeyPair(seed).publicKey;
  const n = state.lastEpoch + 1;
  const boxes = new Map<DeviceId, SeedBox>();
  for (const device of devicesInForce(state)) {
    boxes.set(device.deviceId, await sealSeed(seed, device.kemKey, boxInfo(state.mailboxId, n, device.deviceId)));
  }
  const body: EpochBody = {
    kind: 'epoch',
    n,
    kemKey,
    notBeforeMs: nowMs,
    notAfterMs: nowMs + EPOCH_LIFETIME_MS,
    boxes,
    recoveryBox: await sealSeed(seed, state.recovery.kemKey, boxInfo(state.mailboxId, n, null)),
    signer,
  };
  return { body, secret: { kemKeyId: kemKeyIdOf(kemKey), n, seed } };
}

/**
 * The epoch's secret from this device's box. @throws SealError `open-failed`, also when the seed does not make the
 * public key that the chain shows (docs/spec/envelope.md §9, invariant 15)
 */
export async function openEpoch(
  mailboxId: MailboxId,
  epoch: ChainEpoch,
  holder: { readonly deviceId: DeviceId | null; readonly kemSeed: Secret },
): Promise<EpochSecret> {
  const box = holder.deviceId === null ? epoch.recoveryBox : epoch.boxes.get(holder.deviceId);
  if (box === undefined) throw new SealError('open-failed', 'the epoch has no box for this device');
  const seed = await openSeed(box, holder.kemSeed, boxInfo(mailboxId, epoch.n, holder.deviceId));
  if (!equalBytes(kemKeyPair(seed).publicKey, epoch.kemKey)) {
    throw new SealError('open-failed', 'the seed does not make the epoch key');
  }
  return { kemKeyId: epoch.kemKeyId, n: epoch.n, seed };
}

/** @throws SealError `epoch-unusable` unless messages may be sealed to the mailbox now (invariant 13) */
export function usableEpoch(state: ChainState, nowMs: number): ChainEpoch {
  const { epoch } = state;
  if (epoch === null || nowMs >= epoch.notAfterMs || nowMs + CLOCK_SKEW_MS < epoch.notBeforeMs) {
    throw new SealError('epoch-unusable', 'the recipient has no epoch in force');
  }
  return epoch;
}

/** Whether a device should start the next epoch. */
export function isRotationDue(state: ChainState, nowMs: number): boolean {
  return state.epoch === null || nowMs - state.epoch.notBeforeMs >= EPOCH_ROTATION_MS;
}

/** `"bb1/epoch\0" || u16 suite || mailbox_id || u64 n || holder`: a box fits one holder of one epoch of one mailbox. */
function boxInfo(mailboxId: MailboxId, n: number, holder: DeviceId | null): Uint8Array {
  const name = holder === null ? utf8('recovery') : idBytes(holder);
  return concatBytes(utf8('bb1/epoch\0'), writeUint16(SUITE), idBytes(mailboxId), writeUint64(n), name);
}
