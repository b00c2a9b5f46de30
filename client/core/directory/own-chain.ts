import {
  type ChainEpoch,
  type ChainState,
  extendChain,
  isDeviceValid,
  startChain,
} from '../../../crypto/wire/chain.js';
import { openEpoch, isRotationDue } from '../../../crypto/seal/epoch.js';
import { openIdentity, isSeedOf, signDeviceRekey } from '../../../crypto/seal/renewals.js';
import { randomSecret } from '../../../crypto/seal/device-keys.js';
import { signingKeyFromSeed } from '../../../crypto/seal/sign.js';
import { isBalanceDue, signBalance, signEpoch } from '../../../crypto/seal/statements.js';
import { type Account } from '../account/account.js';
import { type AccountContent, DEFAULT_RETENTION_MS } from '../account/content.js';
import { CoreError } from '../error.js';
import { type Relay } from '../relay/relay.js';
import { type PinnedView } from './pinned-view.js';

/**
 * Brings the own mailbox up to date: adopts keys that the chain shows by now, opens epochs and identities that other
 * devices have started, forgets what is past its retention, and renews what is due. @returns the own chain.
 * @throws CoreError `forbidden` for a device that has been revoked
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
  await adoptPending(account, state);
  await takeEpochs(account, relay, state);
  await takeIdentity(account, directory, state);
  await forgetEpochs(account, state, nowMs);
  const renewed = await renewWhatIsDue(account, relay, directory, state, nowMs);
  return carryForward(account, relay, directory, renewed, nowMs);
}

async function renewWhatIsDue(
  account: Account,
  relay: Relay,
  directory: PinnedView,
  state: ChainState,
  nowMs: number,
): Promise<ChainState> {
  if (isRotationDue(state, nowMs)) return rotate(account, relay, directory, state, nowMs);
  if (isRenewalDue(account, state, nowMs)) return renew(account, relay, directory, state, nowMs);
  return state;
}

/**
 * A device that administrates sums the chain up from time to time, so that who looks the mailbox up need not read it whole. It is a
 * convenience: what a relay of before makes of it holds nothing up.
 */
async function carryForward(
  account: Account,
  relay: Relay,
  directory: PinnedView,
  state: ChainState,
  nowMs: number,
): Promise<ChainState> {
  const { identitySeed } = account.content;
  if (identitySeed === null || !isBalanceDue(state)) return state;
  const { state: whole } = await directory.refresh(state.mailboxId, 'whole');
  if (!isSeedOf(identitySeed, whole.identityKey)) return state;
  const identity = signingKeyFromSeed(identitySeed);
  const { bytes } = signBalance(whole, identity, nowMs);
  identity.close();
  try {
    return await appendOwn(account, relay, directory, [bytes], account.content, nowMs);
  } catch (error) {
    if (!(error instanceof CoreError) || error.code !== 'statement-invalid') throw error;
    return state;
  }
}

const DAY_MS = 86_400_000;
/** docs/spec/mailbox.md §4: a device's own keys live 30 days; two days are left for those who are away. */
export const DEVICE_RENEWAL_MS = 28 * DAY_MS;
/** An upload under way holds the renewal up, but not for ever. */
const MAX_RENEWAL_MS = 60 * DAY_MS;

/** docs/spec/keystore.md §5: pending keys were durable before the relay heard of them; here it turns out whether it has. */
async function adoptPending(account: Account, state: ChainState): Promise<void> {
  const { content } = account;
  const { pending } = content;
  if (!pending) return;
  const shown = state.devices.get(content.device.deviceId);
  const isRenewed = pending.device !== null && shown !== undefined && isSeedOf(pending.device.sigSeed, shown.sigKey);
  const isRotated = pending.identitySeed !== null && isSeedOf(pending.identitySeed, state.identityKey);
  if (!isRenewed && !isRotated) return;
  await account.saveContent({
    ...content,
    device: isRenewed ? { ...content.device, ...pending.device } : content.device,
    identitySeed: isRotated ? pending.identitySeed : content.identitySeed,
    pending: {
      device: isRenewed ? null : pending.device,
      identitySeed: isRotated ? null : pending.identitySeed,
    },
  });
}

/** Opens the boxes of epochs after the newest one held. What was held once and is gone was forgotten on purpose. */
async function takeEpochs(account: Account, relay: Relay, state: ChainState): Promise<void> {
  const { mailboxId, device, epochs } = account.content;
  const newest = Math.max(0, ...epochs.map(({ n }) => n));
  const isHeld = state.epoch === null || epochs.some(({ kemKeyId }) => kemKeyId === state.epoch?.kemKeyId);
  if (isHeld && state.lastEpoch <= newest) return;
  const all = epochsOf(await relay.statements(mailboxId, 0));
  const inChain = epochs.filter(({ kemKeyId, n }) => n > all.length || all[n - 1]?.kemKeyId === kemKeyId);
  const last = Math.max(0, ...inChain.filter(({ n }) => n <= all.length).map(({ n }) => n));
  const missing = all.filter(({ n, boxes }) => n > last && boxes.has(device.deviceId));
  const taken = await Promise.all(missing.map((epoch) => openEpoch(mailboxId, epoch, device)));
  await account.saveContent({ ...account.content, epochs: [...taken.reverse(), ...inChain] });
}

/** All epochs of a chain in order; `n` counts from 1. */
export function epochsOf(statements: readonly Uint8Array[]): ChainEpoch[] {
  const epochs: ChainEpoch[] = [];
  let state: ChainState | null = null;
  for (const bytes of statements) {
    const next: ChainState = state === null ? startChain(bytes) : extendChain(state, bytes);
    if (next.epoch !== null && next.epoch.n > epochs.length) epochs.push(next.epoch);
    state = next;
  }
  return epochs;
}

/** Another device has exchanged the identity key: the new one lies in the chain, for those who administrate. */
async function takeIdentity(account: Account, directory: PinnedView, state: ChainState): Promise<void> {
  const { content } = account;
  const { identitySeed } = content;
  if (identitySeed === null || isSeedOf(identitySeed, state.identityKey)) return;
  const { state: whole } = await directory.refresh(state.mailboxId, 'whole');
  await account.saveContent({ ...content, identitySeed: await openIdentity(whole, content.device) });
}

/** docs/spec/mailbox.md §4: forgetting the secrets of old epochs is the forward secrecy of this system. */
async function forgetEpochs(account: Account, state: ChainState, nowMs: number): Promise<void> {
  const { epochs, retentionMs = DEFAULT_RETENTION_MS } = account.content;
  const kept = epochs.filter(({ n }) => {
    const endMs = state.epochEnds[n - 1];
    return n >= state.lastEpoch || endMs === undefined || nowMs < endMs + retentionMs;
  });
  if (kept.length !== epochs.length) await account.saveContent({ ...account.content, epochs: kept });
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
  return appendOwn(account, relay, directory, [next.bytes], before, nowMs);
}

function isRenewalDue({ content, state }: Account, chain: ChainState, nowMs: number): boolean {
  const sinceMs = chain.devices.get(content.device.deviceId)?.keys.at(-1)?.sinceMs ?? nowMs;
  const ageMs = nowMs - sinceMs;
  const isSending = [...state.outgoing.values()].includes('prepared');
  return ageMs >= (isSending ? MAX_RENEWAL_MS : DEVICE_RENEWAL_MS);
}

/**
 * New keys for this device. All epochs so far are held in the keystore, so that nothing needs the old ones; they are
 * overwritten once the chain shows the new ones.
 */
async function renew(
  account: Account,
  relay: Relay,
  directory: PinnedView,
  state: ChainState,
  nowMs: number,
): Promise<ChainState> {
  const before = account.content;
  const renewed = before.pending?.device ?? { sigSeed: randomSecret(), kemSeed: randomSecret() };
  await account.saveContent({ ...before, pending: { identitySeed: null, ...before.pending, device: renewed } });
  const newKey = signingKeyFromSeed(renewed.sigSeed);
  const statement = signDeviceRekey(state, account.key, { ...before.device, ...renewed }, newKey, nowMs);
  newKey.close();
  return appendOwn(account, relay, directory, [statement.bytes], account.content, nowMs);
}

/** Appends to the own chain. When another device was first, begins again on top of what it did. */
async function appendOwn(
  account: Account,
  relay: Relay,
  directory: PinnedView,
  statements: readonly Uint8Array[],
  before: AccountContent,
  nowMs: number,
): Promise<ChainState> {
  const { mailboxId } = account.content;
  try {
    await relay.postStatements(mailboxId, statements);
  } catch (error) {
    if (!(error instanceof CoreError) || error.code !== 'statement-out-of-turn') throw error;
    await account.saveContent(before);
    return maintainOwnChain(account, relay, directory, nowMs);
  }
  const { state } = await directory.refresh(mailboxId);
  await adoptPending(account, state);
  return state;
}
