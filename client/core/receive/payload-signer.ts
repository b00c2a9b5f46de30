import { deviceAt } from '../../../crypto/wire/chain.js';
import { type HeaderPayload } from '../../../crypto/wire/message.js';
import { type TallySigner } from '../../../crypto/wire/tally.js';
import { type StoredMessage } from '../account/state.js';
import { CoreError } from '../error.js';
import { type Desk } from '../desk.js';

/** The one device whose tallies count for a payload: the sender's, or the named origin of a forwarded one. */
export async function payloadSigner(desk: Desk, stored: StoredMessage, payload: HeaderPayload): Promise<TallySigner> {
  const { mailboxId, deviceId } = payload.origin ?? stored.header.sender;
  // docs/spec/mailbox.md §9: a header from before the newest balance, and a forwarded payload, which may be of any age, need the whole chain.
  const newest = await desk.directory.lookup(mailboxId, 1);
  const isBefore = payload.origin !== null || stored.header.sender.seq < newest.state.begunSeq;
  const { state } = isBefore ? await desk.directory.lookup(mailboxId, 1, 'whole') : newest;
  const device = state.devices.get(deviceId);
  if (device === undefined) throw new CoreError('payload-damaged', 'the payload names an unknown device');
  // docs/spec/mailbox.md §3: a forward does not say when its origin sent; the sender's own header does.
  const since = payload.origin === null ? stored.header.sender.seq : device.addedSeq;
  const before = deviceAt(state, deviceId, since)?.sigKey ?? device.sigKey;
  const later = device.keys.filter(({ sinceSeq }) => sinceSeq > since).map(({ sigKey }) => sigKey);
  return { mailboxId, deviceId, sigKey: before, otherKeys: later };
}
