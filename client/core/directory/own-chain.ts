import { type ChainState, extendChain, isDeviceValid, startChain } from '../../../crypto/wire/chain.js';
import { type KemKeyId } from '../../../crypto/wire/ids.js';
import { type EpochSecret, isRotationDue, openEpoch } from '../../../crypto/seal/epoch.js';
import { signEpoch } from '../../../crypto/seal/statements.js';
import { type Account } from '../account/account.js';
import { CoreError } from '../error.js';
import { type Relay } from '../relay/relay.js';
import { type PinnedView } from './pinned-view.js';

/**
 * Brings the own mailbox up to date: opens epochs that other devices have started, starts the next one when its time has
 * come. @returns the own chain. @throws CoreError `forbidden` for a device that has been revoked
 */
export async function maintainOwnChain(
  account: Account,
  relay: Relay,
  directory: PinnedView,
  nowMs: number,
): Promise<ChainState> {
  const { mailboxId, device } = account.content;
  const { state } = await directory.refresh(mailboxId);
  if (!isDeviceValid(state, device.deviceId)) throw new CoreError('forbidden', 'this device has been revoked');
  if (state.epoch !== null && !holds(account, state.epoch.kemKeyId)) {
    await takeEpochs(account, await relay.statements(mailboxId, 0));
  }
  return isRotationDue(state, nowMs) ? rotate(account, relay, directory, state, nowMs) : state;
}

function holds(account: Account, kemKeyId: KemKeyId): boolean {
  return account.content.epochs.some((epoch) => epoch.kemKeyId === kemKeyId);
}

async function takeEpochs(account: Account, statements: readonly Uint8Array[]): Promise<void> {
  const { mailboxId, device } = account.content;
  const taken: EpochSecret[] = [];
  let state: ChainState | null = null;
  for (const bytes of statements) {
    const next: ChainState = state === null ? startChain(bytes) : extendChain(state, bytes);
    const { epoch } = next;
    const isNew = epoch !== null && epoch !== state?.epoch && !holds(account, epoch.kemKeyId);
    if (isNew && epoch.boxes.has(device.deviceId)) taken.unshift(await openEpoch(mailboxId, epoch, device));
    state = next;
  }
  await account.saveContent({ ...account.content, epochs: [...taken, ...account.content.epochs] });
}

/** The secret is durable before anybody can seal to it. Another device may be first; then its epoch is the next. */
async function rotate(
  account: Account,
  relay: Relay,
  directory: PinnedView,
  state: ChainState,
  nowMs: number,
): Promise<ChainState> {
  const next = await signEpoch(state, account.content.device, account.key, nowMs);
  const before = account.content;
  await account.saveContent({ ...before, epochs: [next.secret, ...before.epochs] });
  try {
    await relay.postStatements(state.mailboxId, [next.bytes]);
  } catch (error) {
    if (!(error instanceof CoreError) || error.code !== 'statement-out-of-turn') throw error;
    await account.saveContent(before);
    return maintainOwnChain(account, relay, directory, nowMs);
  }
  return (await directory.refresh(state.mailboxId)).state;
}
