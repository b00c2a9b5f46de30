import { type StateOp } from '../../../crypto/wire/own-state.js';
import { type Desk } from '../desk.js';
import { postToOwnMailbox } from '../send/own-message.js';

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
