import { checkRelay } from '../../../server/check/check.js';
import type { Database } from '../../../server/db/open.js';
import type { BlobKey, BlobStore } from '../../../server/blobs/store.js';
import { sweepOrphans } from '../../../server/uploads/sweep.js';
import type { PracticeProcess } from './processes.js';
import type { PracticeReport } from './protocol.js';
import type { Send } from './round.js';
import type { Site } from './site.js';

/** What must be nothing, counted when all is over. */
export interface Verdict {
  /** Promised to its sender and not with a recipient, whole. */
  readonly lost: number;
  /** Letters that a recipient has more than once. */
  readonly duplicated: number;
  /** Called complete, to the recipient or to the sender, and not what was sent. */
  readonly falselyComplete: number;
  /** Marks found at the relay, letters with whom they were not for, and envelopes that somebody else opened. */
  readonly wronglyReadable: number;
  /** Neither arrived nor given up when the time was over. */
  readonly unfinished: number;
  /** Whose sender was told that it is not sent. */
  readonly givenUp: number;
  readonly quarantined: number;
  /** Findings of `relay check`, and bytes of no part after a sweep. */
  readonly findings: readonly string[];
  readonly details: readonly string[];
}

export interface JudgeInput {
  readonly site: Site;
  readonly practices: readonly PracticeProcess[];
  readonly sends: readonly Send[];
  /** Stands in every subject, text, name and file. */
  readonly canary: string;
}

const REPORT_MS = 180_000;
/** Envelopes of others that each practice tries to open. */
const TRIED = 25;

export async function judgeRound({ site, practices, sends, canary }: JudgeInput): Promise<Verdict> {
  const reports: PracticeReport[] = [];
  for (const [i, practice] of practices.entries()) {
    practice.tell({ kind: 'report' });
    const answer = await practice.next('report', REPORT_MS);
    if (answer === null) throw new Error(`practice ${i} does not report`);
    reports.push(answer.report);
  }
  const details: string[] = [];
  const say = (what: string): number => details.push(what) * 0 + 1;
  const verdict = {
    lost: sum(sends, (send) => (send.isPromised ? missing(send, reports, say) : 0)),
    duplicated: sum(sends, (send) => repeated(send, reports, say)),
    falselyComplete: sum(sends, (send) => falselyComplete(send, reports, say)),
    unfinished: sends.filter((send) => send.givenUp === null && !isEverywhere(send, reports)).length,
    givenUp: sends.filter(({ givenUp }) => givenUp !== null).length,
    quarantined: sum(reports, ({ quarantined }) => quarantined.length),
  };
  const misdelivered = sum(sends, (send) => misplaced(send, reports, say));
  const opened = await openedByOthers(site.db, practices);
  await using store = await site.openStore();
  const marks = await marksAt(site, store, canary);
  if (opened + marks > 0) details.push(`opened by others ${opened}, marks at the relay ${marks}`);
  const { findings } = await checkRelay({ db: site.db, blobs: store, depth: 'whole' });
  await sweepOrphans(site.db, store, new Date(Date.now() + 60_000));
  const { counts } = await checkRelay({ db: site.db, blobs: store, depth: 'quick' });
  const left = counts.orphans > 0 ? [`${counts.orphans} orphans left`] : [];
  return {
    ...verdict,
    wronglyReadable: misdelivered + opened + marks,
    findings: [...findings.map(({ kind }) => kind), ...left],
    details: details.slice(0, 20),
  };
}

type Say = (what: string) => number;

function lettersAt(send: Send, report: PracticeReport | undefined) {
  return report?.received.filter(({ subject }) => subject === send.task.subject) ?? [];
}

function isWhole(send: Send, letter: PracticeReport['received'][number]): boolean {
  return letter.isComplete && letter.text === send.task.text && letter.digests.join() === send.digests.join();
}

function isEverywhere(send: Send, reports: readonly PracticeReport[]): boolean {
  return send.to.every((i) => lettersAt(send, reports[i]).some((letter) => isWhole(send, letter)));
}

function missing(send: Send, reports: readonly PracticeReport[], say: Say): number {
  return sum(send.to, (i) => {
    const letters = lettersAt(send, reports[i]);
    if (letters.some((letter) => isWhole(send, letter))) return 0;
    return say(`lost: ${send.task.subject} from ${send.from} to ${i}, letters ${JSON.stringify(letters)}`);
  });
}

function repeated(send: Send, reports: readonly PracticeReport[], say: Say): number {
  return sum(send.to, (i) => {
    const more = lettersAt(send, reports[i]).length - 1;
    return more > 0 ? more * say(`duplicated: ${send.task.subject} at ${i}`) : 0;
  });
}

function falselyComplete(send: Send, reports: readonly PracticeReport[], say: Say): number {
  const wrong = sum(send.to, (i) => {
    const bad = lettersAt(send, reports[i]).filter((letter) => letter.isComplete && !isWhole(send, letter));
    return bad.length > 0 ? say(`falsely complete: ${send.task.subject} at ${i}: ${JSON.stringify(bad)}`) : 0;
  });
  const told = reports[send.from]?.delivered.filter((subject) => subject === send.task.subject).length ?? 0;
  const there = send.to.filter((i) => lettersAt(send, reports[i]).some((letter) => isWhole(send, letter))).length;
  return wrong + (told > there ? say(`delivered said ${told} times of ${there}: ${send.task.subject}`) : 0);
}

function misplaced(send: Send, reports: readonly PracticeReport[], say: Say): number {
  const others = reports.filter((_, i) => !send.to.includes(i));
  return sum(others, (report) => (lettersAt(send, report).length > 0 ? say(`misplaced: ${send.task.subject}`) : 0));
}

/** Each practice tries envelopes that are in other mailboxes. */
async function openedByOthers(db: Database, practices: readonly PracticeProcess[]): Promise<number> {
  const rows = await db('deliveries')
    .join('mailboxes', 'mailboxes.mailbox_id', 'deliveries.mailbox_id')
    .whereNotNull('envelope')
    .orderByRaw('random()')
    .limit(TRIED * practices.length)
    .select<{ address: string; envelope: Buffer }[]>('mailboxes.address', 'envelope');
  let opened = 0;
  for (const [i, practice] of practices.entries()) {
    const foreign = rows.filter(({ address }) => address !== `praxis-${i}@feld.example`).slice(0, TRIED);
    practice.tell({ kind: 'try', envelopes: foreign.map(({ envelope }) => envelope.toString('base64')) });
    const answer = await practice.next('tried', REPORT_MS);
    if (answer === null) throw new Error('a practice does not answer');
    opened += answer.opened;
  }
  return opened;
}

/** The mark in the relay's log, tables and blobs: plain, in hexadecimal, and in base64 at any offset. */
async function marksAt(site: Site, store: BlobStore, canary: string): Promise<number> {
  const spelled = spellings(canary);
  const has = (text: string): boolean => spelled.some((one) => text.includes(one));
  let marks = has(site.log()) ? 1 : 0;
  const { rows } = await site.db.raw<{ rows: { name: string }[] }>(
    `select table_name as name from information_schema.tables where table_schema = 'public'`,
  );
  for (const { name } of rows) {
    // Numbers come as text, bytes in hexadecimal.
    const all = await site.db.raw<{ rows: { row: string }[] }>('select row_to_json(t)::text as row from ?? t', [name]);
    marks += all.rows.filter(({ row }) => has(row)).length;
  }
  const sizes = await site.db('parts').select<{ blob_key: Buffer; bytes: number }[]>('blob_key', 'bytes');
  for (const { blob_key: key, bytes } of sizes) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of store.read(key.toString('hex') as BlobKey, 0, bytes)) chunks.push(Uint8Array.from(chunk));
    if (Buffer.concat(chunks).includes(canary)) marks += 1;
  }
  return marks;
}

function spellings(canary: string): string[] {
  const plain = Buffer.from(canary);
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), plain])
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  );
  return [canary, plain.toString('hex'), Buffer.from(canary, 'utf16le').toString('hex'), ...base64];
}

function sum<T>(list: readonly T[], count: (one: T) => number): number {
  return list.reduce((total, one) => total + count(one), 0);
}
