import { archiveItems, archiveKind, type ArchiveItem, type ArchiveKind } from '../archive/archive.js';
import { createHeldArchives, type HeldArchives } from '../archive/held.js';
import { createBudget, MAX_NESTING, type ArchiveBudget } from '../archive/limits.js';
import { ArchiveRefused } from '../archive/refusal.js';
import { scanSource, type ScanResult } from '../dicom/scan.js';
import { throwIfAborted } from '../error.js';
import type { ByteSource, SetAside, SourceTree } from '../ports.js';
import { mapOrdered } from './concurrency.js';
import type { OtherReason } from './reasons.js';

export type Scanned =
  | { readonly kind: 'scanned'; readonly source: ByteSource; readonly result: ScanResult }
  /** `source` is null where not even the bytes can be had. */
  | {
      readonly kind: 'refused';
      readonly source: ByteSource | null;
      readonly path: string;
      readonly reason: OtherReason;
    };

/** Sources scanned at a time: enough to hide the latency of a disk or a share. */
const SCANS_AT_ONCE = 8;

interface Level {
  readonly depth: number;
  readonly held: HeldArchives;
  /** Of the archive that the user gave; null outside of archives. */
  readonly budget: ArchiveBudget | null;
  readonly signal: AbortSignal | undefined;
}

/** Every source of the tree and of the archives in it, scanned, in order. @throws CoreError `aborted` */
export async function* scanTree(
  tree: SourceTree,
  signal: AbortSignal | undefined,
  setAside: SetAside | null = null,
): AsyncGenerator<Scanned, void, undefined> {
  yield* scanItems(asItems(tree), { depth: 0, held: createHeldArchives(setAside), budget: null, signal });
}

async function* asItems(tree: SourceTree): AsyncGenerator<ArchiveItem, void, undefined> {
  for await (const source of tree) yield { kind: 'source', source };
}

type Looked = Scanned | { readonly kind: 'archive'; readonly source: ByteSource; readonly archive: ArchiveKind };

async function* scanItems(items: AsyncIterable<ArchiveItem>, level: Level): AsyncGenerator<Scanned, void, undefined> {
  const looks = mapOrdered(items, SCANS_AT_ONCE, (item) => look(item, level));
  for await (const looked of looks) {
    throwIfAborted(level.signal);
    if (looked.kind === 'archive') yield* lookInto(looked.source, looked.archive, level);
    else yield looked;
  }
}

async function look(item: ArchiveItem, { signal }: Level): Promise<Looked> {
  throwIfAborted(signal);
  if (item.kind === 'refused') return { ...item, source: null };
  const { source } = item;
  const result = await scanSource(source);
  // DICOM first: a file that is both is one for every reader of DICOM.
  if (result.kind === 'other' && result.reason === 'not-dicom') {
    const archive = await archiveKind(source).catch(() => null);
    if (archive !== null) return { kind: 'archive', source, archive };
  }
  if ((await source.check?.()) === 'damaged') {
    return { kind: 'refused', source: null, path: source.name, reason: 'entry-damaged' };
  }
  return { kind: 'scanned', source, result };
}

async function* lookInto(
  source: ByteSource,
  archive: ArchiveKind,
  level: Level,
): AsyncGenerator<Scanned, void, undefined> {
  const refused = (reason: OtherReason): Scanned => ({ kind: 'refused', source, path: source.name, reason });
  if (archive === 'unsupported') return yield refused('archive-unsupported');
  if (level.depth >= MAX_NESTING) return yield refused('archive-depth');
  const budget = level.budget ?? createBudget(source.size);
  try {
    const items = archiveItems(level.held.hold(source), archive, budget);
    yield* scanItems(items, { ...level, depth: level.depth + 1, budget });
  } catch (error) {
    if (!(error instanceof ArchiveRefused)) throw error;
    yield refused(error.reason);
  }
}
