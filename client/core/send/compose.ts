import { type ChainState, headOf } from '../../../crypto/wire/chain.js';
import { type MailboxId, type MessageId } from '../../../crypto/wire/ids.js';
import { type MessageBody } from '../../../crypto/wire/message-body.js';
import {
  type Checkpoint,
  type HeaderPayload,
  type MessageHeader,
  type Role,
  newHeader,
} from '../../../crypto/wire/message.js';
import { usableEpoch } from '../../../crypto/seal/epoch.js';
import { type PayloadSecrets, type SealedEnvelope, sealEnvelope } from '../../../crypto/seal/message.js';
import { SealError } from '../../../crypto/seal/error.js';
import { CoreError } from '../error.js';
import { type Account } from '../account/account.js';
import { type AccountEvent } from '../account/events.js';

/** A recipient whose chain has been verified and whose epoch is in force. */
export interface Recipient {
  readonly chain: ChainState;
  readonly role: Role;
}

export interface Composition {
  readonly messageId: MessageId;
  readonly createdMs: number;
  readonly body: MessageBody;
  readonly payloads: readonly HeaderPayload[];
  readonly secrets: PayloadSecrets;
  readonly recipients: readonly Recipient[];
  /** The sender's own chain, as new as it gets. */
  readonly own: ChainState;
}

export interface Composed {
  readonly header: MessageHeader;
  readonly envelopes: readonly { readonly mailboxId: MailboxId; readonly envelope: Uint8Array }[];
  /** To be recorded in one transaction with the journaled envelopes: the numbers they take in their chains. */
  readonly links: readonly AccountEvent[];
}

/**
 * Signs and seals one message for all recipients (docs/spec/envelope.md §4). All or nothing: who cannot be sealed to stops
 * it before anything is sent (attack A34). @throws CoreError `recipient-unusable`, `address-changed`; SealError `limits`
 */
export async function composeMessage(account: Account, input: Composition): Promise<Composed> {
  const header = headerOf(account, input);
  const envelopes: SealedEnvelope[] = [];
  const links: AccountEvent[] = [];
  for (const { chain, role } of input.recipients) {
    const { mailboxId } = chain;
    assertNotFormer(account, chain);
    const epoch = usableEpoch(chain, input.createdMs);
    const last = account.state.chainsOut.get(mailboxId);
    const n = (last?.n ?? 0) + 1;
    const part = { mailboxId, kemKeyId: epoch.kemKeyId, role, chainN: n, chainPrev: last?.link ?? new Uint8Array(32) };
    const sealed = await sealFor(chain, () =>
      sealEnvelope(header, { part, kemKey: epoch.kemKey }, input.secrets, account.key),
    );
    envelopes.push(sealed);
    links.push({ kind: 'linked', mailboxId, n, link: sealed.link });
  }
  return { header, links, envelopes: envelopes.map(({ mailboxId, bytes }) => ({ mailboxId, envelope: bytes })) };
}

/** docs/spec/names.md §5: its chain is looked up without the log, for its old messages only. */
function assertNotFormer({ state }: Account, { mailboxId, address }: ChainState): void {
  if (state.formerMailboxes.has(mailboxId)) throw new CoreError('address-changed', `a former mailbox of ${address}`);
}

/** A published key can be none at all: the directory's fault, told by the recipient's name. */
async function sealFor(chain: ChainState, seal: () => Promise<SealedEnvelope>): Promise<SealedEnvelope> {
  try {
    return await seal();
  } catch (cause) {
    if (!(cause instanceof SealError) || cause.code !== 'key-invalid') throw cause;
    throw new CoreError('recipient-unusable', `${chain.address} cannot be sealed to`, { cause });
  }
}

function headerOf(account: Account, input: Composition): MessageHeader {
  const { own, createdMs, recipients } = input;
  return newHeader({
    messageId: input.messageId,
    createdMs,
    sender: {
      mailboxId: own.mailboxId,
      deviceId: account.content.device.deviceId,
      seq: own.seq,
      head: headOf(own),
    },
    recipients: recipients.flatMap(({ chain, role }) =>
      role === 'bcc' ? [] : [{ mailboxId: chain.mailboxId, role, kemKeyId: usableEpoch(chain, createdMs).kemKeyId }],
    ),
    body: input.body,
    payloads: input.payloads,
    checkpoint: gossipOf(account),
  });
}

/** docs/spec/directory.md §8: what this device has seen of the log, for the recipient to compare. */
function gossipOf({ state }: Account): Checkpoint | null {
  if (state.checkpoint === null) return null;
  const { origin, size, root, signature } = state.checkpoint;
  return { origin, size, root, signature };
}
