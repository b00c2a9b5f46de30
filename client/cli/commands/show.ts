import { arrivalOf } from '../../core/receive/arrival.js';
import {
  type Letter,
  addressOf,
  assertNotQuarantined,
  assertNotWaiting,
  findLetter,
} from '../../core/receive/inbox.js';
import { syncInbox } from '../../core/receive/sync.js';
import { attend } from '../../core/urgent/urgent.js';
import { type OpenDesk, openDesk } from '../desk.js';
import { type Output } from '../output.js';
import { safetyNumberWith } from '../../core/contacts/contacts.js';
import { plain } from '../names.js';
import { letterJson, letterText } from './inbox.js';

/** `bildbote show MESSAGE`: what it says. A person has seen it, so an urgent message counts as attended. */
export async function runShow(text: string, options: { readonly keystore: string }, output: Output): Promise<void> {
  await using desk = await openDesk(options.keystore);
  await syncInbox(desk);
  assertNotWaiting(desk.account, text);
  assertNotQuarantined(desk.account, text);
  const letter = findLetter(desk.account, text);
  const state = await arrivalOf(desk, letter);
  await attend(desk, letter);
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
    forwardedFrom: originOf(desk.account, letter),
    studies: body.summary.studies,
    expiresAt: new Date(stored.expiresMs).toISOString(),
  };
  const lines = [
    letterText(desk, letter, state, output),
    plain(body.member.label),
    ...(json.forwardedFrom === null ? [] : [`${forwardedText(output)} ${json.forwardedFrom}`]),
    ...(safetyNumber === null ? [] : [safetyText(safetyNumber, output)]),
    '',
    ...body.text.split('\n').map(plain),
  ];
  output.result(json, lines.join('\n'));
}

/** Who sealed the files, when that was not the sender: his signature stands under them (docs/spec/envelope.md §7). */
function originOf(account: OpenDesk['account'], { stored }: Letter): string | null {
  const origin = stored.header.payloads.find((payload) => payload.origin !== null)?.origin ?? null;
  return origin === null ? null : addressOf(account, origin.mailboxId);
}

function forwardedText({ language }: Output): string {
  return language === 'de'
    ? 'Weitergeleitet; Dateien versiegelt und signiert von'
    : 'Forwarded; files sealed and signed by';
}

function safetyText(number: string, { language }: Output): string {
  return language === 'de'
    ? `Sicherheitsnummer, noch nicht verglichen: ${number}`
    : `Safety number, not compared yet: ${number}`;
}
