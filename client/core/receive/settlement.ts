import { type ChainState, devicesInForce, isDeviceValid } from '../../../crypto/wire/chain.js';
import { WireError } from '../../../crypto/wire/error.js';
import { type SettledAlarmOp, type StateBody } from '../../../crypto/wire/own-state.js';
import {
  type LogCheckpoint,
  type SignedCheckpoint,
  parseCheckpoint,
  verifyCheckpoint,
} from '../../../crypto/log/checkpoint.js';
import { LogError } from '../../../crypto/log/error.js';
import { parseNote } from '../../../crypto/log/note.js';
import { SealError } from '../../../crypto/seal/error.js';
import { type DirectoryView, type OpenedMessage, openEnvelope } from '../../../crypto/seal/open-message.js';
import { messageKey } from '../account/state.js';
import { loadPolicy } from '../account/policy.js';
import { type Desk } from '../desk.js';
import { isConsistent } from '../directory/log-proof.js';
import { pinnedOwnChain } from '../directory/pinned-view.js';
import { isViewFailure } from '../directory/view-failure.js';
import { CoreError } from '../error.js';
import { type Delivery } from '../relay/answer.js';
import { tellOwnDevices } from '../send/own-message.js';

/**
 * What a person has decided about an alarm, told to the mailbox's other devices (docs/spec/directory.md §8). An alarmed device reads
 * nothing but this: a message of its own mailbox, by a device that administrates, verified with the chain as far as it was pinned.
 */

/** Tells what was decided here. Who is alone has nobody to tell. @param own null when the directory cannot be checked now */
export async function tellSettlement(desk: Desk, own: ChainState | null): Promise<void> {
  const { isSettlementUntold, settledAlarms, checkpoint } = desk.account.state;
  const settled = settledAlarms.at(-1);
  if (!isSettlementUntold || settled === undefined || checkpoint === null) return;
  if (own === null || devicesInForce(own).length < 2) return;
  const { abandoned, reason } = settled;
  try {
    await tellOwnDevices(desk, { op: 'settled-alarm', note: checkpoint.note, abandoned, reason });
    await desk.account.record({ kind: 'alarm-told' });
  } catch (error) {
    if (!isViewFailure(error)) throw error;
  }
}

/** Looks for a decision that settles this device's alarm. @returns whether there was one */
export async function adoptSettlement(desk: Desk): Promise<boolean> {
  if (desk.account.state.alarm === null) return false;
  for await (const delivery of unread(desk)) {
    const opened = await openOwn(desk, delivery);
    const body = opened?.header.body;
    if (opened === null || body?.kind !== 'state' || body.op.op !== 'settled-alarm') continue;
    const { isAdmin, deviceId } = opened.senderDevice;
    if (!isAdmin || !isDeviceValid(opened.sender, deviceId) || isKnown(desk, opened)) continue;
    if (await settle(desk, body, body.op)) return true;
  }
  return false;
}

/** A decision that was read before was about another alarm: a relay that delivers it once more settles nothing by it. */
function isKnown({ account: { state } }: Desk, { header: { sender, messageId } }: OpenedMessage): boolean {
  const key = messageKey(sender.mailboxId, messageId);
  return state.messages.has(key) || state.seen.has(key);
}

/** What has waited since the alarm, then what has come since. */
async function* unread({ account, relay }: Desk): AsyncGenerator<Delivery> {
  const first = Math.min(account.state.cursor, ...[...account.state.waiting.keys()].map((seq) => seq - 1));
  const { mailboxId } = account.content;
  for (let after = first; ;) {
    const { deliveries } = await relay.listDeliveries(after);
    yield* deliveries.filter(({ senderMailboxId }) => senderMailboxId === mailboxId);
    const last = deliveries.at(-1);
    if (last === undefined) return;
    if (last.seq <= after) throw new CoreError('relay-answer', 'deliveries go back');
    after = last.seq;
  }
}

/** Null for what does not open: it is looked at again when the directory can be believed. */
async function openOwn(desk: Desk, { seq }: Delivery): Promise<OpenedMessage | null> {
  const { account, relay, clock } = desk;
  const { mailboxId, epochs } = account.content;
  const directory: DirectoryView = {
    lookup: async (_mailboxId, _seq, reach = 'newest') => ({
      state: await pinnedOwnChain(account, relay, reach),
      status: 'unwitnessed',
    }),
  };
  try {
    const opened = await openEnvelope(await relay.envelope(seq), { mailboxId, epochs, directory, nowMs: clock.now() });
    return opened.header.sender.mailboxId === mailboxId ? opened : null;
  } catch (error) {
    const isItsOwn = error instanceof SealError || error instanceof WireError || error instanceof CoreError;
    if (!isItsOwn || (error instanceof CoreError && !HARMLESS.includes(error.code))) throw error;
    return null;
  }
}

const HARMLESS: readonly string[] = ['gone', 'not-found', 'chain-invalid', 'directory-contradiction'];

/**
 * Exactly one of the two checkpoints of the alarm must be proved to be the beginning of the one that counts: what this device saw need not be
 * the very checkpoints that the person has compared, but must leave no choice.
 */
async function settle({ account, relay }: Desk, { member, timeMs }: StateBody, op: SettledAlarmOp): Promise<boolean> {
  const { alarm } = account.state;
  const counts = await signedCheckpoint({ account, relay }, op.note);
  if (alarm === null || counts === null) return false;
  const seen = [alarm.first, alarm.second].map((note) => parseCheckpoint(parseNote(note).text));
  const kept = await Promise.all(seen.map((one) => isBeginning(relay, one, counts)));
  const abandoned = seen[kept.indexOf(false)];
  if (kept.filter(Boolean).length !== 1 || abandoned === undefined) return false;
  const { note, origin, size, root, signature } = counts;
  const decision = { kind: 'log-alarm-settled', member: member.label, reason: op.reason, timeMs } as const;
  await account.record(
    // Neither what this device has seen nor what the person has compared is news, should a message name it later.
    { ...decision, abandoned: op.abandoned },
    { ...decision, abandoned: { size: abandoned.size, root: abandoned.root } },
    { kind: 'checkpoint-seen', note, origin, size, root, signature },
    { kind: 'alarm-told' },
  );
  return true;
}

async function isBeginning(relay: Desk['relay'], seen: LogCheckpoint, counts: LogCheckpoint): Promise<boolean> {
  if (seen.size > counts.size) return false;
  return isConsistent(
    seen,
    counts,
    seen.size === counts.size ? [] : await relay.logConsistency(seen.size, counts.size),
  );
}

async function signedCheckpoint(
  desk: Pick<Desk, 'account' | 'relay'>,
  note: Uint8Array,
): Promise<SignedCheckpoint | null> {
  try {
    return verifyCheckpoint(note, (await loadPolicy(desk.account, desk.relay)).policy.log);
  } catch (error) {
    if (error instanceof LogError) return null;
    throw error;
  }
}
