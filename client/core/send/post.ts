import { type MailboxId } from '../../../crypto/wire/ids.js';
import { type Account } from '../account/account.js';
import { type AccountEvent } from '../account/events.js';
import { type Desk } from '../desk.js';
import { CoreError } from '../error.js';
import { type MessageRequest } from '../relay/relay.js';
import { type OpenOutgoing, outgoingLog } from './outbox.js';

/** A recipient as the relay answered for him. */
export interface SentRecipient {
  readonly mailboxId: MailboxId;
  /** `held`: he reads the envelope, and the files when he agrees. */
  readonly consent: 'given' | 'held' | 'refused';
}

export type Attempt = 'new' | 'resumed';

/** A refusal for good leaves nothing half-done: the message never was, and its chain numbers are free again. */
export async function post(
  { account, relay }: Desk,
  { request }: OpenOutgoing,
  attempt: Attempt,
): Promise<SentRecipient[]> {
  const { messageId } = request;
  try {
    const { deliveries } = await relay.postMessage(request);
    const others = deliveries.filter(({ mailboxId }) => mailboxId !== account.content.mailboxId);
    if (others.length > 0 && others.every(({ consent }) => consent === 'refused')) {
      throw new CoreError('contact-denied', 'every recipient has refused it meanwhile');
    }
    return others.map(({ mailboxId, consent }) => ({ mailboxId, consent }));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // Later messages may have taken later numbers since a message was begun: then the gap stays, and says so.
    const links = attempt === 'new' ? linksBefore(account, request) : [];
    await account.record({ kind: 'outgoing', messageId, phase: 'aborted' }, ...links);
    await account.store.removeLog(outgoingLog(messageId));
    throw error;
  }
}

/** Answers by which the relay has provably not taken the message, now or in an attempt whose answer was lost. */
const REFUSALS: readonly string[] = [
  'request-invalid',
  'recipient-unknown',
  'envelope-invalid',
  'payload-invalid',
  'too-large',
  'quota-exceeded',
  'message-id-taken',
  'not-found',
  'gone',
  'contact-denied',
];

function isRefusal(error: unknown): boolean {
  return error instanceof CoreError && REFUSALS.includes(error.code);
}

function linksBefore(account: Account, request: MessageRequest): AccountEvent[] {
  return request.envelopes.flatMap(({ mailboxId }) => {
    const before = account.state.linksBefore.get(mailboxId);
    return before === undefined ? [] : [{ kind: 'linked' as const, mailboxId, ...before }];
  });
}

export function isHeldByAll(recipients: readonly SentRecipient[]): boolean {
  return recipients.length > 0 && recipients.every(({ consent }) => consent !== 'given');
}
