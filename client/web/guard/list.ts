import { type BundleView } from '../desk/guard.js';

/** The list of a bundle: every file with its SHA-256. */
export interface BundleList extends BundleView {
  readonly files: ReadonlyMap<string, string>;
}

const PATH = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;
const DIGEST = /^[0-9a-f]{64}$/;
const MAX_LIST_BYTES = 1024 * 1024;
const MAX_FILES = 1000;
const PAGE = 'index.html';

/** @returns null for anything that is not such a list */
export async function readList(bytes: Uint8Array<ArrayBuffer>): Promise<BundleList | null> {
  if (bytes.length > MAX_LIST_BYTES) return null;
  const value = parsed(bytes);
  if (value?.format !== 1 || typeof value.version !== 'string' || value.version.length > 100) return null;
  if (typeof value.files !== 'object' || value.files === null) return null;
  const entries = Object.entries(value.files);
  const isFit = entries.every(([path, digest]) => PATH.test(path) && typeof digest === 'string' && DIGEST.test(digest));
  if (!isFit || entries.length > MAX_FILES) return null;
  const files = new Map(entries as [string, string][]);
  return files.has(PAGE) ? { version: value.version, digest: await sha256(bytes), files } : null;
}

function parsed(bytes: Uint8Array): { format?: unknown; version?: unknown; files?: unknown } | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null;
  }
}

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Paths under which the relay shows the page. */
const PAGE_PATHS = ['/', '/enrol', '/pair', '/recover'];

/** The file of the list that an address asks for; null for everything that is none: the relay's own routes, the list itself. */
export function fileAt({ files }: BundleList, pathname: string): string | null {
  if (PAGE_PATHS.includes(pathname)) return PAGE;
  const path = pathname.slice(1);
  return path.startsWith('assets/') && files.has(path) ? path : null;
}

export function addressOf(path: string): string {
  return path === PAGE ? '/' : `/${path}`;
}
