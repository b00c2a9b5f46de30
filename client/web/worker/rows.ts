import { type Account } from '../../core/account/account.js';
import { type Plan, type PlanStudy } from '../../core/package/plan.js';
import { type Letter, addressOf, quarantined, receivedLetters, sentLetters } from '../../core/receive/inbox.js';
import { receiptsOf } from '../../core/receive/receipts.js';
import {
  type DocumentView,
  type LetterRow,
  type LetterState,
  type LetterView,
  type ReceiptView,
  type StudyView,
} from '../desk/view.js';
import { studyView } from './study-view.js';

/** Account and arrivals as the page shows them. */

export interface Known {
  stateOf(letter: Letter): LetterState;
  plansOf(letter: Letter): readonly Plan[];
}

/** Newest first. */
export function mailboxRows(account: Account, known: Known): LetterRow[] {
  const received = receivedLetters(account).map((letter) => rowOf(account, letter, 'inbox', known));
  const sent = sentLetters(account).map((letter) => rowOf(account, letter, 'sent', known));
  return [...received, ...sent, ...quarantineRows(account)].sort((a, b) => b.receivedMs - a.receivedMs);
}

function rowOf(account: Account, letter: Letter, folder: LetterRow['folder'], known: Known): LetterRow {
  const { stored, body } = letter;
  const plans = known.plansOf(letter);
  const studies = plans.flatMap((plan) => plan.studies);
  const series = studies.flatMap((study) => study.series);
  return {
    key: folder === 'sent' ? `sent/${letter.key}` : letter.key,
    folder,
    from: letter.from,
    to: addressesOf(account, letter, 'to'),
    isVerified: stored.isWitnessed,
    subject: body.subject,
    receivedMs: stored.acceptedMs,
    expiresMs: stored.expiresMs,
    deadlineMs: body.urgency?.deadlineMs ?? null,
    studies: body.summary.studies,
    instances: body.summary.instances,
    bytes: body.summary.bytes,
    patients: [...new Set(studies.map(({ patient }) => patient.name))],
    modalities: [...new Set(series.map(({ modality }) => modality).filter((modality) => modality !== ''))],
    state: folder === 'sent' ? { kind: 'sent' } : known.stateOf(letter),
    isRead: folder === 'sent' || account.state.receiptsSent.get(letter.key)?.has('opened') === true,
    missing: stored.missing,
    receipts: receiptCounts(account, letter),
  };
}

function receiptCounts(account: Account, letter: Letter): LetterRow['receipts'] {
  const receipts = letter.isOwn ? receiptsOf(account, letter) : [];
  const mailboxes = (kind: string): number =>
    new Set(receipts.filter(({ receipt }) => receipt.kind === kind).map(({ receipt }) => receipt.mailboxId)).size;
  const recipients = letter.stored.header.recipients.length;
  return { delivered: mailboxes('delivered'), opened: mailboxes('opened'), recipients };
}

function addressesOf(account: Account, { stored }: Letter, role: 'to' | 'cc'): string[] {
  return stored.header.recipients
    .filter((recipient) => recipient.role === role)
    .map(({ mailboxId }) => addressOf(account, mailboxId) ?? `${mailboxId.slice(0, 12)}…`);
}

function quarantineRows(account: Account): LetterRow[] {
  return quarantined(account).map((one) => ({
    key: `quarantine/${one.seq}`,
    folder: 'inbox',
    from: null,
    to: [],
    isVerified: false,
    subject: '',
    receivedMs: one.acceptedMs,
    expiresMs: Number.MAX_SAFE_INTEGER,
    deadlineMs: null,
    studies: 0,
    instances: 0,
    bytes: 0,
    patients: [],
    modalities: [],
    state: { kind: 'quarantined', code: one.code },
    isRead: false,
    missing: 0,
    receipts: { delivered: 0, opened: 0, recipients: 0 },
  }));
}

export function letterOf(account: Account, key: string): Letter | null {
  const isSent = key.startsWith('sent/');
  const list = isSent ? sentLetters(account) : receivedLetters(account);
  const wanted = isSent ? key.slice('sent/'.length) : key;
  return list.find((letter) => letter.key === wanted) ?? null;
}

export function letterView(account: Account, letter: Letter, key: string, known: Known, here: string[]): LetterView {
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
    here,
    receiptList: letter.isOwn ? receiptViews(account, letter) : [],
  };
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
