import { type MailboxId, toHex } from '../../core/ids.js';
import { reopenWithArchives } from '../../core/archive/reopen.js';
import { type Collection } from '../../core/send/collect.js';
import { reasonText, warningText, type OtherReason } from '../../core/send/reasons.js';
import { type DocumentSource, type PlannedPackage, planPackage } from '../../core/send/plan-package.js';
import {
  type Letter,
  type SendOptions as CoreSendOptions,
  type Sent,
  interruptedMessages,
  newFileId,
  resumeMessage,
  sendMessage,
} from '../../core/send/send.js';
import { deidentifyStudies, reopenDeidentified } from '../../core/send/deidentify.js';
import { type Addressed, lookUpAhead } from '../../core/send/look-up.js';
import { type CollectedStudy } from '../../core/send/study-tree.js';
import { safetyNumberWith } from '../../core/contacts/contacts.js';
import { practiceName } from '../../core/directory/practice-name.js';
import { CoreError } from '../../core/error.js';
import { connectHints } from '../../core/relay/hints.js';
import { addressOf, findLetter } from '../../core/receive/inbox.js';
import { syncInbox } from '../../core/receive/sync.js';
import { collectPaths } from '../../node/collect-thread.js';
import { endPixelThreads } from '../../node/pixels/pixel-cleaner.js';
import { diskFile, reopenDiskSource } from '../../node/disk-source.js';
import { nodeSha256 } from '../../node/node-sha256.js';
import { setAsideOnDisk } from '../../node/set-aside.js';
import { reportAttachments, startReport, writeReport } from '../deidentification-report.js';
import { deidentifiersOf, recipeOf } from '../../node/deidentifier.js';
import { DEFAULT_PURPOSE, loadProfile } from '../../node/named-profile.js';
import { type OpenDesk, openDesk } from '../desk.js';
import { refusalText } from '../refusal-text.js';
import { CliError } from '../failure.js';
import { contactJson, nameText, plain } from '../names.js';
import { type Output } from '../output.js';
import { parseCoding, parseDuration, parseMailbox } from '../parse.js';
import { formatBytes } from '../progress.js';
import { interruptSignal } from '../signal.js';
import { UsageError } from '../usage-error.js';

/** What is written on a message, whatever it carries. */
export interface LetterOptions {
  readonly keystore: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly urgent?: string;
  readonly expires: string;
  readonly replyTo?: string;
}

export interface SendOptions extends LetterOptions {
  readonly report?: string;
  readonly allFiles: boolean;
  readonly sendAgain: boolean;
  readonly coding: string;
  readonly resume: boolean;
  readonly deidentify?: string;
  readonly purpose?: string;
  readonly confirmRisk: boolean;
  readonly withReport?: string;
  readonly wait?: string;
}

interface Skipped {
  readonly path: string;
  readonly reason: OtherReason | 'duplicate';
}

const DAY_MS = 86_400_000;
const MIN_EXPIRY_MS = 10 * DAY_MS;
const MAX_EXPIRY_MS = 365 * DAY_MS;

/** `bildbote send`: everything under PATHS to the recipients; `--resume` goes on with what was interrupted. */
export async function runSend(paths: readonly string[], options: SendOptions, output: Output): Promise<void> {
  assertUsage(paths, options);
  await using desk = await openDesk(options.keystore);
  await using _threads = { [Symbol.asyncDispose]: endPixelThreads };
  const sendOptions: CoreSendOptions = {
    reopen: reopenDeidentified(
      reopenWithArchives(reopenDiskSource, setAsideOnDisk),
      deidentifiersOf(desk.account.content),
    ),
    coding: parseCoding(options.coding),
    known: options.sendAgain ? 'send-again' : 'name',
    signal: interruptSignal(),
    onProgress: ({ bytes, totalBytes }) => output.progress('upload', bytes, totalBytes),
  };
  if (options.resume && (await resumeAll(desk, sendOptions, output))) return;
  if (options.to.length === 0) throw new CliError('resume-nothing');
  const ahead = lookUpAhead(desk, addressedOf(options));
  const { planned, skipped } = await collect(desk, paths, options, output, sendOptions);
  if (planned === null && options.text === '') throw new CoreError('nothing-to-send', 'nothing to send');
  const letter = await letterOf(desk, options);
  const met = new Set(desk.account.state.pins.keys());
  const sent = await sendMessage(desk, letter, planned, { ...sendOptions, ahead });
  await reportSent(desk, await waited(desk, sent, options, sendOptions), { skipped, met }, output);
}

/** A hint may be lost: then ask again after this long. */
const ASK_AGAIN_MS = 15_000;

/** With `--wait`: goes on as soon as a recipient agrees, if he does in time. */
async function waited(desk: OpenDesk, first: Sent, options: SendOptions, core: CoreSendOptions): Promise<Sent> {
  if (first.state === 'sent' || options.wait === undefined) return first;
  const untilMs = desk.clock.now() + parseDuration(options.wait, '--wait');
  using hints = connectHints(desk.relay);
  let sent = first;
  while (sent.state === 'held' && desk.clock.now() < untilMs && core.signal?.aborted !== true) {
    await hints.next(Math.min(ASK_AGAIN_MS, untilMs - desk.clock.now()));
    sent = await resumeMessage(desk, sent.messageId, core);
  }
  return sent;
}

/** Goes on with every interrupted message, oldest first; one that fails does not stop the next. @returns whether there was any */
async function resumeAll(desk: OpenDesk, options: CoreSendOptions, output: Output): Promise<boolean> {
  const interrupted = interruptedMessages(desk.account);
  const failures: unknown[] = [];
  for (const messageId of interrupted) {
    try {
      await reportSent(desk, await resumeMessage(desk, messageId, options), { skipped: [], met: null }, output);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return interrupted.length > 0;
}

function assertUsage(paths: readonly string[], options: SendOptions): void {
  if (options.to.length === 0 && !options.resume) throw new UsageError('send needs at least one --to MAILBOX');
  const isEmpty = paths.length === 0 && options.report === undefined && options.text === '';
  if (isEmpty && !options.resume) throw new UsageError('send needs a PATH, --report or --text');
  // A report or any other file says who the patient is, and nothing here can take it out.
  const asItIs = options.report !== undefined || options.allFiles;
  if (options.deidentify !== undefined && asItIs) {
    throw new UsageError('--deidentify goes with instances only: neither --report nor --all-files');
  }
  if (options.withReport !== undefined && options.deidentify === undefined)
    throw new UsageError('--with-report goes with --deidentify');
  if (options.wait !== undefined) parseDuration(options.wait, '--wait');
  parseCoding(options.coding);
  assertLetterUsage(options);
}

export function assertLetterUsage(options: LetterOptions): void {
  for (const address of [...options.to, ...options.cc, ...options.bcc]) parseMailbox(address);
  expiryOf(options);
  if (options.urgent !== undefined) parseDuration(options.urgent, '--urgent');
}

function addressedOf({ to, cc, bcc }: LetterOptions): Addressed {
  return { to: to.map(parseMailbox), cc: cc.map(parseMailbox), bcc: bcc.map(parseMailbox) };
}

function expiryOf(options: LetterOptions): number {
  const ms = parseDuration(options.expires, '--expires');
  if (ms < MIN_EXPIRY_MS || ms > MAX_EXPIRY_MS) throw new UsageError('--expires: from 10d to 365d');
  return ms;
}

async function collect(
  desk: OpenDesk,
  paths: readonly string[],
  options: SendOptions,
  output: Output,
  { reopen, signal }: CoreSendOptions,
): Promise<{ planned: PlannedPackage | null; skipped: Skipped[] }> {
  const collection = await collectPaths(paths, {
    reopen,
    signal,
    onProgress: ({ bytes }) => output.progress('collect', bytes, null),
  });
  output.progressDone();
  const skipped = skippedOf(collection, options.allFiles);
  const documents = await documentsOf(collection, options);
  if (collection.mixedPatients) output.note(mixedText(collection, output));
  for (const { path, warning } of collection.warnings) {
    output.note(`${plain(path)}: ${warningText(warning, output.language)}`);
  }
  for (const { path, reason } of skipped) {
    output.note(`${skippedText(output)}: ${plain(path)}: ${reasonText(reason, output.language)} (${reason})`);
  }
  const { studies, attachments } = await deidentified(desk, collection, options, output, signal);
  const isEmpty = studies.length === 0 && documents.length === 0;
  return { planned: isEmpty ? null : planPackage(studies, [...documents, ...attachments], newFileId), skipped };
}

/** What goes out of the studies, and the report of it, if the sender wants the recipients to have it. */
interface Prepared {
  readonly studies: readonly CollectedStudy[];
  readonly attachments: readonly DocumentSource[];
}

/** The studies as they go out. @throws CoreError `deidentification-refused` when one instance cannot go out like this */
async function deidentified(
  desk: OpenDesk,
  { studies }: Collection,
  { deidentify, purpose, confirmRisk, withReport }: SendOptions,
  output: Output,
  signal: AbortSignal | undefined,
): Promise<Prepared> {
  if (deidentify === undefined) return { studies, attachments: [] };
  const profile = await loadProfile(deidentify, undefined);
  if (profile.kind === 'unchanged') return { studies, attachments: [] };
  const report = withReport === undefined ? undefined : startReport(profile, 'keystore');
  const recipe = recipeOf(profile, purpose ?? DEFAULT_PURPOSE);
  const result = await deidentifyStudies(studies, {
    deidentifier: deidentifiersOf(desk.account.content)(recipe),
    recipe,
    decision: confirmRisk ? 'confirmed' : 'hold',
    signal,
    onProgress: (bytes) => output.progress('deidentify', bytes, null),
    report: report === undefined ? undefined : { report, createSha256: nodeSha256 },
  });
  output.progressDone();
  for (const { path, reason } of result.blocked) output.note(`${plain(path)}: ${refusalText(reason, output.language)}`);
  if (result.blocked.length > 0) throw new CoreError('deidentification-refused', 'instances cannot be sent like this');
  if (report === undefined || withReport === undefined) return { studies: result.studies, attachments: [] };
  const written = await writeReport(withReport, report.finish());
  return { studies: result.studies, attachments: await reportAttachments(written) };
}

function skippedOf(collection: Collection, allFiles: boolean): Skipped[] {
  const left = allFiles ? collection.skipped : [...collection.others, ...collection.skipped];
  const twice = collection.duplicates.filter((one) => one.kind === 'identical');
  return [
    ...left.map(({ path, reason }) => ({ path, reason })),
    ...twice.map(({ path }) => ({ path, reason: 'duplicate' as const })),
  ];
}

const PDF_MAGIC = '255044462d';

async function documentsOf(collection: Collection, options: SendOptions): Promise<DocumentSource[]> {
  const documents: DocumentSource[] = [];
  if (options.report !== undefined) {
    const source = await diskFile(options.report);
    if (toHex(await source.read(0, 5)) !== PDF_MAGIC) throw new CliError('report-unreadable');
    documents.push({ kind: 'report', source, mediaType: 'application/pdf' });
  }
  if (!options.allFiles) return documents;
  const mediaType = 'application/octet-stream';
  return [...documents, ...collection.others.map(({ source }) => ({ kind: 'attachment' as const, source, mediaType }))];
}

export async function letterOf(desk: OpenDesk, options: LetterOptions): Promise<Letter> {
  const nowMs = desk.clock.now();
  const urgentMs = options.urgent === undefined ? null : parseDuration(options.urgent, '--urgent');
  return {
    ...addressedOf(options),
    subject: options.subject,
    text: options.text,
    replyTo: options.replyTo === undefined ? null : await repliedTo(desk, options.replyTo),
    urgency: urgentMs === null ? null : { deadlineMs: nowMs + urgentMs, reason: '' },
    expiresMs: nowMs + expiryOf(options),
  };
}

async function repliedTo(desk: OpenDesk, text: string): Promise<Letter['replyTo']> {
  await syncInbox(desk);
  const { stored, body } = findLetter(desk.account, text);
  return { messageId: stored.header.messageId, threadId: body.threadId };
}

export interface Around {
  readonly skipped: readonly Skipped[];
  /** Mailboxes that this device had met before; null when that is long ago. */
  readonly met: ReadonlySet<MailboxId> | null;
}

export async function reportSent(desk: OpenDesk, sent: Sent, { skipped, met }: Around, output: Output): Promise<void> {
  output.progressDone();
  const { messageId, payloadIds, instances, studies, bytes, knownFiles, wireBytes } = sent;
  const recipients = await Promise.all(sent.recipients.map((one) => recipientJson(desk, one, met)));
  const type = sent.state;
  const json = { type, messageId, payloadIds, instances, studies, bytes, knownFiles, wireBytes, skipped, recipients };
  const lines = recipients.map((one) => recipientText(desk, one, output));
  output.result(json, [...lines, sentText(sent, output)].join('\n'));
}

async function recipientJson(desk: OpenDesk, { mailboxId, consent }: Sent['recipients'][number], met: Around['met']) {
  const { account, directory, clock } = desk;
  const { status } = await directory.lookup(mailboxId, 1);
  const contact = contactJson(account, mailboxId, clock.now());
  const firstContact = met !== null && !met.has(mailboxId);
  // Shown at first contact, and until then nobody can have compared it.
  const safetyNumber = firstContact && !contact.verifiedInPerson ? safetyNumberWith(account, mailboxId).text : null;
  const mailbox = addressOf(account, mailboxId);
  return { mailbox, mailboxId, verified: status === 'witnessed', ...contact, consent, firstContact, safetyNumber };
}

function recipientText(
  { account, clock }: OpenDesk,
  recipient: Awaited<ReturnType<typeof recipientJson>>,
  { language }: Output,
): string {
  const { mailbox, mailboxId, consent, safetyNumber } = recipient;
  const isGerman = language === 'de';
  const name = nameText(practiceName(account, mailboxId, clock.now()), language);
  const held = isGerman ? ', wartet auf seine Zustimmung' : ', waits for his consent';
  const number = isGerman ? 'Erster Kontakt, Sicherheitsnummer' : 'First contact, safety number';
  const first = safetyNumber === null ? '' : `\n  ${number}: ${safetyNumber}`;
  return `${mailbox ?? mailboxId}  ${name}${consent === 'held' ? held : ''}${first}`;
}

function sentText({ messageId, instances, studies, bytes, knownFiles, state }: Sent, { language }: Output): string {
  const size = formatBytes(bytes, language);
  if (state === 'held') {
    return language === 'de'
      ? `Noch nicht gesendet: niemand hat bisher zugestimmt. Weiter mit \`bildbote send --resume\`. Nachricht ${messageId}`
      : `Not sent yet: nobody has agreed so far. Go on with \`bildbote send --resume\`. Message ${messageId}`;
  }
  const known = knownText(knownFiles, language);
  return language === 'de'
    ? `Gesendet: ${instances} Instanzen in ${studies} Untersuchungen, ${size}${known}. Nachricht ${messageId}`
    : `Sent: ${instances} instances in ${studies} studies, ${size}${known}. Message ${messageId}`;
}

function knownText(files: number, language: Output['language']): string {
  if (files === 0) return '';
  return language === 'de' ? `, davon ${files} schon beim Empfänger` : `, ${files} of them already with the recipient`;
}

function mixedText({ patients }: Collection, { language }: Output): string {
  const names = patients
    .slice(0, 5)
    .map(({ name, id, instances }) => plain(`${name || '?'} [${id || '?'}]: ${instances}`));
  const list = patients.length > names.length ? [...names, '…'].join('; ') : names.join('; ');
  return language === 'de'
    ? `Achtung: Dateien von ${patients.length} Patienten in dieser Sendung: ${list}`
    : `Attention: files of ${patients.length} patients in this send: ${list}`;
}

function skippedText({ language }: Output): string {
  return language === 'de' ? 'Nicht gesendet' : 'Left out';
}
