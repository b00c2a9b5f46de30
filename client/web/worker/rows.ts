import { type Account } from '../../core/account/account.js';
import { type Work } from '../../core/account/own-state.js';
import { practiceName } from '../../core/directory/practice-name.js';
import { type Plan, type PlanStudy } from '../../core/package/plan.js';
import {
  type Letter,
  addressOf,
  quarantined,
  receivedLetters,
  removed,
  sentLetters,
} from '../../core/receive/inbox.js';
import { receiptsOf } from '../../core/receive/receipts.js';
import { membersOf, workOf } from '../../core/work/reading.js';
import {
  type DocumentView,
  type ImportView,
  type LetterRow,
  type LetterState,
  type LetterView,
  type ReceiptView,
  type StudyView,
  type ThreadEntry,
  type WorkView,
} from '../desk/view.js';
import { markView } from './mark-view.js';
import { type SearchIndex, factsOf } from './search-index.js';
import { studyView } from './study-view.js';

/** Account and arrivals as the page shows them. */

export interface Known {
  stateOf(letter: Letter): LetterState;
  plansOf(letter: Letter): readonly Plan[];
  readonly index: SearchIndex;
}

/** Newest first. */
export function mailboxRows(account: Account, known: Known): LetterRow[] {
  const received = receivedLetters(account).map((letter) => rowOf(account, letter, 'inbox', known));
  const sent = sentLetters(account).map((letter) => rowOf(account, letter, 'sent', known));
  return [...received, ...sent, ...quarantineRows(account), ...removedRows(account)].sort(
    (a, b) => b.receivedMs - a.receivedMs,
  );
}

function rowOf(account: Account, letter: Letter, folder: LetterRow['folder'], known: Known): LetterRow {
  const { stored, body } = letter;
  const facts = known.index.factsOf(letter.key) ?? factsOf(known.plansOf(letter));
  const work = workOf(account, letter);
  return {
    key: folder === 'sent' ? `sent/${letter.key}` : letter.key,
    folder,
    from: letter.from,
    to: addressesOf(account, letter, 'to'),
    isVerified: stored.isWitnessed,
    practice: practiceOf(account, letter),
    threadId: body.threadId,
    assignee: work.assignee,
    isDone: work.done !== null,
    isWithdrawn: letter.isOwn && account.state.withdrawals.has(stored.header.messageId),
    notes: work.notes.length,
    imports: importViews(account, work),
    subject: body.subject,
    receivedMs: stored.acceptedMs,
    expiresMs: stored.expiresMs,
    deadlineMs: body.urgency?.deadlineMs ?? null,
    studies: body.summary.studies,
    instances: body.summary.instances,
    bytes: body.summary.bytes,
    patients: facts.patients,
    modalities: facts.modalities,
    state: folder === 'sent' ? { kind: 'sent' } : known.stateOf(letter),
    isRead: folder === 'sent' || account.state.receiptsSent.get(letter.key)?.has('opened') === true,
    missing: stored.missing,
    receipts: receiptCounts(account, letter),
  };
}

/** By a registrar's word that counts now; of what was sent, the first recipient's. */
export function practiceOf(account: Account, { stored, isOwn }: Letter): string | null {
  const own = account.content.mailboxId;
  const { sender, recipients } = stored.header;
  const other = isOwn ? recipients.find(({ mailboxId }) => mailboxId !== own)?.mailboxId : sender.mailboxId;
  const name = other === undefined ? null : practiceName(account, other, Date.now());
  return name?.isVerified === true ? name.name : null;
}

function receiptCounts(account: Account, letter: Letter): LetterRow['receipts'] {
  const receipts = letter.isOwn ? receiptsOf(account, letter) : [];
  const mailboxes = (kind: string): number =>
    new Set(receipts.filter(({ receipt }) => receipt.kind === kind).map(({ receipt }) => receipt.mailboxId)).size;
  return {
    delivered: mailboxes('delivered'),
    opened: mailboxes('opened'),
    imported: mailboxes('imported'),
    recipients: letter.stored.header.recipients.length,
  };
}

function addressesOf(account: Account, { stored }: Letter, role: 'to' | 'cc'): string[] {
  return stored.header.recipients
    .filter((recipient) => recipient.role === role)
    .map(({ mailboxId }) => addressOf(account, mailboxId) ?? `${mailboxId.slice(0, 12)}…`);
}

/** Nothing is known of them but that they were there: no row opens, and none counts as unread. */
function unopenedRow(key: string, receivedMs: number, state: LetterState): LetterRow {
  return {
    key,
    folder: 'inbox',
    from: null,
    to: [],
    isVerified: false,
    practice: null,
    threadId: '',
    assignee: null,
    isDone: false,
    isWithdrawn: false,
    notes: 0,
    imports: [],
    subject: '',
    receivedMs,
    expiresMs: Number.MAX_SAFE_INTEGER,
    deadlineMs: null,
    studies: 0,
    instances: 0,
    bytes: 0,
    patients: [],
    modalities: [],
    state,
    isRead: state.kind !== 'quarantined',
    missing: 0,
    receipts: { delivered: 0, opened: 0, imported: 0, recipients: 0 },
  };
}

function quarantineRows(account: Account): LetterRow[] {
  return quarantined(account).map(({ seq, acceptedMs, code }) =>
    unopenedRow(`quarantine/${seq}`, acceptedMs, { kind: 'quarantined', code }),
  );
}

function removedRows(account: Account): LetterRow[] {
  return removed(account).map(({ seq, acceptedMs, why }) => unopenedRow(`removed/${seq}`, acceptedMs, { kind: why }));
}

export function letterOf(account: Account, key: string): Letter | null {
  const isSent = key.startsWith('sent/');
  const list = isSent ? sentLetters(account) : receivedLetters(account);
  const wanted = isSent ? key.slice('sent/'.length) : key;
  return list.find((letter) => letter.key === wanted) ?? null;
}

/** What is asked for beside the account: files that lie here, and who sealed them. */
type Asked = Pick<LetterView, 'here' | 'origin'>;

export function letterView(account: Account, letter: Letter, key: string, known: Known, asked: Asked): LetterView {
  const row = rowOf(account, letter, key.startsWith('sent/') ? 'sent' : 'inbox', known);
  const plans = known.plansOf(letter);
  return {
    ...row,
    messageId: letter.stored.header.messageId,
    text: letter.body.text,
    member: letter.body.member.label,
    cc: addressesOf(account, letter, 'cc'),
    documents: plans.flatMap(documentsOf),
    studyList: plans.flatMap((plan) => plan.studies.map(studyOf)),
    ...asked,
    receiptList: letter.isOwn ? receiptViews(account, letter) : [],
    work: workView(account, letter),
    thread: threadOf(account, letter),
    members: membersOf(account),
  };
}

function workView(account: Account, letter: Letter): WorkView {
  const { assignee, assigned, done, notes } = workOf(account, letter);
  return {
    assignee,
    assigned: assigned === null ? null : markView(account, assigned),
    done: done === null ? null : markView(account, done),
    notes: notes.map((note) => ({ ...markView(account, note), text: note.text })),
  };
}

function importViews(account: Account, { imports }: Work): ImportView[] {
  return [...imports].map(([pacs, { asked, stored }]) => ({
    pacs,
    asked: asked === null ? null : markView(account, asked),
    stored: stored === null ? null : { ...markView(account, stored), instances: stored.instances, total: stored.total },
  }));
}

function threadOf(account: Account, letter: Letter): ThreadEntry[] {
  return allLetters(account)
    .filter(({ key, letter: other }) => other.body.threadId === letter.body.threadId && key !== keyOf(letter))
    .map(({ key, folder, letter: other }) => {
      return { key, folder, from: other.from, subject: other.body.subject, receivedMs: other.stored.acceptedMs };
    })
    .sort((a, b) => a.receivedMs - b.receivedMs);
}

function keyOf(letter: Letter): string {
  return letter.isOwn ? `sent/${letter.key}` : letter.key;
}

/** A message to oneself is in both folders. */
export function allLetters(account: Account): { key: string; folder: LetterRow['folder']; letter: Letter }[] {
  return [
    ...receivedLetters(account).map((letter) => ({ key: letter.key as string, folder: 'inbox' as const, letter })),
    ...sentLetters(account).map((letter) => ({ key: `sent/${letter.key}`, folder: 'sent' as const, letter })),
  ];
}

function documentsOf(plan: Plan): DocumentView[] {
  return plan.documents.map(({ fileId, kind, name, mediaType, size }) => ({ fileId, kind, name, mediaType, size }));
}

function studyOf(study: PlanStudy): StudyView {
  return studyView(study, ({ fileId, size, instanceNumber, frames, sopInstanceUid, sopClassUid }) => {
    return { fileId, size, number: instanceNumber, frames, sopInstanceUid, sopClassUid };
  });
}

function receiptViews(account: Account, letter: Letter): ReceiptView[] {
  return receiptsOf(account, letter)
    .map(({ receipt, from, agrees }) => ({
      kind: receipt.kind,
      from,
      member: receipt.member.label,
      timeMs: receipt.timeMs,
      instances: receipt.instances,
      total: receipt.total,
      agrees,
    }))
    .sort((a, b) => a.timeMs - b.timeMs);
}
