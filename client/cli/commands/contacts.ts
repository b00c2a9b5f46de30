import encodeQr from 'qr';
import { acceptAddressChange, findAddressChange } from '../../core/contacts/address-change.js';
import {
  findContact,
  isVerifiedInPerson,
  listContacts,
  safetyNumberWith,
  unverifyContact,
  verifyContact,
} from '../../core/contacts/contacts.js';
import { type MailboxId } from '../../core/ids.js';
import { addressOf } from '../../core/receive/inbox.js';
import { practiceName } from '../../core/directory/practice-name.js';
import { syncInbox } from '../../core/receive/sync.js';
import { type OpenDesk, openDesk } from '../desk.js';
import { contactJson, nameText } from '../names.js';
import { type Output } from '../output.js';
import { isId, parseMailbox, parseMailboxIdArgument } from '../parse.js';
import { UsageError } from '../usage-error.js';

interface KeystoreOptions {
  readonly keystore: string;
}

/** By address, or by the id that `contacts list` shows. */
async function contactOf(desk: OpenDesk, text: string): Promise<MailboxId> {
  return isId(text) ? parseMailboxIdArgument(text) : findContact(desk, parseMailbox(text));
}

/** `bildbote contacts list`: whom this mailbox has met, and what it has decided about them. */
export async function runContactsList(options: KeystoreOptions, output: Output): Promise<void> {
  await using desk = await openDesk(options.keystore);
  await syncInbox(desk);
  const { account } = desk;
  const decided = new Map((await listContacts(desk)).contacts.map((one) => [one.mailboxId, one.permission]));
  const met = [...account.state.pins.keys()].filter((mailboxId) => mailboxId !== account.content.mailboxId);
  for (const mailboxId of new Set([...met, ...decided.keys()])) {
    const mailbox = addressOf(account, mailboxId);
    const permission = decided.get(mailboxId) ?? null;
    const former = account.state.formerMailboxes.has(mailboxId);
    const { status } = await desk.directory.lookup(mailboxId, 1);
    const json = contactJson(account, mailboxId, desk.clock.now());
    const name = nameText(practiceName(account, mailboxId, desk.clock.now()), output.language);
    output.result(
      { mailbox, mailboxId, permission, former, verified: status === 'witnessed', ...json },
      `${mailbox ?? mailboxId}  ${name}  ${markText(permission, json.verifiedInPerson, output)}`.trimEnd(),
    );
  }
}

function markText(permission: 'allowed' | 'denied' | null, inPerson: boolean, { language }: Output): string {
  const [allowed, denied, met] =
    language === 'de' ? ['erlaubt', 'abgelehnt', 'persönlich geprüft'] : ['allowed', 'denied', 'verified in person'];
  const marks = [permission === 'allowed' ? allowed : permission === 'denied' ? denied : '', inPerson ? met : ''];
  return marks.filter(Boolean).join(', ');
}

/** `bildbote contacts allow MAILBOX`: takes its messages, also those that wait. */
export async function runContactsAllow(text: string, options: KeystoreOptions, output: Output): Promise<void> {
  await permit(text, options, output, 'allowed');
}

/** `bildbote contacts deny MAILBOX`: takes nothing from it any more. */
export async function runContactsDeny(text: string, options: KeystoreOptions, output: Output): Promise<void> {
  await permit(text, options, output, 'denied');
}

/** `bildbote contacts forget MAILBOX`: takes back what was decided. */
export async function runContactsForget(text: string, options: KeystoreOptions, output: Output): Promise<void> {
  await permit(text, options, output, 'none');
}

async function permit(
  text: string,
  options: KeystoreOptions,
  output: Output,
  permission: 'allowed' | 'denied' | 'none',
): Promise<void> {
  await using desk = await openDesk(options.keystore);
  const mailboxId = await contactOf(desk, text);
  await desk.relay.setContact(mailboxId, permission);
  await syncInbox(desk);
  output.result({ mailbox: addressOf(desk.account, mailboxId), mailboxId, permission }, `${text}  ${permission}`);
}

const POLICIES = ['all', 'verified', 'known'] as const;

/** `bildbote contacts policy [POLICY]`: whose first message is taken without asking. */
export async function runContactsPolicy(
  text: string | undefined,
  options: KeystoreOptions,
  output: Output,
): Promise<void> {
  const policy = POLICIES.find((one) => one === text);
  if (text !== undefined && policy === undefined) throw new UsageError(`a policy is one of ${POLICIES.join(', ')}`);
  await using desk = await openDesk(options.keystore);
  if (policy !== undefined) await desk.relay.setContactPolicy(policy);
  const now = policy ?? (await desk.relay.listContacts(null)).policy;
  output.result({ policy: now }, now);
}

export interface VerifyOptions extends KeystoreOptions {
  readonly number?: string;
  readonly undo?: boolean;
}

/** `bildbote contacts verify MAILBOX`: shows the safety number; with `--number` marks the contact as verified in person. */
export async function runContactsVerify(text: string, options: VerifyOptions, output: Output): Promise<void> {
  await using desk = await openDesk(options.keystore);
  const mailboxId = await contactOf(desk, text);
  if (options.undo === true) await unverifyContact(desk, mailboxId);
  else if (options.number !== undefined) await verifyContact(desk, mailboxId, options.number);
  await syncInbox(desk);
  const { account } = desk;
  const number = safetyNumberWith(account, mailboxId);
  const verifiedInPerson = isVerifiedInPerson(account, mailboxId);
  const lines = [addressOf(account, mailboxId) ?? mailboxId, ...numberLines(number.text)];
  if (options.number === undefined && options.undo !== true) lines.push('', encodeQr(number.qrText, 'ascii').trimEnd());
  lines.push('', verifiedText(verifiedInPerson, output));
  output.result(
    {
      mailbox: addressOf(account, mailboxId),
      mailboxId,
      safetyNumber: number.text,
      qrText: number.qrText,
      ...contactJson(account, mailboxId, desk.clock.now()),
    },
    lines.join('\n'),
  );
}

function numberLines(text: string): string[] {
  return [text.slice(0, 35), text.slice(36)];
}

function verifiedText(isVerified: boolean, { language }: Output): string {
  if (isVerified) return language === 'de' ? 'Persönlich geprüft.' : 'Verified in person.';
  return language === 'de'
    ? 'Nicht persönlich geprüft. Mit der Nummer der Gegenseite vergleichen; stimmt sie, mit --number eingeben.'
    : 'Not verified in person. Compare with the other side’s number; if it is the same, enter it with --number.';
}

/** `bildbote contacts accept MAILBOX`: another mailbox stands behind the address; a person decides by the number heard. */
export async function runContactsAccept(
  text: string,
  options: KeystoreOptions & { readonly number?: string },
  output: Output,
): Promise<void> {
  const address = parseMailbox(text);
  await using desk = await openDesk(options.keystore);
  const change = await findAddressChange(desk, address);
  const describe = (mailboxId: MailboxId) => ({
    mailboxId,
    safetyNumber: safetyNumberWith(desk.account, mailboxId).text,
    ...contactJson(desk.account, mailboxId, desk.clock.now()),
  });
  const [before, now] = [describe(change.before), describe(change.now)];
  const accepted = options.number !== undefined;
  if (options.number !== undefined) await acceptAddressChange(desk, change, options.number);
  output.result({ mailbox: address, before, now, accepted }, changeText(before, now, accepted, output));
}

interface Described {
  readonly mailboxId: string;
  readonly safetyNumber: string;
}

function changeText(before: Described, now: Described, accepted: boolean, { language }: Output): string {
  const isGerman = language === 'de';
  const block = (title: string, { mailboxId, safetyNumber }: Described): string[] => [
    title,
    `  ${mailboxId}`,
    ...numberLines(safetyNumber).map((line) => `  ${line}`),
  ];
  const last = accepted
    ? [isGerman ? 'Das neue Postfach gilt ab jetzt.' : 'The new mailbox counts from now on.']
    : [
        isGerman
          ? 'Bei der Praxis anrufen (Nummer nicht aus einer Nachricht) und sich die neue Sicherheitsnummer vorlesen lassen; dann mit --number eingeben.'
          : 'Call the practice (not by a number from a message) and have the new safety number read out; then enter it with --number.',
      ];
  return [
    ...block(isGerman ? 'Bisher:' : 'Before:', before),
    ...block(isGerman ? 'Jetzt:' : 'Now:', now),
    '',
    ...last,
  ].join('\n');
}
