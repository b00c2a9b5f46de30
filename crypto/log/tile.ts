import { concatBytes, readUint16, writeUint16 } from '../wire/bytes.js';
import { LogError } from './error.js';

/** The log as static files: hashes in tiles of 256, entries in bundles of 256 (docs/spec/directory.md §5). */

export const TILE_WIDTH = 256;
export const TILE_HEIGHT = 8;
const HASH_BYTES = 32;
/** Trees of 2^53 leaves have 7 levels; the format ends at 63. */
const MAX_LEVEL = 63;

export interface Tile {
  readonly kind: 'hashes';
  readonly level: number;
  readonly n: number;
  /** How many hashes: 256 in a full one. */
  readonly width: number;
}

export interface EntryBundle {
  readonly kind: 'entries';
  readonly n: number;
  readonly width: number;
}

/** Behind `<prefix>/tile/`: `0/x001/x234/067.p/112`, `entries/000`. */
export function tilePath(tile: Tile | EntryBundle): string {
  const folder = tile.kind === 'entries' ? 'entries' : String(tile.level);
  const partial = tile.width === TILE_WIDTH ? '' : `.p/${tile.width}`;
  return `${folder}/${numberPath(tile.n)}${partial}`;
}

function numberPath(n: number): string {
  const last = String(n % 1000).padStart(3, '0');
  const above: string[] = [];
  for (let rest = Math.floor(n / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    above.unshift(`x${String(rest % 1000).padStart(3, '0')}`);
  }
  return [...above, last].join('/');
}

const PATH = /^(entries|[0-9]{1,2})\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

/** @throws LogError `tile-path` for every spelling but the one */
export function parseTilePath(path: string): Tile | EntryBundle {
  const [, folder = '', number = '', partial] = PATH.exec(path) ?? [];
  const n = Number(number.replaceAll(/[x/]/g, ''));
  const width = partial === undefined ? TILE_WIDTH : Number(partial);
  const tile: Tile | EntryBundle =
    folder === 'entries' ? { kind: 'entries', n, width } : { kind: 'hashes', level: Number(folder), n, width };
  const isPossible =
    Number.isSafeInteger(n) && width <= TILE_WIDTH && (tile.kind === 'entries' || tile.level <= MAX_LEVEL);
  if (folder === '' || !isPossible || tilePath(tile) !== path)
    throw new LogError('tile-path', 'not the path of a tile');
  return tile;
}

/** How many hashes tile `n` of `level` holds in a tree of `size` leaves: 0 to 256. */
export function tileWidthAt(level: number, n: number, size: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** level);
  return Math.max(0, Math.min(TILE_WIDTH, hashes - n * TILE_WIDTH));
}

/** `u16 length || entry`, one after the other. */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return concatBytes(...entries.flatMap((entry) => [writeUint16(entry.length), entry]));
}

/** @throws LogError `bundle-format` */
export function parseEntryBundle(bytes: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = at + 2 <= bytes.length ? readUint16(bytes, at) : Number.NaN;
    const end = at + 2 + length;
    if (!(end <= bytes.length)) throw new LogError('bundle-format', 'a bundle of entries is cut off');
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return entries;
}

export function splitTile(bytes: Uint8Array): Uint8Array[] {
  if (bytes.length % HASH_BYTES !== 0 || bytes.length > TILE_WIDTH * HASH_BYTES) {
    throw new LogError('tree', 'a tile holds whole hashes, at most 256');
  }
  return Array.from({ length: bytes.length / HASH_BYTES }, (_, i) =>
    bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  );
}
