import { type MessageId, messageIdFrom } from '../../../crypto/wire/ids.js';
import { utf8 } from '../../../crypto/wire/bytes.js';
import { taggedHash } from '../../../crypto/wire/hash.js';
import { idBytes } from '../../../crypto/wire/ids.js';
import { type ReceiptKind, type ReceiptPayload } from '../../../crypto/wire/receipt.js';
import { signReceipt } from '../../../crypto/seal/receipt.js';
import { CoreError } from '../error.js';
import { composeMessage } from '../send/compose.js';
import { type Desk } from '../desk.js';
import { type Letter } from './inbox.js';

/** Tells the sender, signed, and the relay, unsigned, that everything is here (docs/spec/receipt.md). */

const DAY_MS = 86_400_000;
/** A receipt waits for its reader as long as a message may. */
const RECEIPT_EXPIRY_MS = 90 * DAY_MS;

/** For a message whose files are here: says what a crash or a dead line has kept from being said. */
export async function confirmAgain(desk: Desk, letter: Letter): Promise<void> {
  const done = desk.account.state.completed.get(letter.key);
  const said = desk.account.state.receiptsSent.get(letter.key);
  if (done === undefined || letter.isOwn || said?.has('opened') === true) return;
  await confirm(desk, letter, done.payloads, done.instances);
}

/** Delivered once per mailbox, opened once per device; then the relay's acknowledgement. Again, it sends what is missing. */
export async function confirm(
  desk: Desk,
  letter: Letter,
  payloads: readonly ReceiptPayload[],
  instances: number,
): Promise<void> {
  if (!letter.isOwn) {
    await sendReceipt(desk, letter, 'delivered', payloads, instances);
    await sendReceipt(desk, letter, 'opened', payloads, instances);
  }
  await desk.relay.acknowledge(letter.stored.seq);
}

async function sendReceipt(
  desk: Desk,
  letter: Letter,
  kind: ReceiptKind,
  payloads: readonly ReceiptPayload[],
  instances: number,
): Promise<void> {
  const { account, clock } = desk;
  const { sender, messageId } = letter.stored.header;
  if (account.state.receiptsSent.get(letter.key)?.has(kind) === true) return;
  const nowMs = clock.now();
  const receipt = signReceipt(
    {
      kind,
      messageId,
      headerHash: letter.stored.headerHash,
      payloads,
      instances,
      total: letter.body.summary.instances,
      target: null,
      timeMs: nowMs,
      reason: null,
      mailboxId: account.content.mailboxId,
      deviceId: account.content.device.deviceId,
      member: account.content.device.member,
    },
    account.key,
  );
  await post(desk, letter, kind, receipt, nowMs);
  await account.record({ kind: 'receipt-sent', messageId, sender: sender.mailboxId, receipt: kind });
}

async function post(desk: Desk, letter: Letter, kind: ReceiptKind, receipt: Uint8Array, nowMs: number): Promise<void> {
  const { account, relay, directory } = desk;
  const { state: chain } = await directory.refresh(letter.stored.header.sender.mailboxId);
  const { state: own } = await directory.lookup(account.content.mailboxId, 1);
  const expiresMs = nowMs + RECEIPT_EXPIRY_MS;
  const messageId = receiptId(desk, letter, kind);
  const composed = await composeMessage(account, {
    messageId,
    createdMs: nowMs,
    body: { kind: 'receipt', expiresMs, receipt },
    payloads: [],
    secrets: new Map(),
    recipients: [{ chain, role: 'to' }],
    own,
  });
  // Recorded before it is posted: no number of the chain is ever given to two messages.
  await account.record(...composed.links);
  const { envelopes } = composed;
  try {
    await relay.postMessage({ messageId, envelopes, payloads: [], reuse: [], expiresMs, deadlineMs: null });
  } catch (error) {
    // Another device, or this one before a crash, has said so already; or the sender takes nothing from this mailbox any more.
    if (!(error instanceof CoreError) || !['message-id-taken', 'contact-denied'].includes(error.code)) throw error;
  }
}

/** The same for all devices of a mailbox (delivered), or for one device (opened): the relay takes each once. */
function receiptId({ account }: Desk, { stored }: Letter, kind: ReceiptKind): MessageId {
  const { mailboxId, device } = account.content;
  const who = kind === 'delivered' ? idBytes(mailboxId) : idBytes(device.deviceId);
  return messageIdFrom(taggedHash('receipt-id', stored.headerHash, utf8(kind), who).subarray(0, 16));
}
