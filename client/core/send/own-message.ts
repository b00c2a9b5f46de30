import { messageIdFrom } from '../../../crypto/wire/ids.js';
import { type StateOp } from '../../../crypto/wire/own-state.js';
import { type MessageBody } from '../../../crypto/wire/message-body.js';
import { randomBytes } from '../../../crypto/seal/suite.js';
import { type AccountEvent } from '../account/events.js';
import { type Desk } from '../desk.js';
import { maintainOwnChain } from '../directory/own-chain.js';
import { composeMessage } from './compose.js';

/**
 * A message of the mailbox to itself alone, for all its devices (docs/spec/envelope.md §4.3). What takes a number of the chain is done
 * one after the other; `events` are recorded in the same transaction.
 */
export async function postToOwnMailbox(
  desk: Desk,
  bodyAt: (nowMs: number) => MessageBody,
  events: readonly AccountEvent[] = [],
): Promise<void> {
  const { account, relay } = desk;
  const nowMs = desk.clock.now();
  const body = bodyAt(nowMs);
  const messageId = messageIdFrom(randomBytes(16));
  const envelopes = await account.exclusive(async () => {
    const own = await maintainOwnChain(account, relay, desk.directory, nowMs);
    const composed = await composeMessage(account, {
      messageId,
      createdMs: nowMs,
      body,
      payloads: [],
      secrets: new Map(),
      recipients: [{ chain: own, role: 'to' }],
      own,
    });
    await account.record(...composed.links, ...events);
    return composed.envelopes;
  });
  const { expiresMs } = body;
  await relay.postMessage({ messageId, envelopes, payloads: [], reuse: [], expiresMs, deadlineMs: null });
}

const DAY_MS = 86_400_000;
/** As long as a relay keeps anything: a device that was away for longer is paired anew. */
const STATE_EXPIRY_MS = 365 * DAY_MS;

/** docs/spec/envelope.md §4.3: to the own mailbox alone; applied when it is delivered, here as on the other devices. */
export async function tellOwnDevices(desk: Desk, op: StateOp): Promise<void> {
  const { member } = desk.account.content.device;
  await postToOwnMailbox(desk, (timeMs) => ({
    kind: 'state',
    expiresMs: timeMs + STATE_EXPIRY_MS,
    member,
    timeMs,
    op,
  }));
}
