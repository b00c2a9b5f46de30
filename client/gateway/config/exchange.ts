import * as z from 'zod';
import { duration, folder, name } from '../fields.js';
import { GDT_CHARSETS } from '../gdt/charset.js';

const gdtId = z.string().regex(/^[A-Za-z0-9_]{1,8}$/, 'must be 1 to 8 letters or digits');

/** A folder in which a practice software and its devices leave files for each other, as GDT has it. */
const exchange = z.strictObject({
  name,
  /** Where the practice software looks for what devices hand over. */
  path: folder,
  /** What the practice software calls that folder, for instance `G:\gdt`; it opens reports there. */
  seenAs: z.string().min(1).max(400).optional(),
  /** Where it writes whom somebody works with; without it nobody is known by this way. */
  requests: folder.optional(),
  /** Fields 8316 and 8315. */
  sender: gdtId.default('BILDBOTE'),
  receiver: gdtId.default('PVS'),
  /** Before the ending: `PVS_BILD` gives `PVS_BILD.001`. */
  file: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,40}$/, 'must be letters, digits, - and _')
    .default('PVS_BILD'),
  /** `numbered`: .001 to .999; `single`: .GDT, and the next one when that has been read. */
  files: z.enum(['numbered', 'single']).default('numbered'),
  charset: z.enum(GDT_CHARSETS).default('windows-1252'),
  /** Field 8402. */
  procedure: z
    .string()
    .regex(/^[A-Z]{3,4}[0-9]{2}$/, 'must be like ALLG00')
    .default('ALLG00'),
  /** Who gives the patient numbers, where the practice writes that into its studies. */
  issuer: z.string().max(64).default(''),
  /** A patient counts as one of the practice's for so long after he was worked with. */
  keep: duration.default(30 * 86_400_000),
});

const isUnique = (all: readonly { readonly name: string; readonly path: string; readonly file: string }[]): boolean =>
  new Set(all.map((one) => one.name)).size === all.length &&
  new Set(all.map((one) => `${one.path}\0${one.file}`)).size === all.length;

export const exchangeSchema = z.array(exchange).max(16).default([]).refine(isUnique, 'two have the same name or file');
export type ExchangeConfig = z.output<typeof exchange>;
