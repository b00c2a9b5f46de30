import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { GatewayError } from '../error.js';

/**
 * The web client from a folder of this machine, pinned: the configuration names the digest of its list, the list every file
 * (docs/web-client.md §3). All of it is read once and held in memory; one other byte, and nothing is served (attack A30).
 */
export type PinnedBundle = ReadonlyMap<string, PinnedFile>;

export interface PinnedFile {
  readonly bytes: Buffer;
  readonly contentType: string;
}

export const LIST = 'bundle.json';
export const PAGE = 'index.html';
const MAX_FILES = 1000;

const listSchema = z.object({
  format: z.literal(1),
  files: z.record(z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/), z.string()),
});

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json; charset=utf-8',
  svg: 'image/svg+xml',
  wasm: 'application/wasm',
  ttf: 'font/ttf',
};

/** @param digest SHA-256 of the list, 64 hex digits @throws GatewayError `web-not-pinned` */
export async function loadPinnedBundle(folder: string, digest: string): Promise<PinnedBundle> {
  const list = await read(folder, LIST);
  if (sha256(list) !== digest) throw new GatewayError('web-not-pinned', 'the list of the web client is another one');
  const files = new Map<string, PinnedFile>([[LIST, { bytes: list, contentType: typeOf(LIST) }]]);
  for (const [path, expected] of Object.entries(filesOf(list))) {
    const bytes = await read(folder, path);
    if (sha256(bytes) !== expected) throw new GatewayError('web-not-pinned', `${path} is not as it was built`);
    files.set(path, { bytes, contentType: typeOf(path) });
  }
  return files;
}

function filesOf(list: Buffer): Readonly<Record<string, string>> {
  const { files } = listSchema.parse(JSON.parse(list.toString('utf8')));
  if (Object.keys(files).length <= MAX_FILES && PAGE in files) return files;
  throw new GatewayError('web-not-pinned', 'no page, or too many files');
}

async function read(folder: string, path: string): Promise<Buffer> {
  return readFile(join(folder, path)).catch((cause: unknown) => {
    throw new GatewayError('web-not-pinned', `${path} is missing`, { cause });
  });
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function typeOf(path: string): string {
  return TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
}
