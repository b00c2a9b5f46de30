import { lstat, mkdir, opendir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile, syncFolder } from '../../node/durable.js';
import { type Entry, openEntry } from '../folders/entries.js';
import { FAILED } from '../folders/drops.js';
import { localPatientOf, REQUEST_TYPES } from '../gdt/patient.js';
import { type GdtRefusal, parseGdt } from '../gdt/record.js';
import { type Log, loggable } from '../log.js';
import { type Part } from '../part.js';
import { type LocalPatients } from '../patients/local-patients.js';
import { type ExchangeConfig } from '../config/exchange.js';

/** Reads whom somebody works with, as the practice software writes it for its devices (docs/spec/gdt.md §4). */
export interface Requests extends Part {
  /** Looks once. */
  look(): Promise<void>;
}

export interface RequestsOptions {
  readonly log: Log;
  readonly exchange: ExchangeConfig & { readonly requests: string };
  readonly patients: Pick<LocalPatients, 'offer'>;
  readonly pollMs?: number;
}

const POLL_MS = 1000;
/** `PRAXBILD.GDT`, `.BDT`, `.001` */
const NAME = /\.(gdt|bdt|[0-9]{3})$/i;
const MAX_BYTES = 1024 * 1024;
/** A file that was the same twice is not being written any more. */
const SETTLED = 2;
/** What is wrong as often as this stays wrong. */
const PATIENCE = 5;

interface State {
  readonly options: RequestsOptions;
  /** How often a file was seen as it is. */
  readonly seen: Map<string, { readonly mark: string; readonly times: number }>;
  read: number;
  refused: number;
  lastFailure: string | null;
}

export function openRequests(options: RequestsOptions): Requests {
  const state: State = { options, seen: new Map(), read: 0, refused: 0, lastFailure: null };
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> | null = null;
  let isStopped = false;
  const look = (): Promise<void> => (running ??= round(state).finally(() => void (running = null)));
  const again = (): void => {
    if (!isStopped) timer = setTimeout(() => void look().then(again), options.pollMs ?? POLL_MS);
  };
  again();
  return {
    name: `requests-${options.exchange.name}`,
    look,
    status: () => ({
      state: isStopped ? 'stopped' : state.lastFailure === null ? 'working' : 'degraded',
      counts: { read: state.read, refused: state.refused },
      lastFailure: state.lastFailure,
    }),
    async [Symbol.asyncDispose]() {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
      await running;
    },
  };
}

/** Never throws: the folder may be on a share that comes and goes. */
async function round(state: State): Promise<void> {
  const { log, exchange } = state.options;
  let failure: string | null = null;
  try {
    const names = await namesIn(exchange);
    for (const name of state.seen.keys()) if (!names.includes(name)) state.seen.delete(name);
    for (const name of names) await lookAt(state, name);
  } catch (error) {
    failure = loggable(error).code ?? 'internal-error';
    if (state.lastFailure !== failure) log.warn({ exchange: exchange.name, ...loggable(error) }, 'requests');
  }
  state.lastFailure = failure;
}

/** What this gateway writes is for the other side. */
async function namesIn({ requests, file }: RequestsOptions['exchange']): Promise<string[]> {
  const own = `${file}.`.toLowerCase();
  const names: string[] = [];
  for await (const entry of await opendir(requests)) {
    if (entry.isFile() && NAME.test(entry.name) && !entry.name.toLowerCase().startsWith(own)) names.push(entry.name);
  }
  return names.sort();
}

async function lookAt(state: State, name: string): Promise<void> {
  const { exchange, patients } = state.options;
  const absolute = join(exchange.requests, name);
  const stats = await lstat(absolute);
  const entry: Entry = { name, absolute, bytes: stats.size, stats };
  const mark = JSON.stringify([stats.size, stats.mtimeMs, stats.ino]);
  const before = state.seen.get(name);
  const times = before?.mark === mark ? before.times + 1 : 1;
  state.seen.set(name, { mark, times });
  if (times < SETTLED || times > PATIENCE || stats.size > MAX_BYTES) return;
  const parsed = parseGdt(await bytesOf(entry), exchange.charset);
  if (parsed.kind === 'refused') {
    if (times === PATIENCE) await refuse(state, name, parsed.reason);
    return;
  }
  const { record } = parsed;
  // For another device, or something that is no request: not ours to take away.
  const receiver = record.fields.find(({ id }) => id === '8315')?.value ?? exchange.sender;
  if (!REQUEST_TYPES.has(record.type) || receiver.toLowerCase() !== exchange.sender.toLowerCase()) return;
  const patient = localPatientOf(record, exchange.issuer);
  if (patient === null) return times === PATIENCE ? refuse(state, name, 'no-patient') : undefined;
  await patients.offer(patient, exchange.keep);
  // As GDT has it, who has read a file removes it.
  await rm(absolute, { force: true });
  state.seen.delete(name);
  state.read += 1;
}

async function bytesOf(entry: Entry): Promise<Uint8Array> {
  await using handle = await openEntry(entry);
  return await handle.readFile();
}

const REASONS: Readonly<Record<GdtRefusal | 'no-patient', readonly [string, string]>> = {
  'too-large': ['Die Datei ist zu groß.', 'The file is too large.'],
  malformed: ['Eine Zeile ist nicht wie in GDT 2.1.', 'A line is not as GDT 2.1 has it.'],
  incomplete: ['Die Datei ist kürzer, als sie selbst sagt.', 'The file is shorter than it says itself.'],
  'several-records': ['Die Datei enthält mehrere Sätze.', 'The file holds several records.'],
  'no-patient': ['Patientennummer oder Name fehlt.', 'The patient number or the name is missing.'],
};

async function refuse(state: State, name: string, reason: GdtRefusal | 'no-patient'): Promise<void> {
  const { exchange, log } = state.options;
  const failed = join(exchange.requests, FAILED);
  await mkdir(failed, { recursive: true });
  const [de, en] = REASONS[reason];
  await replaceFile(
    join(failed, `${name}.reason.txt`),
    Buffer.from(`\ufeff${de}\r\n${en}\r\nCode: ${reason}\r\n`),
    0o644,
  );
  await rename(join(exchange.requests, name), join(failed, name));
  await syncFolder(failed);
  state.seen.delete(name);
  state.refused += 1;
  log.warn({ exchange: exchange.name, code: reason }, 'request refused');
}
