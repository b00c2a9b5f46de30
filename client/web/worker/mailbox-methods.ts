import { fetchLimits, roomOf } from '../../core/limits/limits.js';
import { withdrawMessage, withdrawalOf } from '../../core/withdraw/withdrawal.js';
import { askToImport } from '../../core/work/imports.js';
import { addNote, claim, handOver, markDone } from '../../core/work/work.js';
import { type Account } from '../../core/account/account.js';
import { type Letter } from '../../core/receive/inbox.js';
import { type DeskApi, type WorkChange } from '../desk/api.js';
import { type WithdrawalView } from '../desk/view.js';
import { WebError } from '../ports/error.js';
import { saveMedium } from './medium.js';
import { type Door, type Office } from './door.js';
import { letterOf } from './rows.js';
import { priorsOf, searchMessages } from './searching.js';

type MailboxMethods = 'search' | 'work' | 'withdraw' | 'withdrawal' | 'room' | 'consent' | 'saveMedium' | 'priorsOf';

/** @throws WebError `not-here` */
export function findLetter(door: Door, key: string): Letter {
  const letter = letterOf(door.office().session.account, key);
  if (letter === null) throw new WebError('not-here', 'no such message');
  return letter;
}

/** What a practice does with its messages beside reading them. */
export function mailboxMethods(door: Door): Pick<DeskApi, MailboxMethods> {
  const session = () => door.office().session;
  return {
    search: ({ query }) => Promise.resolve(searchMessages(session().account, session().index, query)),
    work: async ({ key, change }) => {
      await tell(session().desk, findLetter(door, key), change);
      await door.sync();
      return null;
    },
    withdraw: async ({ key }) => {
      await withdrawMessage(session().desk, findLetter(door, key));
      door.refresh();
      return null;
    },
    withdrawal: ({ key }) => Promise.resolve(withdrawalView(session().account, findLetter(door, key))),
    room: async () => {
      const limits = await fetchLimits(session().desk);
      return limits === null ? null : roomOf(limits);
    },
    consent: async ({ key, permission }) => {
      const { sender } = findLetter(door, key).stored.header;
      await session().desk.relay.setContact(sender.mailboxId, permission);
      await door.sync();
      return null;
    },
    saveMedium: ({ key, place }, call) => saveMedium(door.office(), findLetter(door, key), place, call),
    priorsOf: ({ key }) => Promise.resolve(priorsOf(session().account, session().index, findLetter(door, key))),
  };
}

function tell(desk: Office['session']['desk'], letter: Letter, change: WorkChange): Promise<void> {
  switch (change.kind) {
    case 'claim':
      return claim(desk, letter);
    case 'hand-over':
      return handOver(desk, letter, change.to);
    case 'done':
      return markDone(desk, letter);
    case 'note':
      return addNote(desk, letter, change.text);
    case 'import':
      return askToImport(desk, letter, change.pacs);
  }
}

function withdrawalView(account: Account, letter: Letter): WithdrawalView | null {
  const known = withdrawalOf(account, letter);
  if (known === null) return null;
  return {
    timeMs: known.withdrawnMs,
    recipients: known.recipients.map(({ address, state, fetchedMs, testimony, isContradicted }) => {
      const signed = testimony === null ? null : new Uint8Array(testimony);
      return { address, state, fetchedMs, testimony: signed, isContradicted };
    }),
  };
}
