import { type ChainState } from '../../../crypto/wire/chain.js';
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

/** What is said of a message: a shell that fetches ahead of its reader says `delivered`, and `opened` when he looks. */
export type Confirmation = 'delivered' | 'delivered and opened';

/**
 * Who hears of it: not the own mailbox, and none behind whose address a person has accepted another one. The log does not vouch for the
 * keys of that one any more, so nothing is sealed to it (docs/spec/names.md §5).
 */
function isTold({ account }: Desk, { isOwn, stored }: Letter): boolean {
  return !isOwn && !account.state.formerMailboxes.has(stored.header.sender.mailboxId);
}

/** What was imported: how many instances are confirmed to be there, and where: a PACS's AE title, or `file`. */
export interface Imported {
  readonly instances: number;
  readonly target: string;
}

/**
 * Tells the sender that the files of a complete message have been imported, once for a mailbox, target and number.
 * @throws CoreError `payload-incomplete` for a message that is not complete here
 */
export async function confirmImported(desk: Desk, letter: Letter, imported: Imported): Promise<void> {
  if (!isTold(desk, letter)) return;
  const done = desk.account.state.completed.get(letter.key);
  if (done === undefined) throw new CoreError('payload-incomplete', 'not complete here');
  await postReceipt(desk, letter, { kind: 'imported', ...imported }, done.payloads, senderChain(desk, letter));
}

/** Delivered once per mailbox, opened once per device; then the relay's acknowledgement. Again, it sends what is missing. */
export async function confirm(
  desk: Desk,
  letter: Letter,
  payloads: readonly ReceiptPayload[],
  instances: number,
  confirmation: Confirmation = 'delivered and opened',
): Promise<void> {
  if (isTold(desk, letter)) {
    const chain = senderChain(desk, letter);
    await sendReceipt(desk, letter, { kind: 'delivered', instances, target: null }, payloads, chain);
    if (confirmation !== 'delivered') {
      await sendReceipt(desk, letter, { kind: 'opened', instances, target: null }, payloads, chain);
    }
  }
  await desk.relay.acknowledge(letter.stored.seq);
}

/** What a receipt says beside the message it is about. */
interface Said {
  readonly kind: ReceiptKind;
  readonly instances: number;
  readonly target: string | null;
}

async function sendReceipt(
  desk: Desk,
  letter: Letter,
  said: Said,
  payloads: readonly ReceiptPayload[],
  chain: () => Promise<ChainState>,
): Promise<void> {
  const { account } = desk;
  const { kind } = said;
  const { sender, messageId } = letter.stored.header;
  if (account.state.receiptsSent.get(letter.key)?.has(kind) === true) return;
  await postReceipt(desk, letter, said, payloads, chain);
  await account.record({ kind: 'receipt-sent', messageId, sender: sender.mailboxId, receipt: kind });
}

/** The chain of whoever gets the receipts: asked for once for all that are sent together, and not when none is. */
function senderChain({ directory }: Desk, { stored }: Letter): () => Promise<ChainState> {
  let asked: Promise<ChainState> | null = null;
  return () => (asked ??= directory.refresh(stored.header.sender.mailboxId).then(({ state }) => state));
}

async function postReceipt(
  desk: Desk,
  letter: Letter,
  said: Said,
  payloads: readonly ReceiptPayload[],
  chain: () => Promise<ChainState>,
): Promise<void> {
  const { account, clock } = desk;
  const nowMs = clock.now();
  const receipt = signReceipt(
    {
      ...said,
      messageId: letter.stored.header.messageId,
      headerHash: letter.stored.headerHash,
      payloads,
      total: letter.body.summary.instances,
      timeMs: nowMs,
      reason: null,
      mailboxId: account.content.mailboxId,
      deviceId: account.content.device.deviceId,
      member: account.content.device.member,
    },
    account.key,
  );
  await post(desk, letter, said, receipt, nowMs, await chain());
}

async function post(
  desk: Desk,
  letter: Letter,
  said: Said,
  receipt: Uint8Array,
  nowMs: number,
  chain: ChainState,
): Promise<void> {
  const { account, relay, directory } = desk;
  const { state: own } = await directory.lookup(account.content.mailboxId, 1);
  const expiresMs = nowMs + RECEIPT_EXPIRY_MS;
  const messageId = receiptId(desk, letter, said);
  const envelopes = await account.exclusive(async () => {
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
    return composed.envelopes;
  });
  try {
    await relay.postMessage({ messageId, envelopes, payloads: [], reuse: [], expiresMs, deadlineMs: null });
  } catch (error) {
    // Another device, or this one before a crash, has said so already; or the sender takes nothing from this mailbox any more.
    if (!(error instanceof CoreError) || !['message-id-taken', 'contact-denied'].includes(error.code)) throw error;
  }
}

/** The same for all devices of a mailbox, but for one device alone (opened): the relay takes each once (docs/spec/receipt.md §2). */
function receiptId({ account }: Desk, { stored }: Letter, { kind, instances, target }: Said): MessageId {
  const { mailboxId, device } = account.content;
  const who = kind === 'opened' ? idBytes(device.deviceId) : idBytes(mailboxId);
  const what = kind === 'imported' ? [utf8(`${instances} ${target}`)] : [];
  return messageIdFrom(taggedHash('receipt-id', stored.headerHash, utf8(kind), who, ...what).subarray(0, 16));
}
