import { type Account } from '../../core/account/account.js';
import { type Letter, addressOf } from '../../core/receive/inbox.js';
import { workOf } from '../../core/work/reading.js';
import { type ThreadEntry } from '../desk/view.js';
import { allLetters, practiceOf } from './rows.js';
import { type SearchIndex } from './search-index.js';
import { folded, matches } from './search-words.js';

/** What somebody looks for is in the index, or here: what people have written. */
export function searchMessages(account: Account, index: SearchIndex, query: string): string[] {
  return allLetters(account)
    .filter(({ letter }) => matches(foldedOf(index, account, letter), query))
    .map(({ key }) => key);
}

/** Folded once, until something is added. */
const known = new Map<string, { readonly text: string; readonly folded: string }>();

function foldedOf(index: SearchIndex, account: Account, letter: Letter): string {
  const text = `${index.factsOf(letter.key)?.words ?? ''}\n${writtenIn(account, letter)}`;
  const before = known.get(letter.key);
  if (before?.text === text) return before.folded;
  const now = { text, folded: folded(text) };
  known.set(letter.key, now);
  return now.folded;
}

function writtenIn(account: Account, letter: Letter): string {
  const { subject, text, member } = letter.body;
  const addresses = letter.stored.header.recipients.map(({ mailboxId }) => addressOf(account, mailboxId) ?? '');
  const { assignee, notes } = workOf(account, letter);
  return [
    subject,
    text,
    member.label,
    letter.from,
    ...addresses,
    practiceOf(account, letter) ?? '',
    assignee ?? '',
    ...notes.map((note) => note.text),
  ].join('\n');
}

/** Earlier messages with files about one of the message's patients, the newest first. */
export function priorsOf(account: Account, index: SearchIndex, letter: Letter): ThreadEntry[] {
  const patients = new Set(index.factsOf(letter.key)?.patients ?? []);
  return allLetters(account)
    .filter(({ letter: other }) => other.key !== letter.key && other.stored.header.payloads.length > 0)
    .filter(({ letter: other }) => index.factsOf(other.key)?.patients.some((name) => patients.has(name)) === true)
    .map(({ key, folder, letter: other }) => {
      return { key, folder, from: other.from, subject: other.body.subject, receivedMs: other.stored.acceptedMs };
    })
    .sort((a, b) => b.receivedMs - a.receivedMs);
}
