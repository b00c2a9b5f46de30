import { arrivalOf } from '../../core/receive/arrival.js';
import { assertNotQuarantined, findLetter } from '../../core/receive/inbox.js';
import { syncInbox } from '../../core/receive/sync.js';
import { openDesk } from '../desk.js';
import { type Output } from '../output.js';
import { safetyNumberWith } from '../../core/contacts/contacts.js';
import { plain } from '../names.js';
import { letterJson, letterText } from './inbox.js';

/** `bildbote show MESSAGE`: what it says. A person has seen it, so an urgent message counts as attended. */
export async function runShow(text: string, options: { readonly keystore: string }, output: Output): Promise<void> {
  await using desk = await openDesk(options.keystore);
  await syncInbox(desk);
  assertNotQuarantined(desk.account, text);
  const letter = findLetter(desk.account, text);
  const state = await arrivalOf(desk, letter);
  if (letter.body.urgency !== null && !letter.isOwn) await desk.relay.attend(letter.stored.seq);
  const { body, stored } = letter;
  const shown = letterJson(desk, letter, state);
  const { mailboxId } = stored.header.sender;
  // Until somebody has compared it, it is shown.
  const isNew = !letter.isOwn && !shown.verifiedInPerson;
  const safetyNumber = isNew ? safetyNumberWith(desk.account, mailboxId).text : null;
  const json = {
    ...shown,
    safetyNumber,
    text: body.text,
    member: body.member.label,
    threadId: body.threadId,
    replyTo: body.replyTo,
    studies: body.summary.studies,
    expiresAt: new Date(stored.expiresMs).toISOString(),
  };
  const lines = [
    letterText(desk, letter, state, output),
    plain(body.member.label),
    ...(safetyNumber === null ? [] : [safetyText(safetyNumber, output)]),
    '',
    ...body.text.split('\n').map(plain),
  ];
  output.result(json, lines.join('\n'));
}

function safetyText(number: string, { language }: Output): string {
  return language === 'de'
    ? `Sicherheitsnummer, noch nicht verglichen: ${number}`
    : `Safety number, not compared yet: ${number}`;
}
