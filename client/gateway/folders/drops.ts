import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Address, parseAddress } from '../../core/ids.js';
import { isNotFound } from '../../node/durable.js';
import { type Entry, entriesBelow, fingerprint, isJunk, isUnfinished } from './entries.js';
import { DropRefused } from './refusal.js';

/** What becomes one message: a folder, or the files that lie loose beside each other (docs/spec/watched-folders.md §2). */
export interface Drop {
  /** The same as long as it lies there. */
  readonly key: string;
  /** What a person calls it. */
  readonly name: string;
  readonly recipient: DropRecipient;
  /** The folder that it lies in, below the watched one; empty for that itself. */
  readonly place: string;
  /** Names of files that lie loose; empty for a folder of the drop's name. */
  readonly loose: readonly string[];
  /** Of all files in it; null while something in it is being written. */
  readonly fingerprint: string | null;
}

export type DropRecipient =
  | { readonly kind: 'folder'; readonly address: Address }
  /** It looks like an address and is none: not to be sent anywhere else by accident. */
  | { readonly kind: 'unknown' }
  /** The sidecar says, or the rules. */
  | { readonly kind: 'open' };

export const HIDDEN = '.bildbote';
export const FAILED = 'failed';

/** @throws what the file system says of `root` itself */
export async function findDrops(root: string): Promise<Drop[]> {
  const { folders, files } = await listed(root);
  const drops = [...(await looseDrop(root, '', { kind: 'open' }, files))];
  for (const name of folders.filter((one) => one !== FAILED)) {
    const recipient = recipientOf(name);
    if (recipient.kind === 'folder') drops.push(...(await dropsIn(join(root, name), name, recipient)));
    else drops.push(...(await folderDrop(root, '', name, recipient)));
  }
  return drops;
}

function recipientOf(name: string): DropRecipient {
  if (!name.includes('@')) return { kind: 'open' };
  try {
    return { kind: 'folder', address: parseAddress(name) };
  } catch {
    return { kind: 'unknown' };
  }
}

async function dropsIn(folder: string, place: string, recipient: DropRecipient): Promise<Drop[]> {
  const { folders, files } = await listed(folder);
  const drops = [...(await looseDrop(folder, place, recipient, files))];
  for (const name of folders) drops.push(...(await folderDrop(folder, place, name, recipient)));
  return drops;
}

/** A link counts as a file: it is taken as it is, and refused. */
async function listed(folder: string): Promise<{ readonly folders: string[]; readonly files: string[] }> {
  const [folders, files]: [string[], string[]] = [[], []];
  for await (const entry of await opendir(folder)) {
    if (!isJunk(entry.name)) (entry.isDirectory() ? folders : files).push(entry.name);
  }
  return { folders: folders.sort(), files: files.sort() };
}

async function folderDrop(parent: string, place: string, name: string, recipient: DropRecipient): Promise<Drop[]> {
  const absolute = join(parent, name);
  const mark = await markOf(() => entriesBelow(absolute));
  // Somebody has just made it, or it has just gone.
  if (mark === '') return [];
  return [{ key: JSON.stringify([place, name]), name, recipient, place, loose: [], fingerprint: mark }];
}

async function looseDrop(
  folder: string,
  place: string,
  recipient: DropRecipient,
  files: readonly string[],
): Promise<Drop[]> {
  if (files.length === 0) return [];
  const mark = await markOf(() => Promise.all(files.map((name) => looseEntry(folder, name))));
  if (mark === '') return [];
  const [name = ''] = files;
  return [{ key: JSON.stringify([place]), name, recipient, place, loose: files, fingerprint: mark }];
}

async function looseEntry(folder: string, name: string): Promise<Entry> {
  const absolute = join(folder, name);
  const stats = await lstat(absolute);
  return { name, absolute, bytes: stats.size, stats };
}

/** @returns null while somebody writes, '' where there is nothing */
async function markOf(list: () => Promise<Entry[]>): Promise<string | null> {
  try {
    const entries = await list();
    if (entries.some(({ name }) => isUnfinished(name))) return null;
    return entries.length === 0 ? '' : fingerprint(entries);
  } catch (error) {
    // It is taken all the same, and refused with the reason.
    if (error instanceof DropRefused) return `${error.code} ${error.files.join('/')}`;
    if (isNotFound(error)) return '';
    throw error;
  }
}
