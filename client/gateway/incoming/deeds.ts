import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { privateFolder, replaceFile } from '../../node/durable.js';

/** What has been done with a received message: kept in a file a message (docs/spec/spool.md §5), so that nothing is done twice after a crash. */
export interface Deed {
  /** `pacs` stored in one, `export` written to a folder, `exchange` handed to the practice software, … */
  readonly kind: 'pacs' | 'export' | 'exchange' | 'webhook';
  /** Which PACS, folder, …: a name of the configuration. */
  readonly target: string;
  readonly state: 'working' | 'waiting' | 'done' | 'failed';
  /** Instances that are confirmed there, of how many. */
  readonly instances: number;
  readonly total: number;
  /** SOP Instance UIDs that are confirmed while it is under way. */
  readonly confirmed: readonly string[];
  /** Code of the last failure. */
  readonly code: string | null;
  readonly atMs: number;
}

const count = z.int().min(0);
const deedsSchema = z.strictObject({
  deeds: z.array(
    z.strictObject({
      kind: z.enum(['pacs', 'export', 'exchange', 'webhook']),
      target: z.string(),
      state: z.enum(['working', 'waiting', 'done', 'failed']),
      instances: count,
      total: count,
      confirmed: z.array(z.string()),
      code: z.string().nullable(),
      atMs: count,
    }),
  ),
});

export interface DeedStore {
  of(name: string): readonly Deed[];
  /** Replaces the deed of this kind and target. Durable when it returns. */
  note(name: string, deed: Deed): Promise<void>;
}

export async function openDeedStore(folder: string): Promise<DeedStore> {
  await privateFolder(folder);
  const deeds = new Map<string, readonly Deed[]>();
  for (const file of await readdir(folder)) {
    if (!file.endsWith('.json')) continue;
    const parsed = deedsSchema.safeParse(JSON.parse(await readFile(join(folder, file), 'utf8')));
    if (parsed.success) deeds.set(file.slice(0, -'.json'.length), parsed.data.deeds);
  }
  // One after the other for all: each replaces a whole file.
  let tail: Promise<unknown> = Promise.resolve();
  return {
    of: (name) => deeds.get(name) ?? [],
    note(name, deed) {
      const mine = tail.then(async () => {
        const others = (deeds.get(name) ?? []).filter(
          ({ kind, target }) => kind !== deed.kind || target !== deed.target,
        );
        const next = [...others, deed];
        await replaceFile(join(folder, `${name}.json`), Buffer.from(`${JSON.stringify({ deeds: next }, null, 1)}\n`));
        deeds.set(name, next);
      });
      tail = mine.catch(() => undefined);
      return mine;
    },
  };
}
