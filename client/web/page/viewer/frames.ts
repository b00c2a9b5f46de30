import { type FramePlace, type FrameView, type ObjectView } from '../../desk/picture.js';
import { DeskError } from '../../desk/rpc.js';
import { type DeskWorker } from '../state/desk-worker.js';
import { type PictureWorkers, createPictureWorkers } from './picture-workers.js';

/** One picture of a stack. */
export interface Picture {
  /** The message that it came with. */
  readonly letter: string;
  readonly fileId: string;
  readonly frame: number;
  readonly sopInstanceUid: string;
}

export type Loaded =
  { readonly kind: 'here'; readonly frame: FrameView } | { readonly kind: 'failed'; readonly code: string };

/**
 * Pictures in memory, the most recently seen ones. What is looked at is fetched first, then its neighbours; few are under way at a
 * time, so that fast scrolling does not queue up what nobody looks at any more. Memory only: it ends with the viewer.
 */
export interface Frames {
  peek(picture: Picture): Loaded | null;
  /** From now on `pictures` for whoever asks, the first one first; what the same one wanted before is not. */
  want(who: string, pictures: readonly Picture[]): void;
  /** Beside what is wanted, for thumbnails. */
  also(picture: Picture): void;
  /** Where a picture lies: known at once when it was loaded, else asked for. */
  place(picture: Picture): FramePlace | null;
  /** Whether it has been asked for, and answered: a picture may lie nowhere. */
  knowsPlace(picture: Picture): boolean;
  /** Asks for all of their places, behind the pictures. */
  wantPlaces(pictures: readonly Picture[]): void;
  object(letter: string, fileId: string): Promise<ObjectView>;
  /** More bytes than this are not kept. */
  readonly maxBytes: number;
  subscribe(listen: () => void): () => void;
  close(): void;
}

/** A thousand slices of a CT, and some more; the page stays below 1.2 GB with it. */
const MAX_BYTES = 600 * 1024 * 1024;

interface Reel {
  readonly worker: DeskWorker;
  readonly workers: Map<string, PictureWorkers>;
  readonly cache: Map<string, Loaded>;
  readonly places: Map<string, FramePlace | null>;
  readonly pending: Set<string>;
  readonly listeners: Set<() => void>;
  readonly wanted: Map<string, Wish>;
  beside: Picture[];
  placesWanted: Picture[];
  bytes: number;
  isTelling: boolean;
  isClosed: boolean;
}

/** What one viewport wants, the first one first; before `next` all are here or on their way. */
interface Wish {
  readonly pictures: readonly Picture[];
  next: number;
}

export function createFrames(worker: DeskWorker): Frames {
  const reel: Reel = {
    worker,
    workers: new Map(),
    cache: new Map(),
    places: new Map(),
    pending: new Set(),
    listeners: new Set(),
    wanted: new Map(),
    beside: [],
    placesWanted: [],
    bytes: 0,
    isTelling: false,
    isClosed: false,
  };
  return {
    maxBytes: MAX_BYTES,
    peek: (picture) => reel.cache.get(keyOf(picture)) ?? null,
    want(who, pictures) {
      reel.wanted.set(who, { pictures, next: 0 });
      const first = pictures[0];
      if (first !== undefined) touch(reel, keyOf(first));
      pump(reel);
    },
    also(picture) {
      reel.beside.push(picture);
      pump(reel);
    },
    place: (picture) => reel.places.get(keyOf(picture)) ?? null,
    knowsPlace: (picture) => reel.places.has(keyOf(picture)),
    wantPlaces(pictures) {
      reel.placesWanted = pictures.filter((picture) => !reel.places.has(keyOf(picture)));
      pump(reel);
    },
    object: async (letter, fileId) => (await workersOf(reel, letter).run('object', { fileId })) as ObjectView,
    subscribe(listen) {
      reel.listeners.add(listen);
      return () => reel.listeners.delete(listen);
    },
    close() {
      reel.isClosed = true;
      reel.cache.clear();
      for (const workers of reel.workers.values()) workers.close();
    },
  };
}

/** Asked for at each step for each picture of a series: each is written once. */
const keys = new WeakMap<Picture, string>();

export function keyOf(picture: Picture): string {
  const known = keys.get(picture);
  if (known !== undefined) return known;
  const key = `${picture.letter} ${picture.fileId} ${picture.frame}`;
  keys.set(picture, key);
  return key;
}

function workersOf({ worker, workers }: Reel, letter: string): PictureWorkers {
  const known = workers.get(letter);
  if (known !== undefined) return known;
  const made = createPictureWorkers(worker, letter);
  workers.set(letter, made);
  return made;
}

/** Most recently seen last. */
function touch({ cache }: Reel, key: string): void {
  const loaded = cache.get(key);
  if (loaded === undefined) return;
  cache.delete(key);
  cache.set(key, loaded);
}

function pump(reel: Reel): void {
  while (!reel.isClosed) {
    const next = nextOf(reel);
    if (next === undefined || reel.pending.size >= workersOf(reel, next.letter).capacity) break;
    void fetchOne(reel, next);
  }
  while (!reel.isClosed) {
    const next = reel.placesWanted[0];
    if (next === undefined || reel.pending.size >= workersOf(reel, next.letter).capacity) return;
    reel.placesWanted.shift();
    if (!reel.places.has(keyOf(next))) void fetchPlace(reel, next);
  }
}

/** What is looked at always; its neighbours while there is room, so that the far ones do not drive out the near ones. */
function nextOf(reel: Reel): Picture | undefined {
  const isMissing = (picture: Picture): boolean => {
    const key = keyOf(picture);
    return !reel.cache.has(key) && !reel.pending.has(key);
  };
  const wishes = [...reel.wanted.values()];
  const looked = wishes.flatMap(({ pictures }) => pictures.slice(0, 1)).find(isMissing);
  if (looked !== undefined) return looked;
  reel.beside = reel.beside.filter(isMissing);
  if (reel.bytes > 0.9 * MAX_BYTES) return undefined;
  for (const wish of wishes) advance(wish, isMissing);
  // The nearest of all that are looked at: two stacks side by side are filled alike.
  const nearest = wishes
    .filter(({ pictures, next }) => next < pictures.length)
    .reduce<Wish | null>((best, wish) => (best === null || wish.next < best.next ? wish : best), null);
  const near = nearest?.pictures[nearest.next];
  if (near !== undefined && (nearest?.next ?? 0) < NEAR_FIRST) return near;
  return reel.beside[0] ?? near;
}

/** Over what is here: looked through once, and not again with each picture that comes. */
function advance(wish: Wish, isMissing: (picture: Picture) => boolean): void {
  for (; wish.next < wish.pictures.length; wish.next++) {
    const picture = wish.pictures[wish.next];
    if (picture !== undefined && isMissing(picture)) return;
  }
}

/** So many neighbours come before thumbnails. */
const NEAR_FIRST = 6;

async function fetchOne(reel: Reel, picture: Picture): Promise<void> {
  const key = keyOf(picture);
  const { fileId, frame } = picture;
  reel.pending.add(key);
  const loaded = await workersOf(reel, picture.letter)
    .run('frame', { fileId, frame })
    .then(
      (view): Loaded => ({ kind: 'here', frame: view as FrameView }),
      (error: unknown): Loaded => ({
        kind: 'failed',
        code: error instanceof DeskError ? error.code : 'internal-error',
      }),
    );
  reel.pending.delete(key);
  if (reel.isClosed) return;
  remember(reel, key, loaded);
  tell(reel);
  pump(reel);
}

async function fetchPlace(reel: Reel, picture: Picture): Promise<void> {
  const key = keyOf(picture);
  const { fileId, frame } = picture;
  reel.pending.add(`place ${key}`);
  const place = await workersOf(reel, picture.letter)
    .run('place', { fileId, frame })
    .catch(() => null);
  reel.pending.delete(`place ${key}`);
  if (reel.isClosed) return;
  reel.places.set(key, place);
  if (reel.placesWanted.length % 16 === 0) tell(reel);
  pump(reel);
}

/** Once a turn, however many pictures have come. */
function tell(reel: Reel): void {
  if (reel.isTelling) return;
  reel.isTelling = true;
  queueMicrotask(() => {
    reel.isTelling = false;
    for (const listen of reel.listeners) listen();
  });
}

function remember(reel: Reel, key: string, loaded: Loaded): void {
  reel.cache.set(key, loaded);
  reel.bytes += sizeOf(loaded);
  if (loaded.kind === 'here') {
    const { rows, columns, pixelSpacing, facts } = loaded.frame;
    reel.places.set(key, { isColor: loaded.frame.kind === 'color', rows, columns, pixelSpacing, place: facts.place });
  }
  for (const [oldest, old] of reel.cache) {
    if (reel.bytes <= MAX_BYTES || oldest === key) return;
    reel.cache.delete(oldest);
    reel.bytes -= sizeOf(old);
    for (const wish of reel.wanted.values()) wish.next = 0;
  }
}

function sizeOf(loaded: Loaded): number {
  if (loaded.kind === 'failed') return 64;
  return loaded.frame.kind === 'gray' ? loaded.frame.values.byteLength : loaded.frame.rgba.byteLength;
}
