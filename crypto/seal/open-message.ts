import { equalBytes } from '../wire/bytes.js';
import { type ChainDevice, type ChainState, deviceAt, headAt, isDeviceValid } from '../wire/chain.js';
import { kemKeyHintOf, parseEnvelope } from '../wire/envelope.js';
import { WireError } from '../wire/error.js';
import { type MailboxId } from '../wire/ids.js';
import { verifyMember } from '../wire/member.js';
import {
  type MessageHeader,
  type RecipientPart,
  type Sender,
  headerHash,
  linkHash,
  messageSignatureInput,
  parseHeader,
  parseRecipientPart,
} from '../wire/message.js';
import { verifySignature } from '../wire/signature.js';
import { type EpochSecret } from './epoch.js';
import { SealError } from './error.js';
import { type InnerMessage, type PayloadSecrets, assertListsAgree, openFrame } from './message.js';

/** Opening a message, in the order of docs/spec/envelope.md §5. */

/** How sure the reader is of a mailbox's chain: seen under a witnessed checkpoint of the log, or pinned only. */
export type ViewStatus = 'witnessed' | 'unwitnessed';

export interface SenderView {
  readonly state: ChainState;
  readonly status: ViewStatus;
}

/** How far back a view of a chain goes (docs/spec/mailbox.md §9). */
export type Reach = 'newest' | 'whole';

/** Where verified chains come from. */
export interface DirectoryView {
  /**
   * The newest verified chain of a mailbox, at least as new as `minSeq`.
   * @param reach `whole` where statements before the newest balance matter; else it may begin there
   * @throws whatever kept it from being verified
   */
  lookup(mailboxId: MailboxId, minSeq: number, reach?: Reach): Promise<SenderView>;
}

export interface Reader {
  readonly mailboxId: MailboxId;
  /** The epochs this device holds. */
  readonly epochs: readonly EpochSecret[];
  readonly directory: DirectoryView;
  readonly nowMs: number;
}

export interface OpenedMessage {
  readonly header: MessageHeader;
  readonly headerHash: Uint8Array;
  readonly part: RecipientPart;
  readonly link: Uint8Array;
  /** With the header and part as signed: evidence that can be shown without the content. */
  readonly signature: Uint8Array;
  readonly secrets: PayloadSecrets;
  readonly sender: ChainState;
  readonly senderDevice: ChainDevice;
  readonly senderStatus: ViewStatus;
}

const DAY_MS = 86_400_000;
/** Older messages are refused, which bounds what must be remembered against replays. */
export const MAX_MESSAGE_AGE_MS = 400 * DAY_MS;
/** A message dated further ahead would outlive what is remembered; clocks differ by less. */
export const MAX_AHEAD_MS = DAY_MS;

/**
 * @throws SealError `open-failed` for every envelope that is not whole, ours and signed; `sender-unknown`,
 * `sender-revoked`, `too-old`, `too-new` for one that is, but must not be believed; and what the directory throws
 */
export async function openEnvelope(bytes: Uint8Array, reader: Reader): Promise<OpenedMessage> {
  const inner = await failingAsOne(() => decrypt(bytes, reader));
  const { header, part } = await failingAsOne(() => Promise.resolve(parse(inner)));
  const view = await viewOf(reader.directory, header.sender);
  const device = senderDevice(view.state, header.sender);
  await failingAsOne(() => Promise.resolve(verify(inner, { header, part }, device)));
  assertInForce(view.state, header, reader.nowMs);
  return {
    header,
    headerHash: headerHash(inner.claimedHeader),
    part,
    link: linkHash(inner.claimedHeader, inner.claimedPart),
    signature: inner.signature,
    secrets: inner.secrets,
    sender: view.state,
    senderDevice: device,
    senderStatus: view.status,
  };
}

/** A message from before the sender's newest balance is verified with the state that he signed under. */
async function viewOf(directory: DirectoryView, { mailboxId, seq }: Sender): Promise<SenderView> {
  const view = await directory.lookup(mailboxId, seq);
  return seq < view.state.begunSeq ? directory.lookup(mailboxId, seq, 'whole') : view;
}

/** Invariant 19: whoever sends us variations learns one bit, that it failed. The cause stays for the local log of tests. */
async function failingAsOne<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    if (cause instanceof WireError || cause instanceof SealError) {
      throw new SealError('open-failed', 'the envelope does not open', { cause });
    }
    throw cause;
  }
}

function decrypt(bytes: Uint8Array, reader: Reader): Promise<InnerMessage> {
  const frame = parseEnvelope(bytes);
  // Invariant 8: the key is chosen by its id, never by trial.
  const epoch = reader.epochs.find((candidate) => kemKeyHintOf(candidate.kemKeyId) === frame.kemKeyHint);
  if (epoch === undefined) throw new SealError('open-failed', 'not sealed to an epoch of this device');
  return openFrame(frame, reader.mailboxId, epoch).then((inner) => {
    const part = parseRecipientPart(inner.claimedPart);
    // Invariant 9: P names exactly this mailbox and this epoch, or somebody has sealed the message anew.
    if (part.mailboxId !== reader.mailboxId || part.kemKeyId !== epoch.kemKeyId) {
      throw new SealError('open-failed', 'the message is for somebody else');
    }
    return inner;
  });
}

interface ParsedMessage {
  readonly header: MessageHeader;
  readonly part: RecipientPart;
}

function parse(inner: InnerMessage): ParsedMessage {
  return { header: parseHeader(inner.claimedHeader), part: parseRecipientPart(inner.claimedPart) };
}

/** Invariant 11: our view contains the very state the sender signed under, and his device was in force in it. */
function senderDevice(state: ChainState, claimed: Sender): ChainDevice {
  const head = headAt(state, claimed.seq);
  const device = deviceAt(state, claimed.deviceId, claimed.seq);
  const isKnown = state.mailboxId === claimed.mailboxId && head !== undefined && equalBytes(head, claimed.head);
  if (!isKnown || device === null) {
    throw new SealError('sender-unknown', "the sender's chain does not contain the state he signed under");
  }
  return device;
}

function verify(inner: InnerMessage, { header, part }: ParsedMessage, device: ChainDevice): void {
  const input = messageSignatureInput(inner.claimedHeader, inner.claimedPart);
  verifySignature('msg', device.sigKey, input, inner.signature);
  const { body } = header;
  if (body.kind === 'message' || body.kind === 'state') verifyMember(body.member, device.memberTag);
  assertListsAgree(header, part, inner.secrets);
  // docs/spec/envelope.md §4.3: as a hidden copy, somebody else's own state would be taken for ours.
  if (header.body.kind === 'state' && header.sender.mailboxId !== part.mailboxId) {
    throw new SealError('open-failed', 'own state of another mailbox');
  }
}

function assertInForce(state: ChainState, header: MessageHeader, nowMs: number): void {
  if (!isDeviceValid(state, header.sender.deviceId)) {
    throw new SealError('sender-revoked', 'the device that signed has been revoked');
  }
  if (header.createdMs - nowMs > MAX_AHEAD_MS) throw new SealError('too-new', 'the message is dated ahead');
  if (nowMs - header.createdMs > MAX_MESSAGE_AGE_MS) throw new SealError('too-old', 'the message is too old');
}
