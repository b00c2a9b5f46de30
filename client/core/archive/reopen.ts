import { CoreError } from '../error.js';
import type { ByteSource, ReopenSource, SetAside } from '../ports.js';
import { archiveItems } from './archive.js';
import { createHeldArchives } from './held.js';
import { createBudget } from './limits.js';
import { parseLocator, type EntryLocator } from './locator.js';
import { ArchiveRefused } from './refusal.js';

/**
 * Finds entries of archives again, and everything else by the shell's own `reopen`. An archive is opened once for all of its entries.
 * @throws CoreError `source-changed` when the archive is gone or is not the one that was collected
 */
export function reopenWithArchives(reopen: ReopenSource, setAside: SetAside | null = null): ReopenSource {
  const archives = new Map<string, Promise<ReadonlyMap<string, ByteSource>>>();
  const held = createHeldArchives(setAside);

  async function find(locator: string): Promise<ByteSource> {
    const entry = parseLocator(locator);
    if (entry === null) return reopen(locator);
    const key = JSON.stringify([entry.kind, entry.archive, entry.archiveBytes]);
    const known = archives.get(key) ?? open(entry);
    archives.set(key, known);
    return (await known).get(locator) ?? gone();
  }

  async function open(entry: EntryLocator): Promise<ReadonlyMap<string, ByteSource>> {
    const archive = await find(entry.archive);
    if (archive.size !== entry.archiveBytes) gone();
    const found = new Map<string, ByteSource>();
    try {
      for await (const item of archiveItems(held.hold(archive), entry.kind, createBudget(archive.size))) {
        if (item.kind === 'source' && item.source.locator !== undefined) found.set(item.source.locator, item.source);
      }
    } catch (error) {
      if (error instanceof ArchiveRefused) gone();
      throw error;
    }
    return found;
  }

  return find;
}

function gone(): never {
  throw new CoreError('source-changed', 'an archive is not the one that was collected');
}
