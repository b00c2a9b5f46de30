import { type ArrivalState, arrivalOf } from '../../core/receive/arrival.js';
import { type Removal } from '../../core/account/life-events.js';
import { type Quarantined } from '../../core/account/state.js';
import { type Letter, addressOf, quarantined, receivedLetters, removed, waiting } from '../../core/receive/inbox.js';
import { syncInbox } from '../../core/receive/sync.js';
import { fetchUrgent } from '../../core/urgent/urgent.js';
import { type Desk } from '../../core/desk.js';
import { practiceName } from '../../core/directory/practice-name.js';
import { openDesk } from '../desk.js';
import { contactJson, nameText, plain } from '../names.js';
import { type Output } from '../output.js';
import { formatBytes } from '../progress.js';
import { remainingText } from '../remaining.js';

/** `bildbote inbox`: a line per message, oldest first. */
export async function runInbox(options: { readonly keystore: string }, output: Output): Promise<void> {
  await using desk = await openDesk(options.keystore);
  await syncInbox(desk);
  const letters = receivedLetters(desk.account);
  const urgent = letters.some(({ body }) => body.urgency !== null) ? await fetchUrgent(desk) : null;
  const open = new Set(urgent?.received.map(({ letter }) => letter.key));
  for (const letter of letters) {
    const isOpen = open.has(letter.key);
    const json = letterJson(desk, letter, await arrivalOf(desk, letter));
    const attended = letter.body.urgency === null || urgent === null ? null : !isOpen;
    output.result(
      { ...json, attended },
      `${letterText(desk, letter, json.state, output)}${openText(desk, letter, isOpen, output)}`,
    );
  }
  for (const one of removed(desk.account)) {
    const { messageId, mailboxId, why, acceptedMs } = one;
    // The sender as the relay names him: nothing of the message was ever here to verify.
    const json = { ...setAside({ messageId, acceptedMs, code: why }, why), from: addressOf(desk.account, mailboxId) };
    const from = json.from ?? mailboxId.slice(0, 16);
    const line = `${messageId.slice(0, 8)}  ${json.receivedAt.slice(0, 16)}  ${from}  ${STATES[why][output.language]}`;
    output.result(json, line);
  }
  for (const one of waiting(desk.account)) {
    const json = setAside(one, 'unverified');
    const state = output.language === 'de' ? 'wartet auf das Verzeichnis' : 'waits for the directory';
    output.result(json, `${one.messageId.slice(0, 8)}  ${json.receivedAt.slice(0, 16)}  ${state} (${one.code})`);
  }
  for (const one of quarantined(desk.account)) {
    const json = setAside(one, 'quarantined');
    output.result(json, `${one.messageId.slice(0, 8)}  ${json.receivedAt.slice(0, 16)}  quarantined (${one.code})`);
  }
}

/** How much time is left, for what no person has seen yet. */
function openText({ clock }: Desk, { body }: Letter, isOpen: boolean, { language }: Output): string {
  return isOpen && body.urgency !== null ? `: ${remainingText(body.urgency.deadlineMs, clock.now(), language)}` : '';
}

/** A message that is not opened: nothing of it is shown but what the relay says. */
function setAside(
  one: Pick<Quarantined, 'messageId' | 'acceptedMs' | 'code'>,
  state: 'unverified' | 'quarantined' | Removal,
) {
  return {
    messageId: one.messageId,
    from: null,
    verified: false,
    name: null,
    nameVerified: false,
    verifiedInPerson: false,
    subject: null,
    receivedAt: new Date(one.acceptedMs).toISOString(),
    state,
    instances: 0,
    bytes: 0,
    urgent: null,
    reason: one.code,
  };
}

export function letterJson({ account, clock }: Desk, letter: Letter, state: ArrivalState) {
  const { stored, body } = letter;
  return {
    messageId: stored.header.messageId,
    from: letter.from,
    verified: stored.isWitnessed,
    ...contactJson(account, stored.header.sender.mailboxId, clock.now()),
    subject: body.subject,
    receivedAt: new Date(stored.acceptedMs).toISOString(),
    state,
    instances: body.summary.instances,
    bytes: body.summary.bytes,
    urgent: body.urgency === null ? null : new Date(body.urgency.deadlineMs).toISOString(),
    missing: stored.missing,
  };
}

const STATES: Readonly<Record<ArrivalState, { en: string; de: string }>> = {
  held: { en: 'waits for your consent', de: 'wartet auf Ihre Zustimmung' },
  receiving: { en: 'arriving, not complete', de: 'kommt an, nicht vollständig' },
  complete: { en: 'complete', de: 'vollständig' },
  aborted: { en: 'given up by the sender', de: 'vom Absender aufgegeben' },
  stalled: { en: 'stalled, not complete', de: 'steht still, nicht vollständig' },
  withdrawn: { en: 'withdrawn', de: 'zurückgezogen' },
  expired: { en: 'expired', de: 'abgelaufen' },
  quarantined: { en: 'quarantined', de: 'in Quarantäne' },
};

export function letterText(
  { account, clock }: Desk,
  letter: Letter,
  state: ArrivalState,
  { language }: Output,
): string {
  const { stored, body } = letter;
  const verified = stored.isWitnessed ? '' : language === 'de' ? ' (ungeprüft)' : ' (unverified)';
  const size = `${body.summary.instances} × DICOM, ${formatBytes(body.summary.bytes, language)}`;
  const urgent = body.urgency === null ? '' : language === 'de' ? '  DRINGEND' : '  URGENT';
  const time = new Date(stored.acceptedMs).toISOString().slice(0, 16).replace('T', ' ');
  const id = stored.header.messageId.slice(0, 8);
  const said = practiceName(account, stored.header.sender.mailboxId, clock.now());
  const name = said === null ? '' : `  ${nameText(said, language)}`;
  return `${id}  ${time}  ${letter.from}${verified}${name}  ${plain(body.subject)}  ${size}  ${STATES[state][language]}${urgent}`;
}
