import { concatBytes, readUint64, utf8, writeUint64 } from '../wire/bytes.js';
import { sha256 } from '../wire/hash.js';
import { type Address } from '../wire/ids.js';
import { leafHash } from '../wire/merkle.js';
import { LogError } from './error.js';

/** What the log holds (docs/spec/directory.md §4): hashes and numbers, no names and no addresses. */
export type LogEntry =
  /** A mailbox's chain has grown by one statement. */
  | {
      readonly kind: 'statement';
      readonly index: Uint8Array;
      readonly seq: number;
      /** SHA-256 of the statement's bytes. */
      readonly digest: Uint8Array;
    }
  /** The map of all newest heads, as it follows from the `covers` entries before this one. */
  | { readonly kind: 'map-root'; readonly covers: number; readonly timeMs: number; readonly root: Uint8Array };

const STATEMENT = 1;
const MAP_ROOT = 2;
const HASH_BYTES = 32;
const STATEMENT_BYTES = 1 + HASH_BYTES + 8 + HASH_BYTES;
const MAP_ROOT_BYTES = 1 + 8 + 8 + HASH_BYTES;

/** Where an address stands in the map: who knows the address finds it, nobody else can read it back. */
export function mapIndex(address: Address): Uint8Array<ArrayBuffer> {
  return sha256(utf8(address));
}

export function encodeEntry(entry: LogEntry): Uint8Array<ArrayBuffer> {
  switch (entry.kind) {
    case 'statement':
      return concatBytes(Uint8Array.of(STATEMENT), entry.index, writeUint64(entry.seq), entry.digest);
    case 'map-root':
      return concatBytes(Uint8Array.of(MAP_ROOT), writeUint64(entry.covers), writeUint64(entry.timeMs), entry.root);
  }
}

/** @throws LogError `entry-format`; WireError `limits`. Entries of later versions have other first bytes */
export function parseEntry(bytes: Uint8Array): LogEntry {
  if (bytes[0] === STATEMENT && bytes.length === STATEMENT_BYTES) {
    return {
      kind: 'statement',
      index: bytes.slice(1, 33),
      seq: readUint64(bytes, 33),
      digest: bytes.slice(41),
    };
  }
  if (bytes[0] === MAP_ROOT && bytes.length === MAP_ROOT_BYTES) {
    return { kind: 'map-root', covers: readUint64(bytes, 1), timeMs: readUint64(bytes, 9), root: bytes.slice(17) };
  }
  throw new LogError('entry-format', 'not an entry that this version knows');
}

export function entryHash(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return leafHash(bytes);
}
