import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { isNotFound, privateFolder, replaceFile } from '../../node/durable.js';
import { createListeners, type Listeners } from '../part.js';

/** A patient as the practice itself names it. */
export interface LocalPatient {
  readonly patientId: string;
  /** Of the number; empty where the practice says none. */
  readonly issuer: string;
  /** A DICOM PN: `Family^Given`. */
  readonly name: string;
  /** YYYYMMDD, or empty. */
  readonly birthDate: string;
  readonly sex: 'M' | 'F' | 'O' | '';
  /** Of the practice's own order; empty for none. */
  readonly accessionNumber: string;
  readonly source: LocalSource;
}

export const LOCAL_SOURCES = ['pvs', 'gdt', 'worklist', 'pacs', 'person'] as const;
export type LocalSource = (typeof LOCAL_SOURCES)[number];

// eslint-disable-next-line no-control-regex -- these are what is refused
const TYPED = /^[^\u0000-\u001f\u007f\\]*$/;

/** Values that programs of the practice hand over: no longer than DICOM has room for, no backslashes, no control characters. */
const value = (most: number) => z.string().max(most).regex(TYPED);
const number = value(64)
  .transform((text) => text.trim())
  .pipe(z.string().min(1));

export const localPatientFields = {
  patientId: number,
  issuer: value(64).default(''),
  name: value(192).default(''),
  birthDate: z
    .string()
    .regex(/^([0-9]{8})?$/)
    .default(''),
  sex: z.enum(['M', 'F', 'O', '']).default(''),
  accessionNumber: value(16).default(''),
};

export const localPatientSchema = z.strictObject({ ...localPatientFields, source: z.enum(LOCAL_SOURCES) });

/** Patients that programs of the practice have named: whoever is treated now is whom a study that comes may be about. */
export interface LocalPatients {
  /** Replaces the one of this number and issuer. Durable when it returns. */
  offer(patient: LocalPatient, keepMs: number): Promise<void>;
  forget(patientId: string, issuer: string): Promise<void>;
  /** Those whose time is not over. */
  list(): readonly LocalPatient[];
  readonly events: Pick<Listeners<{ readonly kind: 'offered'; readonly patient: LocalPatient }>, 'subscribe'>;
}

const rowSchema = z.strictObject({ patient: localPatientSchema, untilMs: z.number() });
const fileSchema = z.strictObject({ format: z.literal(1), patients: z.array(rowSchema) });
type Row = z.output<typeof rowSchema>;

/** A day's patients of a large practice many times over. */
const MAX_PATIENTS = 20_000;

/** docs/spec/spool.md §8: in `FOLDER/patients/local.json`. */
export async function openLocalPatients(folder: string, now: () => number = Date.now): Promise<LocalPatients> {
  const path = join(folder, 'patients', 'local.json');
  await privateFolder(join(folder, 'patients'));
  const events = createListeners<{ readonly kind: 'offered'; readonly patient: LocalPatient }>();
  let rows = await load(path);
  let tail: Promise<unknown> = Promise.resolve();
  const change = (next: (rows: readonly Row[]) => readonly Row[]): Promise<void> => {
    const mine = tail.then(async () => {
      const kept = next(rows.filter(({ untilMs }) => untilMs > now())).slice(-MAX_PATIENTS);
      await replaceFile(path, Buffer.from(`${JSON.stringify({ format: 1, patients: kept }, null, 1)}\n`));
      rows = kept;
    });
    tail = mine.catch(() => undefined);
    return mine;
  };
  const without = (all: readonly Row[], patientId: string, issuer: string): Row[] =>
    all.filter(({ patient }) => patient.patientId !== patientId || patient.issuer !== issuer);
  return {
    events,
    async offer(patient, keepMs) {
      const row = { patient, untilMs: now() + keepMs };
      await change((all) => [...without(all, patient.patientId, patient.issuer), row]);
      events.publish({ kind: 'offered', patient });
    },
    forget: (patientId, issuer) => change((all) => without(all, patientId, issuer)),
    list: () => rows.filter(({ untilMs }) => untilMs > now()).map(({ patient }) => patient),
  };
}

async function load(path: string): Promise<readonly Row[]> {
  try {
    return fileSchema.parse(JSON.parse(await readFile(path, 'utf8'))).patients;
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}
