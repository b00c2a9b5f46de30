import { lstat, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { scanSource } from '../../core/dicom/scan.js';
import { diskFile } from '../../node/disk-source.js';
import { isNotFound, replaceFile, syncFolder } from '../../node/durable.js';
import { GatewayError } from '../error.js';
import { copyVerified } from '../folders/export.js';
import { encodeReport } from '../gdt/report.js';
import { type Imports } from '../import/imports.js';
import { type Errand } from '../incoming/errands.js';
import { type Incoming, type ReceivedMessage } from '../incoming/incoming.js';
import { type ReceivedFile } from '../incoming/received-files.js';
import { isPdf } from '../orders/file-kind.js';
import { type Identity, compareIdentities } from '../patients/compare.js';
import { type LocalPatient, type LocalPatients } from '../patients/local-patients.js';
import { type Handed, type HandedStore } from './handed.js';
import { type ExchangeConfig } from '../config/exchange.js';

/** Hands what has come to the practice software: reports as PDF, and a GDT record that says whose they are (docs/spec/gdt.md §5). */

export interface HandOverDeps {
  readonly exchange: ExchangeConfig;
  readonly incoming: Pick<Incoming, 'files'>;
  readonly handed: HandedStore;
  readonly patients: Pick<LocalPatients, 'list'>;
  readonly imports: Pick<Imports, 'of'>;
  /** What a person reads of the sender. */
  readonly nameOf: (message: ReceivedMessage) => string;
}

export function handOverTo(deps: HandOverDeps): Errand {
  const { exchange, incoming, handed } = deps;
  return {
    kind: 'exchange',
    target: exchange.name,
    async run(message, signal) {
      const { instances } = message.letter.body.summary;
      const known = await handed.of(message.name, exchange.name);
      if (known.file !== null) {
        await goOn(deps, message, { ...known, file: known.file });
        return { kind: 'done', instances };
      }
      const files = await incoming.files(message.name);
      const patient = known.decision?.patient ?? (await patientOf(deps, message, files));
      if (typeof patient === 'string') return { kind: 'waits', code: patient };
      signal.throwIfAborted();
      await writeRecord(deps, message, patient, files);
      const file = await freeName(exchange);
      await handed.save(message.name, exchange.name, { ...known, file });
      await place(exchange, message, file);
      return { kind: 'done', instances };
    },
  };
}

type Open = 'patient-unknown' | 'patient-ambiguous';

/** Nobody is guessed: one of the practice's patients fits exactly, or a person has said who it is. */
async function patientOf(
  { imports, patients, exchange }: HandOverDeps,
  { name }: ReceivedMessage,
  files: readonly ReceivedFile[],
): Promise<LocalPatient | Open> {
  const decided = imports.of(name).flatMap(({ decision }) => (decision?.kind === 'assign' ? [decision.patient] : []));
  const [first] = decided;
  if (first !== undefined && decided.every((one) => one.patientId === first.patientId)) return first;
  const named = await identitiesIn(files);
  if (named.length > 1) return 'patient-ambiguous';
  const [identity] = named;
  if (identity === undefined) return 'patient-unknown';
  const fitting = patients
    .list()
    .filter((one) => one.issuer === exchange.issuer && compareIdentities(identity, one) === 'exact');
  const [only] = fitting;
  if (only === undefined) return 'patient-unknown';
  return fitting.length === 1 ? only : 'patient-ambiguous';
}

/** Everybody whom the instances name. */
async function identitiesIn(files: readonly ReceivedFile[]): Promise<Identity[]> {
  const found = new Map<string, Identity>();
  for (const { absolute, sopInstanceUid } of files) {
    if (sopInstanceUid === null) continue;
    const scan = await scanSource(await diskFile(absolute));
    if (scan.kind === 'instance') found.set(JSON.stringify(scan.patient), scan.patient);
  }
  return [...found.values()];
}

const draftName = ({ name }: ReceivedMessage): string => `.bildbote-${name}.tmp`;

/** Reports first: whoever sees the record finds what it names. */
async function writeRecord(
  { exchange, nameOf }: HandOverDeps,
  message: ReceivedMessage,
  patient: LocalPatient,
  files: readonly ReceivedFile[],
): Promise<void> {
  const reports: string[] = [];
  for (const file of files.filter(({ sopInstanceUid }) => sopInstanceUid === null)) {
    if (!(await isPdf(file.absolute))) continue;
    const name = `bildbote-${message.name.slice(0, 16)}-${reports.length + 1}.pdf`;
    await copyVerified(file, join(exchange.path, name));
    reports.push(name);
  }
  const { body, stored, from } = message.letter;
  const [date = '', time = ''] = localTime(new Date(stored.acceptedMs));
  const bytes = encodeReport(
    {
      ...{ sender: exchange.sender, receiver: exchange.receiver, procedure: exchange.procedure, patient, date, time },
      lines: [
        `${nameOf(message)} <${from}>`,
        ...(body.subject === '' ? [] : [body.subject]),
        ...(body.text === '' ? [] : [body.text]),
      ],
      comment: `Bildbote ${message.name.slice(0, 16)}, ${body.summary.instances} Bilder`,
      files: reports.map((name) => ({ format: 'PDF', about: body.subject || 'Befund', path: pathFor(exchange, name) })),
    },
    exchange.charset,
  );
  await replaceFile(join(exchange.path, draftName(message)), bytes, 0o644);
}

/** The day and the hour of the practice, not of Greenwich. */
function localTime(at: Date): [date: string, time: string] {
  const two = (value: number): string => String(value).padStart(2, '0');
  return [
    `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`,
    `${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`,
  ];
}

function pathFor({ path, seenAs = path }: ExchangeConfig, name: string): string {
  const separator = seenAs.includes('\\') || /^[A-Za-z]:/.test(seenAs) ? '\\' : '/';
  return /[\\/]$/.test(seenAs) ? `${seenAs}${name}` : `${seenAs}${separator}${name}`;
}

const MAX_NUMBER = 999;

/** @throws GatewayError `exchange-busy`: the practice software has not read what lies there */
async function freeName({ path, file, files }: ExchangeConfig): Promise<string> {
  const taken = new Set((await readdir(path)).map((name) => name.toLowerCase()));
  const names =
    files === 'single'
      ? [`${file}.GDT`]
      : Array.from({ length: MAX_NUMBER }, (_, at) => `${file}.${String(at + 1).padStart(3, '0')}`);
  // The one after the last that lies there: they are read in their order.
  const last = names.findLastIndex((name) => taken.has(name.toLowerCase()));
  const free = names[last + 1] ?? names.find((name) => !taken.has(name.toLowerCase()));
  if (free === undefined) throw new GatewayError('exchange-busy', 'what lies there has not been read');
  return free;
}

/** After a crash: without the draft the record was placed, and perhaps read. */
async function goOn(
  { exchange, handed }: HandOverDeps,
  message: ReceivedMessage,
  known: Handed & { readonly file: string },
): Promise<void> {
  if (!(await exists(join(exchange.path, draftName(message))))) return;
  // Another record has got the name meanwhile.
  const isTaken = await exists(join(exchange.path, known.file));
  const file = isTaken ? await freeName(exchange) : known.file;
  if (isTaken) await handed.save(message.name, exchange.name, { ...known, file });
  await place(exchange, message, file);
}

async function place({ path }: ExchangeConfig, message: ReceivedMessage, file: string): Promise<void> {
  await rename(join(path, draftName(message)), join(path, file));
  await syncFolder(path);
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
