import * as z from 'zod';
import { duration, folder, name } from '../fields.js';

const outgoing = z.strictObject({
  name,
  path: folder,
  /** What lies there unchanged for so long is whole. */
  quiet: duration.default(10_000),
  /** Files that are neither instances nor PDF: nothing is left out, and nothing sent, that nobody thought of. */
  others: z.enum(['refuse', 'attach', 'leave-out']).default('refuse'),
});

const incoming = z.strictObject({
  name,
  path: folder,
  what: z.enum(['all', 'documents']).default('all'),
});

const isUnique = (all: readonly { readonly name: string; readonly path: string }[]): boolean =>
  new Set(all.map((one) => one.name)).size === all.length && new Set(all.map((one) => one.path)).size === all.length;

/** Watched folders: what lies in one is sent, what has come is put into another. */
export const foldersSchema = z.strictObject({
  outgoing: z.array(outgoing).max(16).default([]).refine(isUnique, 'two have the same name or path'),
  incoming: z.array(incoming).max(16).default([]).refine(isUnique, 'two have the same name or path'),
});

export type OutgoingFolder = z.output<typeof outgoing>;
export type IncomingFolder = z.output<typeof incoming>;
