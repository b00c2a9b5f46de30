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
 * Pictures in memory, the most recently seen ones; the next ones of a stack are fetched ahead. Memory only: nothing of it is
 * written anywhere, and it ends with the viewer.
 */
export interface Frames {
  peek(picture: Picture): Loaded | null;
  load(picture: Picture): Promise<Loaded>;
  /** Fetches these, one after the other, until others are asked for. */
  ahead(pictures: readonly Picture[]): void;
  close(): void;
}

const MAX_BYTES = 600 * 1024 * 1024;

interface Reel {
  readonly worker: DeskWorker;
  readonly letterKey: string;
  readonly cache: Map<string, Loaded>;
  readonly pending: Map<string, Promise<Loaded>>;
  bytes: number;
  round: number;
  isClosed: boolean;
}

export function createFrames(worker: DeskWorker, letterKey: string): Frames {
  const reel: Reel = { worker, letterKey, cache: new Map(), pending: new Map(), bytes: 0, round: 0, isClosed: false };
  return {
    peek: (picture) => peek(reel, picture),
    load: (picture) => load(reel, picture),
    ahead: (pictures) => void ahead(reel, pictures, ++reel.round),
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
function peek({ cache }: Reel, picture: Picture): Loaded | null {
  const key = keyOf(picture);
  const loaded = cache.get(key);
  if (loaded === undefined) return null;
  cache.delete(key);
  cache.set(key, loaded);
  return loaded;
}

function load(reel: Reel, picture: Picture): Promise<Loaded> {
  const known = peek(reel, picture);
  if (known !== null) return Promise.resolve(known);
  const key = keyOf(picture);
  const running = reel.pending.get(key) ?? ask(reel, picture, key);
  reel.pending.set(key, running);
  return running;
}

async function ask(reel: Reel, picture: Picture, key: string): Promise<Loaded> {
  const loaded = await reel.worker.call('frame', { key: reel.letterKey, ...picture }).then(
    (frame): Loaded => ({ kind: 'here', frame: frame as FrameView }),
    (error: unknown): Loaded => ({ kind: 'failed', code: error instanceof DeskError ? error.code : 'internal-error' }),
  );
  reel.pending.delete(key);
  // What has not come yet may come later.
  if (loaded.kind === 'here' || loaded.code !== 'not-here') remember(reel, key, loaded);
  return loaded;
}

function remember(reel: Reel, key: string, loaded: Loaded): void {
  if (reel.isClosed) return;
  reel.cache.set(key, loaded);
  reel.bytes += sizeOf(loaded);
  for (const [oldest, old] of reel.cache) {
    if (reel.bytes <= MAX_BYTES || oldest === key) return;
    reel.cache.delete(oldest);
    reel.bytes -= sizeOf(old);
  }
}

/** Stops when the cache is full: what is far away must not drive out what is near. */
async function ahead(reel: Reel, pictures: readonly Picture[], mine: number): Promise<void> {
  for (const picture of pictures) {
    if (mine !== reel.round || reel.isClosed || reel.bytes > 0.9 * MAX_BYTES) return;
    if (!reel.cache.has(keyOf(picture))) await load(reel, picture);
  }
}

function sizeOf(loaded: Loaded): number {
  if (loaded.kind === 'failed') return 64;
  return loaded.frame.kind === 'gray' ? loaded.frame.values.byteLength : loaded.frame.rgba.byteLength;
}
