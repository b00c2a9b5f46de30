import { createHash } from 'node:crypto';
import * as z from 'zod';
import { toBase64 } from '../../crypto/log/base64.js';

/** docs/spec/audit.md §3: an entry is a line of JSON that names the hash of the one before; its own is over these characters. */

export const NO_ENTRY: Uint8Array = new Uint8Array(32);

export function entryHash(entry: string): Buffer {
  return createHash('sha256').update(entry).digest();
}

export function encodeEntry(seq: number, previous: Uint8Array, at: Date, event: object): string {
  return JSON.stringify({ seq, previous: Buffer.from(previous).toString('hex'), at: at.toISOString(), ...event });
}

const entrySchema = z.looseObject({
  seq: z.number().int().min(1),
  previous: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .transform((hex) => Buffer.from(hex, 'hex')),
  at: z.iso.datetime(),
  kind: z.string(),
});
export type ReadEntry = z.output<typeof entrySchema>;

/** @returns null when it is no entry */
export function readEntry(entry: string): ReadEntry | null {
  try {
    return entrySchema.safeParse(JSON.parse(entry)).data ?? null;
  } catch {
    return null;
  }
}

const prunedSchema = z.looseObject({
  kind: z.literal('audit-pruned'),
  through: z.number().int().min(1),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});

/** What the entry says of those that were deleted before it; null when it says nothing of the kind. */
export function prunedBy(entry: string): { readonly through: number; readonly hash: Buffer } | null {
  const { data } = prunedSchema.safeParse(readEntry(entry));
  return data === undefined ? null : { through: data.through, hash: Buffer.from(data.hash, 'hex') };
}

/** docs/spec/audit.md §4: the text of a checkpoint, as the public log's, under the audit's own name and key. */
export function checkpointText(name: string, size: number, head: Uint8Array): string {
  return `${name}\n${size}\n${toBase64(head)}\n`;
}
