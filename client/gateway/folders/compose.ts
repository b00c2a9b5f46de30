import { basename, extname } from 'node:path';
import { type FileHandle } from 'node:fs/promises';
import * as z from 'zod';
import { type Address } from '../../core/ids.js';
import { scanSource } from '../../core/dicom/scan.js';
import { diskFile } from '../../node/disk-source.js';
import { GatewayError } from '../error.js';
import { contentFields, type LetterOrder, orderedRequest } from '../orders/order.js';
import { type JobRequest } from '../outgoing/job.js';
import { ruleForFiles } from '../rules/route.js';
import { type Rule } from '../rules/rules.js';
import { type NewSpoolFile } from '../spool/draft.js';
import { type Claim } from './claim.js';
import { type Entry, openEntry } from './entries.js';
import { DropRefused } from './refusal.js';
import { type OutgoingFolder } from '../config/folders.js';

/** What the files of a drop are, and what is asked for with them. */

export const SIDECAR = 'message.json';
const MAX_SIDECAR_BYTES = 1024 * 1024;
const sidecarSchema = z.strictObject({
  ...contentFields,
  others: z.enum(['refuse', 'attach', 'leave-out']).optional(),
});
type Sidecar = z.output<typeof sidecarSchema>;

/** docs/spec/watched-folders.md §4. @returns an empty one where none lies @throws DropRefused `sidecar-invalid`, with the wrong fields */
export async function readSidecar(entries: readonly Entry[]): Promise<Sidecar> {
  const entry = entries.find(({ name }) => name.toLowerCase() === SIDECAR);
  if (entry === undefined) return sidecarSchema.parse({});
  if (entry.bytes > MAX_SIDECAR_BYTES) throw new DropRefused('sidecar-invalid', [entry.name]);
  await using handle = await openEntry(entry);
  const bytes = await handle.readFile();
  const parsed = sidecarSchema.safeParse(jsonOf(bytes));
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys : [issue.path.join('.')],
  );
  throw new DropRefused(
    'sidecar-invalid',
    fields.filter((one) => one !== '').map((one) => `${entry.name}: ${one}`),
  );
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch {
    return null;
  }
}

export interface DropFile {
  readonly entry: Entry;
  readonly file: NewSpoolFile;
}

const TYPES: Readonly<Record<string, string>> = {
  '.txt': 'text/plain',
  '.xml': 'application/xml',
  '.json': 'application/json',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.tif': 'image/tiff',
  '.tiff': 'image/tiff',
};
const MAGIC_BYTES = 132;

/** The first PDF is the report. @throws DropRefused `file-unknown` */
export async function filesOf(entries: readonly Entry[], others: OutgoingFolder['others']): Promise<DropFile[]> {
  const files: DropFile[] = [];
  const unknown: string[] = [];
  for (const entry of entries.filter(({ name }) => name.toLowerCase() !== SIDECAR)) {
    const name = basename(entry.name);
    const kind = await kindOf(entry);
    if (kind === 'instance') files.push({ entry, file: { kind, name: 'instance', mediaType: 'application/dicom' } });
    else if (kind === 'pdf') {
      const isFirst = files.every((one) => one.file.kind !== 'report');
      files.push({ entry, file: { kind: isFirst ? 'report' : 'attachment', name, mediaType: 'application/pdf' } });
    } else if (others === 'attach') {
      const mediaType = TYPES[extname(name).toLowerCase()] ?? 'application/octet-stream';
      files.push({ entry, file: { kind: 'attachment', name, mediaType } });
    } else unknown.push(entry.name);
  }
  if (unknown.length > 0 && others === 'refuse') throw new DropRefused('file-unknown', unknown);
  return files;
}

async function kindOf(entry: Entry): Promise<'instance' | 'pdf' | 'other'> {
  {
    await using handle = await openEntry(entry);
    const head = await firstBytes(handle);
    if (head.subarray(128).toString('latin1') === 'DICM') return 'instance';
    if (head.toString('latin1', 0, 5) === '%PDF-') return 'pdf';
  }
  // Without a preamble it may be an instance all the same.
  const scan = await scanSource(await diskFile(entry.absolute));
  return scan.kind === 'instance' ? 'instance' : 'other';
}

async function firstBytes(handle: FileHandle): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAGIC_BYTES), 0, MAGIC_BYTES, 0);
  return buffer.subarray(0, bytesRead);
}

export interface Composition {
  readonly folder: OutgoingFolder;
  readonly rules: readonly Rule[];
  readonly expiresMs: number;
}

/** @throws DropRefused `recipient-conflict`, `recipient-unknown`, `recipient-missing`, `nothing-to-send` */
export async function requestFor(
  claim: Claim,
  sidecar: Sidecar,
  files: readonly DropFile[],
  { folder, rules, expiresMs }: Composition,
): Promise<JobRequest> {
  if (files.length === 0 && sidecar.text === '') throw new DropRefused('nothing-to-send');
  const order: LetterOrder = { ...sidecar, to: recipientsOf(claim, sidecar) };
  const rule = order.to.length > 0 ? null : await ruleFor(files, rules);
  return orderedRequest(order, rule, expiresMs, {
    source: { kind: 'folder', name: folder.name },
    // The claim's files do not change: its id alone says that it is the same request.
    idempotency: { scope: 'folder', key: claim.id, digest: 'drop' },
    forwards: null,
  });
}

function recipientsOf({ about: { recipient } }: Claim, { to }: Sidecar): Address[] {
  switch (recipient.kind) {
    case 'open':
      return to;
    case 'unknown':
      throw new DropRefused('recipient-unknown');
    case 'folder':
      // Two who both say who gets it: one of them is a mistake.
      if (to.length > 0) throw new DropRefused('recipient-conflict');
      return [recipient.address as Address];
  }
}

async function ruleFor(files: readonly DropFile[], rules: readonly Rule[]): Promise<Rule> {
  const instances = files.filter(({ file }) => file.kind === 'instance').map(({ entry }) => entry.absolute);
  try {
    return await ruleForFiles(rules, instances, { source: 'folder', calledAe: '', callingAe: '' });
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'recipient-missing') throw new DropRefused('recipient-missing');
    throw error;
  }
}
