import { type FrameView } from '../../desk/view.js';
import { DeskError } from '../../desk/rpc.js';
import { type DeskWorker } from '../state/desk-worker.js';

/** One picture of a stack. */
export interface Picture {
  readonly fileId: string;
  readonly frame: number;
}

export type Loaded =
  { readonly kind: 'here'; readonly frame: FrameView } | { readonly kind: 'failed'; readonly code: string };

/**
 * Pictures in memory, the most recently seen ones. What is looked at is fetched first, then its neighbours; few are under way at a
 * time, so that fast scrolling does not queue up what nobody looks at any more. Memory only: it ends with the viewer.
 */
export interface Frames {
  peek(picture: Picture): Loaded | null;
  /** From now on `pictures`, the first one first; what was wanted before is not. */
  want(pictures: readonly Picture[]): void;
  /** Beside what is wanted, for thumbnails. */
  also(picture: Picture): void;
  subscribe(listen: () => void): () => void;
  close(): void;
}

const MAX_BYTES = 600 * 1024 * 1024;
const AT_ONCE = 2;

interface Reel {
  readonly worker: DeskWorker;
  readonly letterKey: string;
  readonly cache: Map<string, Loaded>;
  readonly pending: Set<string>;
  readonly listeners: Set<() => void>;
  readonly beside: Picture[];
  wanted: readonly Picture[];
  bytes: number;
  isClosed: boolean;
}

export function createFrames(worker: DeskWorker, letterKey: string): Frames {
  const lists = { cache: new Map(), pending: new Set<string>(), listeners: new Set<() => void>(), beside: [] };
  const reel: Reel = { worker, letterKey, ...lists, wanted: [], bytes: 0, isClosed: false };
  return {
    peek: (picture) => reel.cache.get(keyOf(picture)) ?? null,
    want(pictures) {
      reel.wanted = pictures;
      const first = pictures[0];
      if (first !== undefined) touch(reel, keyOf(first));
      pump(reel);
    },
    also(picture) {
      reel.beside.push(picture);
      pump(reel);
    },
    subscribe(listen) {
      reel.listeners.add(listen);
      return () => reel.listeners.delete(listen);
    },
    close() {
      reel.isClosed = true;
      reel.cache.clear();
    },
  };
}

function keyOf({ fileId, frame }: Picture): string {
  return `${fileId} ${frame}`;
}

/** Most recently seen last. */
function touch({ cache }: Reel, key: string): void {
  const loaded = cache.get(key);
  if (loaded === undefined) return;
  cache.delete(key);
  cache.set(key, loaded);
}

function pump(reel: Reel): void {
  while (reel.pending.size < AT_ONCE && !reel.isClosed) {
    const next = nextOf(reel);
    if (next === undefined) return;
    void fetchOne(reel, next);
  }
}

/** What is looked at always; its neighbours while there is room, so that the far ones do not drive out the near ones. */
function nextOf(reel: Reel): Picture | undefined {
  const isMissing = (picture: Picture): boolean => {
    const key = keyOf(picture);
    return !reel.cache.has(key) && !reel.pending.has(key);
  };
  const [first] = reel.wanted;
  if (first !== undefined && isMissing(first)) return first;
  if (reel.bytes > 0.9 * MAX_BYTES) return undefined;
  return reel.beside.find(isMissing) ?? reel.wanted.find(isMissing);
}

async function fetchOne(reel: Reel, picture: Picture): Promise<void> {
  const key = keyOf(picture);
  reel.pending.add(key);
  const loaded = await reel.worker.call('frame', { key: reel.letterKey, ...picture }).then(
    (frame): Loaded => ({ kind: 'here', frame: frame as FrameView }),
    (error: unknown): Loaded => ({ kind: 'failed', code: error instanceof DeskError ? error.code : 'internal-error' }),
  );
  reel.pending.delete(key);
  if (reel.isClosed) return;
  remember(reel, key, loaded);
  for (const listen of reel.listeners) listen();
  pump(reel);
}

function remember(reel: Reel, key: string, loaded: Loaded): void {
  reel.cache.set(key, loaded);
  reel.bytes += sizeOf(loaded);
  for (const [oldest, old] of reel.cache) {
    if (reel.bytes <= MAX_BYTES || oldest === key) return;
    reel.cache.delete(oldest);
    reel.bytes -= sizeOf(old);
  }
}

function sizeOf(loaded: Loaded): number {
  if (loaded.kind === 'failed') return 64;
  return loaded.frame.kind === 'gray' ? loaded.frame.values.byteLength : loaded.frame.rgba.byteLength;
}
