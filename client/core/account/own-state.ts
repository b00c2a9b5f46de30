import { type MailboxId } from '../../../crypto/wire/ids.js';
import { type MessageTarget, type StateBody } from '../../../crypto/wire/own-state.js';

/** What the mailbox's devices have told each other, folded in the order of delivery (docs/spec/envelope.md §4.3). */
export interface OwnState {
  /** Contacts whose safety number somebody has compared. */
  readonly verifiedContacts: Map<MailboxId, Mark>;
  /** By the name of the message, sender and id. */
  readonly work: Map<string, Work>;
}

/** Who did it, by the device's signature, and when by its clock. */
export interface Mark {
  readonly member: string;
  readonly timeMs: number;
}

export interface Work {
  /** Who has the message: took it on, or was handed it. */
  readonly assignee: string | null;
  readonly done: Mark | null;
  readonly notes: readonly (Mark & { readonly text: string })[];
}

const NOTHING: Work = { assignee: null, done: null, notes: [] };

export function emptyOwnState(): OwnState {
  return { verifiedContacts: new Map(), work: new Map() };
}

export function workOn(state: OwnState, target: MessageTarget): Work {
  return state.work.get(keyOf(target)) ?? NOTHING;
}

function keyOf({ sender, messageId }: MessageTarget): string {
  return `${sender}/${messageId}`;
}

export function applyState(state: OwnState, { op, member, timeMs }: StateBody): void {
  const mark: Mark = { member: member.label, timeMs };
  const change = (target: MessageTarget, next: (work: Work) => Partial<Work>): void => {
    const work = workOn(state, target);
    state.work.set(keyOf(target), { ...work, ...next(work) });
  };
  switch (op.op) {
    case 'claim':
      return change(op.target, () => ({ assignee: mark.member, done: null }));
    case 'hand-over':
      return change(op.target, () => ({ assignee: op.to, done: null }));
    case 'done':
      return change(op.target, () => ({ done: mark }));
    case 'note':
      return change(op.target, ({ notes }) => ({ notes: [...notes, { ...mark, text: op.text }] }));
    case 'verified-contact':
      state.verifiedContacts.set(op.mailboxId, mark);
      return;
    case 'unverified-contact':
      state.verifiedContacts.delete(op.mailboxId);
      return;
    // What they say is of the device's own memory (./state.ts).
    case 'pinned':
    case 'accepted-address':
    case 'registrars':
      return;
  }
}
