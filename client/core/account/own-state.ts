import { type DeviceId, type MailboxId } from '../../../crypto/wire/ids.js';
import { type MessageTarget, type StateBody } from '../../../crypto/wire/own-state.js';

/** What the mailbox's devices have told each other, folded in the order of delivery (docs/spec/envelope.md §4.3). */
export interface OwnState {
  /** Contacts whose safety number somebody has compared. */
  readonly verifiedContacts: Map<MailboxId, Mark>;
  /** By the name of the message, sender and id. */
  readonly work: Map<string, Work>;
  /** In which PACS a device stores when it is asked. */
  readonly pacs: Map<DeviceId, readonly string[]>;
}

/** Who did it, on which device, by that device's signature; and when, by its clock. */
export interface Mark {
  readonly member: string;
  readonly deviceId: DeviceId;
  readonly timeMs: number;
}

export interface Work {
  /** Who has the message: took it on, or was handed it. */
  readonly assignee: string | null;
  /** Who said so. */
  readonly assigned: Mark | null;
  readonly done: Mark | null;
  readonly notes: readonly (Mark & { readonly text: string })[];
  /** By the name of the PACS. */
  readonly imports: ReadonlyMap<string, Import>;
}

/** Somebody has asked for a message to be stored in a PACS of the practice; what has come of it. */
export interface Import {
  readonly asked: Mark | null;
  readonly stored: (Mark & { readonly instances: number; readonly total: number }) | null;
}

const NOTHING: Work = { assignee: null, assigned: null, done: null, notes: [], imports: new Map() };

export function emptyOwnState(): OwnState {
  return { verifiedContacts: new Map(), work: new Map(), pacs: new Map() };
}

export function workOn(state: OwnState, target: MessageTarget): Work {
  return state.work.get(keyOf(target)) ?? NOTHING;
}

function keyOf({ sender, messageId }: MessageTarget): string {
  return `${sender}/${messageId}`;
}

/** @param deviceId of the device that has signed it */
export function applyState(state: OwnState, deviceId: DeviceId, { op, member, timeMs }: StateBody): void {
  const mark: Mark = { member: member.label, deviceId, timeMs };
  const change = (target: MessageTarget, next: (work: Work) => Partial<Work>): void => {
    const work = workOn(state, target);
    state.work.set(keyOf(target), { ...work, ...next(work) });
  };
  switch (op.op) {
    case 'claim':
      return change(op.target, () => ({ assignee: mark.member, assigned: mark, done: null }));
    case 'hand-over':
      return change(op.target, () => ({ assignee: op.to, assigned: mark, done: null }));
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
    case 'pacs':
      state.pacs.set(deviceId, op.names);
      return;
    case 'import':
      return change(op.target, ({ imports }) => ({
        imports: new Map(imports).set(op.pacs, { asked: mark, stored: null }),
      }));
    case 'imported': {
      const stored = { ...mark, instances: op.instances, total: op.total };
      return change(op.target, ({ imports }) => {
        return { imports: new Map(imports).set(op.pacs, { asked: imports.get(op.pacs)?.asked ?? null, stored }) };
      });
    }
    // What they say is of the device's own memory (./state.ts).
    case 'pinned':
    case 'accepted-address':
    case 'registrars':
    case 'settled-alarm':
      return;
  }
}
