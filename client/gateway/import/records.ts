import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { privateFolder, replaceFile } from '../../node/durable.js';
import { localPatientSchema } from '../patients/local-patients.js';

/** What is known, and what was decided, about the patient of a received study: a file a message (docs/spec/spool.md §7). */

const incoming = z.strictObject({
  patientId: z.string(),
  name: z.string(),
  birthDate: z.string(),
  sex: z.string(),
  accessionNumber: z.string(),
  /** Instances of the study do not agree about whom they show. */
  isMixed: z.boolean(),
});

export const decisionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('assign'), patient: localPatientSchema, by: z.string(), atMs: z.number() }),
  z.strictObject({ kind: z.literal('as-signed'), by: z.string(), atMs: z.number() }),
  z.strictObject({ kind: z.literal('refuse'), by: z.string(), atMs: z.number() }),
]);

const verdict = z.enum(['exact', 'probable', 'none']);

const record = z.strictObject({
  pacs: z.string(),
  studyInstanceUid: z.string(),
  instances: z.int(),
  incoming,
  verdict,
  /** Best first. */
  candidates: z.array(z.strictObject({ patient: localPatientSchema, verdict })),
  comparedMs: z.number(),
  decision: decisionSchema.nullable(),
});
const fileSchema = z.strictObject({ format: z.literal(1), imports: z.array(record) });

export type IncomingPatient = z.output<typeof incoming>;
export type Decision = z.output<typeof decisionSchema>;
export type ImportRecord = z.output<typeof record>;

export interface ImportStore {
  of(message: string): readonly ImportRecord[];
  /** By name of the message. */
  all(): ReadonlyMap<string, readonly ImportRecord[]>;
  /** Replaces the record of this PACS and study. Durable when it returns. */
  save(message: string, record: ImportRecord): Promise<void>;
}

export async function openImportStore(folder: string): Promise<ImportStore> {
  await privateFolder(folder);
  const records = await loadImports(folder);
  let tail: Promise<unknown> = Promise.resolve();
  return {
    of: (message) => records.get(message) ?? [],
    all: () => records,
    save(message, changed) {
      const mine = tail.then(async () => {
        const { pacs, studyInstanceUid } = changed;
        const others = (records.get(message) ?? []).filter(
          (one) => one.pacs !== pacs || one.studyInstanceUid !== studyInstanceUid,
        );
        const imports = [...others, changed];
        const text = `${JSON.stringify({ format: 1, imports }, null, 1)}\n`;
        await replaceFile(join(folder, `${message}.json`), Buffer.from(text));
        records.set(message, imports);
      });
      tail = mine.catch(() => undefined);
      return mine;
    },
  };
}

/** The command line reads the same files. What cannot be read is left for a person, and decided anew. */
export async function loadImports(folder: string): Promise<Map<string, readonly ImportRecord[]>> {
  const records = new Map<string, readonly ImportRecord[]>();
  for (const file of await readdir(folder)) {
    const name = /^([0-9a-f]{32}(?:-[0-9a-f]{16})?)\.json$/.exec(file)?.[1];
    if (name === undefined) continue;
    const parsed = fileSchema.safeParse(await jsonOf(join(folder, file)));
    if (parsed.success) records.set(name, parsed.data.imports);
  }
  return records;
}

async function jsonOf(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
