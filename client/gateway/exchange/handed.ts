import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { isNotFound, privateFolder, replaceFile } from '../../node/durable.js';
import { localPatientSchema } from '../patients/local-patients.js';

/** What was decided and done about handing a message to the practice software: a file for each (docs/spec/gdt.md §6). */
const handed = z.strictObject({
  format: z.literal(1),
  /** Whom a person has named; null as long as nobody has. */
  decision: z.strictObject({ patient: localPatientSchema, by: z.string(), atMs: z.number() }).nullable(),
  /** The name that the record's file gets, written before it has it. */
  file: z.string().nullable(),
});
export type Handed = z.output<typeof handed>;

export interface HandedStore {
  of(message: string, target: string): Promise<Handed>;
  /** Durable when it returns. */
  save(message: string, target: string, handed: Handed): Promise<void>;
}

const NOTHING: Handed = { format: 1, decision: null, file: null };

/** @param folder the gateway's data folder */
export async function openHanded(folder: string): Promise<HandedStore> {
  const parent = join(folder, 'exchange');
  await privateFolder(parent);
  const pathOf = (message: string, target: string): string => join(parent, `${target}.${message}.json`);
  return {
    async of(message, target) {
      try {
        return handed.parse(JSON.parse(await readFile(pathOf(message, target), 'utf8')));
      } catch (error) {
        if (isNotFound(error)) return NOTHING;
        throw error;
      }
    },
    save: (message, target, one) =>
      replaceFile(pathOf(message, target), Buffer.from(`${JSON.stringify(one, null, 1)}\n`)),
  };
}
