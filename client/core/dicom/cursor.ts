import { concatBytes } from '../../../crypto/wire/bytes.js';
import type { ByteSource } from '../ports.js';
import { refuse } from './refusal.js';

/** Goes forward through bytes and holds only a window of them. */
export interface Cursor {
  /** Of the next byte, from the start. */
  readonly position: number;
  /** Bytes from here to the end; Infinity while unknown. */
  readonly left: number;
  /** The window; the next byte is at `at`. */
  readonly window: Uint8Array;
  readonly view: DataView;
  readonly at: number;
  /** Makes `count` bytes visible in the window, or all that are left. @returns how many there are, at most `count` */
  fill(count: number): Promise<number>;
  /** Moves on by bytes that are in the window. */
  advance(count: number): void;
  /** Moves on; `count` must not exceed `left`. @throws ScanRefused `truncated` when the end comes earlier */
  skip(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Largest window; also what is read at once while elements are small. */
const MAX_WINDOW = 65_536;
/** After a jump (over pixels, fragments) only a little is needed. */
const MIN_WINDOW = 4096;

interface Window {
  window: Uint8Array;
  view: DataView;
  at: number;
}

function showing(bytes: Uint8Array): Window {
  return { window: bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), at: 0 };
}

/** Over a source with random access: what is skipped is not read. */
export function sourceCursor(source: ByteSource): Cursor {
  let base = 0;
  let next = MAX_WINDOW / 4;
  let state = showing(new Uint8Array(0));
  const visible = (): number => state.window.length - state.at;

  return {
    get position() {
      return base + state.at;
    },
    get left() {
      return source.size - base - state.at;
    },
    get window() {
      return state.window;
    },
    get view() {
      return state.view;
    },
    get at() {
      return state.at;
    },
    async fill(count) {
      if (visible() >= count) return count;
      base += state.at;
      state = showing(await source.read(base, Math.min(Math.max(count, next), source.size - base)));
      next = Math.min(next * 2, MAX_WINDOW);
      return Math.min(visible(), count);
    },
    advance(count) {
      state.at += count;
    },
    skip(count) {
      if (count <= visible()) state.at += count;
      else {
        base += state.at + count;
        state = showing(new Uint8Array(0));
        next = MIN_WINDOW;
      }
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

/**
 * Over bytes that only come in order. `start` is their position in the file; their number is not known before the end.
 * @param limit more bytes than this are refused as `inflate-limit`
 */
export function streamCursor(chunks: AsyncIterator<Uint8Array>, start: number, limit: number): Cursor {
  let base = start;
  let total = 0;
  let ended = false;
  let state = showing(new Uint8Array(0));
  const visible = (): number => state.window.length - state.at;

  async function more(): Promise<Uint8Array> {
    const { done, value } = await chunks.next();
    if (done === true) {
      ended = true;
      return new Uint8Array(0);
    }
    total += value.length;
    if (total > limit) refuse('inflate-limit');
    return value;
  }

  return {
    get position() {
      return base + state.at;
    },
    get left() {
      return ended ? visible() : Number.POSITIVE_INFINITY;
    },
    get window() {
      return state.window;
    },
    get view() {
      return state.view;
    },
    get at() {
      return state.at;
    },
    async fill(count) {
      while (visible() < count && !ended) {
        // A copy: a source may put its next chunk where this one is.
        const rest = state.window.slice(state.at);
        base += state.at;
        state = showing(concatBytes(rest, await more()));
      }
      return Math.min(visible(), count);
    },
    advance(count) {
      state.at += count;
    },
    async skip(count) {
      let left = count;
      while (left > visible()) {
        left -= visible();
        base += state.window.length;
        state = showing(await more());
        if (ended) refuse('truncated');
      }
      state.at += left;
    },
    async close() {
      await chunks.return?.();
    },
  };
}
