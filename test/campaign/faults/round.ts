import { createHash, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { enrolDesk } from '../../support/campaign-desk.js';
import type { DatabaseKind } from '../../support/database.js';
import { createFolder } from '../../support/folder.js';
import { tinyStudy } from '../../support/tiny-study.js';
import { type FaultKind, chooseFault, faultsOf, randomOf } from './faults.js';
import { FAIR } from './line.js';
import { type PracticeProcess, startPractice } from './processes.js';
import type { Answer, Task } from './protocol.js';
import { type Site, type StoreKind, openSite } from './site.js';
import { type Verdict, judgeRound } from './verdict.js';

export interface RoundOptions {
  readonly seed: number;
  readonly sends: number;
  readonly nodes: number;
  /** Practices with a client; one more has a gateway. */
  readonly clients: number;
  readonly database: DatabaseKind;
  readonly store: StoreKind;
  readonly passphrase: string;
  readonly onProgress: (done: number) => void;
}

export interface RoundResult extends Verdict {
  readonly sends: number;
  /** Sends that at least one fault struck between their beginning and their arrival. */
  readonly faulted: number;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly troubles: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** A send, and what the campaign knows of it. */
export interface Send {
  readonly task: Task;
  readonly from: number;
  /** By practice; where it must arrive. */
  readonly to: readonly number[];
  readonly digests: readonly string[];
  begunMs: number;
  endedMs: number | null;
  /** The user, or a program at the gateway's interface, was told that it is on its way. */
  isPromised: boolean;
  isSent: boolean;
  givenUp: string | null;
  arrived: number;
}

const GATEWAYS = 1;
/** Under way at once, for each practice. */
const AT_ONCE = 4;
const DRAIN_MS = 300_000;
const LONGEST_FILE = 140_000;

export async function runRound(options: RoundOptions): Promise<RoundResult> {
  const begun = Date.now();
  const random = randomOf(options.seed);
  const folder = await createFolder();
  const site = await openSite(folder.path, options.database, options.store, options.nodes);
  const canary = `Kanarienvogel-${randomBytes(9).toString('hex')}`;
  const troubles: Record<string, number> = {};
  const practices: PracticeProcess[] = [];
  const addresses = Array.from({ length: options.clients + GATEWAYS }, (_, i) => `praxis-${i}@feld.example`);
  const sends = await makeSends(options, random, folder.path, canary, addresses);
  const bySubject = new Map(sends.map((send) => [send.task.subject, send]));
  const byId = new Map(sends.map((send) => [send.task.id, send]));
  const onAnswer = (answer: Answer): void => {
    if (answer.kind === 'trouble') troubles[answer.code] = (troubles[answer.code] ?? 0) + 1;
    else if (answer.kind === 'complete') arrived(bySubject.get(answer.subject));
    else if (answer.kind === 'given-up') promised(byId.get(answer.id), { givenUp: answer.code });
    else if (answer.kind === 'accepted') promised(byId.get(answer.id), { isPromised: true });
    else if (answer.kind === 'sent') promised(byId.get(answer.id), { isPromised: true, isSent: true });
  };
  try {
    for (const [i, address] of addresses.entries()) {
      const home = join(folder.path, `practice-${i}`);
      const keystore = join(home, 'keystore');
      await enrolDesk({ dataDir: site.dataDir, origin: site.url, address, keystore, passphrase: options.passphrase });
      const kind = i < options.clients ? 'client' : 'gateway';
      practices.push(await startPractice({ kind, keystore, folder: home, passphrase: options.passphrase }, onAnswer));
    }
    const faults = await underFaults(site, practices, random, () => carryOn(options, sends, practices));
    await heal(site, practices);
    await drain(sends, practices);
    const verdict = await judgeRound({ site, practices, sends, canary });
    return {
      ...verdict,
      sends: sends.length,
      faulted: sends.filter((send) => wasStruck(send, faults)).length,
      faults: countOf(faults.map(({ kind }) => kind)),
      troubles,
      seconds: Math.round((Date.now() - begun) / 1_000),
    };
  } finally {
    await Promise.all(practices.map((practice) => practice.end()));
    await site.close();
    await folder.remove();
  }
}

function promised(send: Send | undefined, change: Partial<Pick<Send, 'isPromised' | 'isSent' | 'givenUp'>>): void {
  if (send !== undefined) Object.assign(send, change);
}

function arrived(send: Send | undefined): void {
  if (send === undefined) return;
  send.arrived += 1;
  send.endedMs ??= send.arrived >= send.to.length ? Date.now() : null;
}

async function makeSends(
  { sends: count, seed }: RoundOptions,
  random: () => number,
  folder: string,
  canary: string,
  addresses: readonly string[],
): Promise<Send[]> {
  const made: Send[] = [];
  for (let n = 0; n < count; n++) {
    const from = n % addresses.length;
    const others = addresses.map((_, i) => i).filter((i) => i !== from);
    // One in eight goes to two mailboxes, one in five has no files.
    const first = others[Math.floor(random() * others.length)] ?? 0;
    const second = others.find((i) => i !== first) ?? first;
    const to = random() < 0.125 ? [first, second] : [first];
    const files = random() < 0.2 ? null : join(folder, 'studies', String(n));
    const digests = files === null ? [] : await writeStudy(files, `${seed}.${n}`, canary, random);
    const id = createHash('sha256').update(`${canary} ${n}`).digest('hex').slice(0, 32);
    const task = {
      id,
      ...{ to: to.map((i) => addresses[i] ?? ''), subject: `${canary} ${n}`, text: `Befund ${n} ${canary}`, files },
    };
    const state = { begunMs: 0, endedMs: null, isPromised: false, isSent: false, givenUp: null, arrived: 0 };
    made.push({ task, from, to, digests, ...state });
  }
  return made;
}

async function writeStudy(folder: string, name: string, canary: string, random: () => number): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const digests: string[] = [];
  const write = async (path: string, bytes: Uint8Array): Promise<void> => {
    await writeFile(join(folder, path), bytes);
    digests.push(createHash('sha256').update(bytes).digest('hex'));
  };
  const instances = 1 + Math.floor(random() * 2);
  for (const { sop, bytes } of tinyStudy({ study: name, patientName: canary, instances }))
    await write(`${sop}.dcm`, bytes);
  if (random() < 0.3) {
    const text = Buffer.from(`${canary}\n`.repeat(4));
    await write('brief.txt', Buffer.concat([text, randomBytes(Math.floor(random() * LONGEST_FILE))]));
  }
  return digests.sort();
}

/** Hands out sends, a few at a time to each practice, until all have arrived. What a killed one had is told to it again. */
async function carryOn(
  options: RoundOptions,
  sends: readonly Send[],
  practices: readonly PracticeProcess[],
): Promise<void> {
  const until = Date.now() + 20_000 + options.sends * 15_000;
  for (let reported = 0; Date.now() < until;) {
    handOut(sends, practices);
    const done = sends.filter(isOver).length;
    if (done - reported >= 100) options.onProgress((reported = done));
    if (done === sends.length) return;
    await pause(100);
  }
}

function handOut(sends: readonly Send[], practices: readonly PracticeProcess[]): void {
  for (const [i, practice] of practices.entries()) {
    const mine = sends.filter((send) => send.from === i && !isOver(send)).slice(0, AT_ONCE);
    for (const send of mine) {
      if (send.begunMs === 0) send.begunMs = Date.now();
      if (!send.isSent) practice.tell({ kind: 'task', task: send.task });
    }
  }
}

/** Arrived, or its sender was told that it will not. */
function isOver(send: Send): boolean {
  return (send.isSent && send.arrived >= send.to.length) || send.givenUp !== null;
}

interface Struck {
  readonly kind: FaultKind;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Two faults at a time, one after the other, as long as the action takes. */
async function underFaults(
  site: Site,
  practices: readonly PracticeProcess[],
  random: () => number,
  action: () => Promise<void>,
): Promise<Struck[]> {
  const stage = { site, clients: practices.slice(0, -GATEWAYS), gateways: practices.slice(-GATEWAYS), random };
  const choices = faultsOf(stage);
  const struck: Struck[] = [];
  let isOver = false;
  const goOn = async (): Promise<void> => {
    while (!isOver) {
      await pause(100 + random() * 900);
      const { kind, happen } = chooseFault(choices, random);
      const fromMs = Date.now();
      await happen();
      struck.push({ kind, fromMs, toMs: Date.now() });
    }
  };
  const faults = [goOn(), goOn()];
  await action();
  isOver = true;
  await Promise.all(faults);
  return struck;
}

function wasStruck(send: Send, faults: readonly Struck[]): boolean {
  const end = send.endedMs ?? Number.MAX_SAFE_INTEGER;
  return faults.some(({ fromMs, toMs }) => fromMs <= end && toMs >= send.begunMs);
}

async function heal(site: Site, practices: readonly PracticeProcess[]): Promise<void> {
  site.line.weather(FAIR);
  site.healDatabase();
  if (site.s3 !== null) site.s3.misbehave = null;
  await site.disk?.empty();
  for (const practice of practices) practice.tell({ kind: 'clock', offsetMs: 0 });
}

async function drain(sends: readonly Send[], practices: readonly PracticeProcess[]): Promise<void> {
  for (const until = Date.now() + DRAIN_MS; Date.now() < until && !sends.every(isOver);) {
    handOut(sends, practices);
    await pause(200);
  }
  // Receipts are on their way, and are counted as well.
  await pause(2_000);
}

function countOf(kinds: readonly FaultKind[]): Partial<Record<FaultKind, number>> {
  const counts: Partial<Record<FaultKind, number>> = {};
  for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
