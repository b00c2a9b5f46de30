import type { ManifestRef } from '../package/digest-part.js';
import { fromHex, toHex } from '../../../crypto/wire/bytes.js';
import type { FileId } from '../../../crypto/wire/ids.js';

/**
 * Where an unpacking stands: plain data, fit for JSON. Not secret, but the device's own: it is trusted as it was saved,
 * while everything staged is hashed again.
 */
export interface UnpackCheckpoint {
  /** Bytes of the package that need not come again; the next `push` starts here. */
  readonly offset: number;
  /** The plan's record, by which the saved bytes are recognised; null while the plan has not been read. */
  readonly plan: SavedRef | null;
  /** The newest manifest part read. */
  readonly newest: SavedRef | null;
  readonly partNo: number;
  /** Files whose last record has begun or passed, in travel order. */
  readonly begun: number;
  /** Files that no digest part has covered yet, in travel order. Only the last one can be open. */
  readonly pending: readonly PendingCheckpoint[];
  /** What is left of the FILE body that `offset` lies in, or null at a record boundary. */
  readonly body: { readonly remaining: number; readonly last: boolean } | null;
  /** Offset behind the trailer, or null before it. */
  readonly trailerEnd: number | null;
}

export interface PendingCheckpoint {
  readonly fileId: FileId;
  /** Bytes staged, of the original. */
  readonly bytes: number;
  /** How its records are coded, and which units have occurred in them. */
  readonly codec: number;
  readonly ids: readonly number[];
  /** `[offset, length]` of its records so far, the one that `body` is about included. */
  readonly extents: readonly (readonly [number, number])[];
  /** Its last record has passed. */
  readonly complete: boolean;
}

export interface SavedRef {
  readonly offset: number;
  readonly length: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export function saveRef(ref: ManifestRef): SavedRef {
  return { offset: ref.offset, length: ref.length, sha256: toHex(ref.sha256) };
}

export function loadRef(ref: SavedRef): ManifestRef {
  return { offset: ref.offset, length: ref.length, sha256: fromHex(ref.sha256) };
}
