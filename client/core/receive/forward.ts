import { type HeaderPayload } from '../../../crypto/wire/message.js';
import { type StoredMessage } from '../account/state.js';
import { CoreError } from '../error.js';
import { type Desk } from '../desk.js';
import { arrivalOf } from './arrival.js';
import { type Letter as InboxLetter } from './inbox.js';
import { type MessageRequest } from '../relay/relay.js';
import { composeMessage } from '../send/compose.js';
import { lookUp } from '../send/look-up.js';
import { type OpenOutgoing, saveOutgoing } from '../send/outbox.js';
import { type Letter, type SendOptions, type Sent, deliver, letterBody, newMessageId } from '../send/send.js';

/**
 * Passes the files of a message on in a new one: the recipients get the payload secrets, the relay gives them access to the
 * sealed payloads that it holds already, and not one segment is sent again (docs/spec/envelope.md §7). Its text is not
 * passed on: that was written to somebody else. Interrupted, it goes on by `resumeMessage`.
 * @throws CoreError `nothing-to-send` for a message without files, `payload-incomplete` unless all of it has been tallied
 * finally, `gone` when the relay's copy has expired; before anything is sent for a recipient that cannot be sealed to
 */
export async function forwardMessage(
  desk: Desk,
  original: InboxLetter,
  letter: Letter,
  options: SendOptions,
): Promise<Sent> {
  if (original.stored.header.payloads.length === 0) throw new CoreError('nothing-to-send', 'a message without files');
  await assertWhole(desk, original);
  const prepared = await desk.account.exclusive(() => prepareForward(desk, original, letter, options));
  const sent = await deliver(desk, prepared, options, 'new');
  const { studies, instances, bytes } = original.body.summary;
  return {
    ...sent,
    payloadIds: original.stored.header.payloads.map((one) => one.payloadId),
    studies,
    instances,
    bytes,
  };
}

/** Half a study is not passed on as if it were one. */
async function assertWhole(desk: Desk, original: InboxLetter): Promise<void> {
  if (desk.clock.now() >= original.stored.expiresMs) throw new CoreError('gone', 'the message has expired');
  switch (await arrivalOf(desk, original)) {
    case 'complete':
      return;
    case 'expired':
      throw new CoreError('gone', 'the message has expired');
    case 'aborted':
      throw new CoreError('payload-aborted', 'the sender gave up');
    case 'quarantined':
      throw new CoreError('payload-damaged', 'the payload contradicts itself');
    default:
      throw new CoreError('payload-incomplete', 'the sender has not finished');
  }
}

async function prepareForward(
  desk: Desk,
  original: InboxLetter,
  letter: Letter,
  options: SendOptions,
): Promise<OpenOutgoing> {
  const { account } = desk;
  const nowMs = desk.clock.now();
  const { own, recipients } = await lookUp(desk, letter);
  const messageId = options.messageId ?? newMessageId();
  const payloads = forwarded(original.stored);
  const composed = await composeMessage(account, {
    messageId,
    createdMs: nowMs,
    // Files that the original names of earlier payloads go on with it, and so do those payloads.
    body: { ...letterBody(account, letter, original.body.summary, messageId), known: original.body.known },
    payloads,
    secrets: original.stored.secrets,
    recipients,
    own,
  });
  const request: MessageRequest = {
    messageId,
    envelopes: composed.envelopes,
    payloads: [],
    reuse: payloads.map(({ payloadId }) => payloadId),
    expiresMs: letter.expiresMs,
    deadlineMs: letter.urgency?.deadlineMs ?? null,
  };
  const open = await saveOutgoing(account, { request, payload: null });
  await account.record({ kind: 'outgoing', messageId, phase: 'prepared' }, ...composed.links);
  return open;
}

/** The one who sealed and tallies a payload stays named, also when it is passed on a second time. */
function forwarded({ header }: StoredMessage): HeaderPayload[] {
  const { mailboxId, deviceId } = header.sender;
  return header.payloads.map((payload) => ({ ...payload, origin: payload.origin ?? { mailboxId, deviceId } }));
}
