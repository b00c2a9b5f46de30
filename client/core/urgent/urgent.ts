import { type Address, type MailboxId, type MessageId } from '../../../crypto/wire/ids.js';
import { type Account } from '../account/account.js';
import { type Desk } from '../desk.js';
import { findRecipient } from '../directory/recipient.js';
import { type Letter, addressOf, receivedLetters } from '../receive/inbox.js';
import { type UrgentAnswer } from '../relay/life-routes.js';

/**
 * What waits for a person (docs/spec/withdrawal.md §3). How far it has got is the relay's word: who must be sure that a finding
 * was seen calls, or has a signed receipt.
 */
export interface Urgent {
  readonly received: readonly UrgentLetter[];
  /** Mailboxes that have named this one, and have something urgent that nobody there has attended to. */
  readonly deputy: readonly {
    readonly mailboxId: MailboxId;
    readonly address: Address | null;
    readonly deadlineMs: number;
  }[];
  readonly sent: readonly UrgentSent[];
}

export type UrgentStep = UrgentAnswer['received'][number]['step'];

export interface UrgentLetter {
  readonly letter: Letter;
  readonly deadlineMs: number;
  readonly step: UrgentStep;
}

export interface UrgentSent {
  readonly messageId: MessageId;
  readonly mailboxId: MailboxId;
  readonly address: Address | null;
  readonly deadlineMs: number;
  readonly attendedMs: number | null;
  /** Nobody has attended to it in time: call. */
  readonly isReturned: boolean;
}

/** Null from a relay that does not know what is urgent. */
export async function fetchUrgent({ account, relay }: Desk): Promise<Urgent | null> {
  const answer = await relay.urgent();
  if (answer === null) return null;
  const bySeq = new Map(receivedLetters(account).map((letter) => [letter.stored.seq, letter]));
  return {
    received: answer.received.flatMap(({ seq, deadlineAt, step }) => {
      const letter = bySeq.get(seq);
      return letter === undefined ? [] : [{ letter, deadlineMs: deadlineAt, step }];
    }),
    deputy: answer.deputy.map(({ mailboxId, deadlineAt }) => ({
      mailboxId,
      address: addressOf(account, mailboxId),
      deadlineMs: deadlineAt,
    })),
    sent: answer.sent.map((one) => sentFrom(account, one)),
  };
}

function sentFrom(account: Account, one: UrgentAnswer['sent'][number]): UrgentSent {
  const { messageId, mailboxId, deadlineAt, attendedAt, step } = one;
  return {
    messageId,
    mailboxId,
    address: addressOf(account, mailboxId),
    deadlineMs: deadlineAt,
    attendedMs: attendedAt,
    isReturned: attendedAt === null && step === 'returned',
  };
}

/** A person has seen it: nobody is reminded any more. Only what a person does may call this, never a download. */
export async function attend({ relay }: Desk, letter: Letter): Promise<void> {
  if (letter.body.urgency !== null && !letter.isOwn) await relay.attend(letter.stored.seq);
}

/** Who is told when nobody here attends to something urgent. @throws CoreError as for a recipient */
export async function setDeputies(desk: Desk, addresses: readonly Address[]): Promise<void> {
  const { account, relay, directory, clock } = desk;
  const ids: MailboxId[] = [];
  for (const address of addresses) {
    const chain = await findRecipient(account, relay, directory, address, clock.now());
    if (!ids.includes(chain.mailboxId)) ids.push(chain.mailboxId);
  }
  await relay.setDeputies(ids);
}

export async function listDeputies({ account, relay }: Desk) {
  const ids = await relay.deputies();
  return ids.map((mailboxId) => ({ mailboxId, address: addressOf(account, mailboxId) }));
}
