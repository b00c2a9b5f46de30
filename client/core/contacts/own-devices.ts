import { messageIdFrom } from '../../../crypto/wire/ids.js';
import { type StateOp } from '../../../crypto/wire/own-state.js';
import { randomBytes } from '../../../crypto/seal/suite.js';
import { type Desk } from '../desk.js';
import { maintainOwnChain } from '../directory/own-chain.js';
import { composeMessage } from '../send/compose.js';

const DAY_MS = 86_400_000;
/** As long as a relay keeps anything: a device that was away for longer is paired anew. */
const STATE_EXPIRY_MS = 365 * DAY_MS;

/** docs/spec/envelope.md §4.3: to the own mailbox alone; applied when it is delivered, here as on the other devices. */
export async function tellOwnDevices(desk: Desk, op: StateOp): Promise<void> {
  const { account, relay, directory, clock } = desk;
  const nowMs = clock.now();
  const own = await maintainOwnChain(account, relay, directory, nowMs);
  const expiresMs = nowMs + STATE_EXPIRY_MS;
  const messageId = messageIdFrom(randomBytes(16));
  const { member } = account.content.device;
  const composed = await composeMessage(account, {
    messageId,
    createdMs: nowMs,
    body: { kind: 'state', expiresMs, member, timeMs: nowMs, op },
    payloads: [],
    secrets: new Map(),
    recipients: [{ chain: own, role: 'to' }],
    own,
  });
  await account.record(...composed.links);
  const { envelopes } = composed;
  await relay.postMessage({ messageId, envelopes, payloads: [], reuse: [], expiresMs, deadlineMs: null });
}
