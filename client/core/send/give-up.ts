import { type MessageId } from '../../../crypto/wire/ids.js';
import { parsePayloadHeader } from '../../../crypto/wire/payload.js';
import { resumePayload } from '../../../crypto/seal/payload.js';
import { type Desk } from '../desk.js';
import { CoreError } from '../error.js';
import { type OpenOutgoing, loadOutgoing, outgoingLog } from './outbox.js';
import { openUploadJournal } from './upload-journal.js';
import { abortPayload } from './upload.js';

/**
 * Gives up a message that was begun: its recipients are told, signed, that nothing more will come, and this device forgets how to
 * go on with it. @throws CoreError `message-unknown` when nothing is under way by this id
 */
export async function giveUpMessage(desk: Desk, messageId: MessageId): Promise<void> {
  const { account } = desk;
  if (account.state.outgoing.get(messageId) !== 'prepared') {
    throw new CoreError('message-unknown', 'no interrupted message of this id');
  }
  const outgoing = await loadOutgoing(account, messageId);
  try {
    await abort(desk, outgoing);
    await account.record({ kind: 'outgoing', messageId, phase: 'aborted' });
  } finally {
    await outgoing.log.close();
  }
  await account.store.removeLog(outgoingLog(messageId));
}

async function abort({ account, relay, clock }: Desk, { payload, log, rest }: OpenOutgoing): Promise<void> {
  if (payload === null) return;
  const { secret } = payload;
  const { mailboxId, device } = account.content;
  try {
    await abortPayload({
      relay,
      secret,
      sealer: await resumePayload(secret, parsePayloadHeader(payload.header)),
      journal: await openUploadJournal(log, rest),
      signer: { key: account.key, mailboxId, deviceId: device.deviceId },
      clock,
    });
  } catch (error) {
    // The relay never had the message, or has it no more: there is nobody to be told.
    if (!(error instanceof CoreError) || !['not-found', 'gone'].includes(error.code)) throw error;
  }
}
