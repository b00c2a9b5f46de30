import { arrivalOf } from '../../core/receive/arrival.js';
import { assertNotQuarantined, assertNotWaiting, findLetter } from '../../core/receive/inbox.js';
import { type Origin, originOf } from '../../core/receive/origin.js';
import { syncInbox } from '../../core/receive/sync.js';
import { attend } from '../../core/urgent/urgent.js';
import { openDesk } from '../desk.js';
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
  const origin = await originOf(desk, stored.header.payloads);
  const json = {
    ...shown,
    safetyNumber,
    text: body.text,
    member: body.member.label,
    threadId: body.threadId,
    replyTo: body.replyTo,
    forwardedFrom: origin?.from ?? null,
    forwardedFromRevoked: revokedJson(origin),
    studies: body.summary.studies,
    expiresAt: new Date(stored.expiresMs).toISOString(),
  };
  const lines = [
    letterText(desk, letter, state, output),
    plain(body.member.label),
    ...(json.forwardedFrom === null ? [] : [`${forwardedText(output)} ${json.forwardedFrom}`]),
    ...(json.forwardedFromRevoked === null ? [] : [revokedText(json.forwardedFromRevoked, output)]),
    ...(safetyNumber === null ? [] : [safetyText(safetyNumber, output)]),
    '',
    ...body.text.split('\n').map(plain),
  ];
  output.result(json, lines.join('\n'));
}

/** The device that sealed the files has been ended since: when, and why, as its practice says. */
function revokedJson(origin: Origin | null): { readonly at: string | null; readonly reason: string } | null {
  const revoked = origin?.revoked ?? null;
  if (revoked === null) return null;
  return { at: revoked.timeMs === null ? null : new Date(revoked.timeMs).toISOString(), reason: revoked.reason };
}

function revokedText({ at, reason }: { at: string | null; reason: string }, { language }: Output): string {
  const day = at?.slice(0, 10) ?? '?';
  return language === 'de'
    ? `Achtung: Das Gerät, das die Dateien signiert hat, wurde am ${day} gesperrt (${plain(reason)}).`
    : `Warning: the device that signed the files was revoked on ${day} (${plain(reason)}).`;
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
