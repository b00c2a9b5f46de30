import { arrivalOf } from '../../core/receive/arrival.js';
import { assertNotQuarantined, assertNotWaiting, findLetter } from '../../core/receive/inbox.js';
import { syncInbox } from '../../core/receive/sync.js';
import { openDesk } from '../desk.js';
import { type Output } from '../output.js';
import { letterJson, letterText, plain } from './inbox.js';

/** `bildbote show MESSAGE`: what it says. A person has seen it, so an urgent message counts as attended. */
export async function runShow(text: string, options: { readonly keystore: string }, output: Output): Promise<void> {
  await using desk = await openDesk(options.keystore);
  await syncInbox(desk);
  assertNotWaiting(desk.account, text);
  assertNotQuarantined(desk.account, text);
  const letter = findLetter(desk.account, text);
  const state = await arrivalOf(desk, letter);
  if (letter.body.urgency !== null && !letter.isOwn) await desk.relay.attend(letter.stored.seq);
  const { body, stored } = letter;
  const json = {
    ...letterJson(letter, state),
    text: body.text,
    member: body.member.label,
    threadId: body.threadId,
    replyTo: body.replyTo,
    studies: body.summary.studies,
    expiresAt: new Date(stored.expiresMs).toISOString(),
  };
  const lines = [letterText(letter, state, output), plain(body.member.label), '', ...body.text.split('\n').map(plain)];
  output.result(json, lines.join('\n'));
}
