import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { RelayError } from '../error.js';

/**
 * The web client as it was built: a folder with `bundle.json`, which names every file with its SHA-256. All of it is read and
 * held against that list before the relay serves; a file that is not on the list does not exist (docs/web-client.md §3).
 */
export interface WebBundle {
  readonly version: string;
  /** SHA-256 of `bundle.json`, 64 hex digits: what an operator publishes and a practice compares. */
  readonly digest: string;
  /** By path below the origin, without the leading slash. */
  readonly assets: ReadonlyMap<string, WebAsset>;
}

export interface WebAsset {
  readonly bytes: Buffer;
  readonly contentType: string;
}

export const BUNDLE_MANIFEST = 'bundle.json';
export const BUNDLE_PAGE = 'index.html';
const MAX_FILES = 1000;

const manifestSchema = z.object({
  format: z.literal(1),
  version: z.string(),
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

/** @returns null when there is no bundle in `folder` @throws RelayError `config-invalid` when it is not what it says */
export async function loadWebBundle(folder: string): Promise<WebBundle | null> {
  const manifestPath = join(folder, BUNDLE_MANIFEST);
  if (!existsSync(manifestPath)) return null;
  const bytes = await readFile(manifestPath);
  const manifest = parseManifest(bytes);
  const assets = new Map<string, WebAsset>([[BUNDLE_MANIFEST, { bytes, contentType: typeOf(BUNDLE_MANIFEST) }]]);
  for (const [path, sha256] of Object.entries(manifest.files)) {
    const content = await readFile(join(folder, path)).catch((cause: unknown) => {
      throw new RelayError('config-invalid', `the web client is not whole: ${path} is missing`, { cause });
    });
    if (hexDigest(content) !== sha256) {
      throw new RelayError('config-invalid', `the web client is not as it was built: ${path} was altered`);
    }
    assets.set(path, { bytes: content, contentType: typeOf(path) });
  }
  return { version: manifest.version, digest: hexDigest(bytes), assets };
}

function parseManifest(bytes: Buffer): z.infer<typeof manifestSchema> {
  try {
    const manifest = manifestSchema.parse(JSON.parse(bytes.toString('utf8')));
    if (Object.keys(manifest.files).length <= MAX_FILES && BUNDLE_PAGE in manifest.files) return manifest;
  } catch (cause) {
    throw new RelayError('config-invalid', 'the list of the web client cannot be read', { cause });
  }
  throw new RelayError('config-invalid', 'the list of the web client names no page, or too many files');
}

function hexDigest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function typeOf(path: string): string {
  return TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
}

/** Where the build puts it: `dist/web` beside this program's package.json, from source and compiled alike. */
export function builtWebFolder(): string | null {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return join(folder, 'dist', 'web');
  }
  return null;
}
