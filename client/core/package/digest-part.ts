import { cborRecord, encodeCbor, parseCbor, type CborMap, type CborValue } from '../../../crypto/wire/cbor.js';
import { fileIdFrom, idBytes, type FileId } from '../../../crypto/wire/ids.js';
import { DIGEST_BYTES } from '../../../crypto/wire/payload.js';
import { asArray, asBytes, asMap, asUint, assertKeys } from '../../../crypto/wire/shape.js';
import { CoreError } from '../error.js';
import { guarded } from './guard.js';
import {
  MAX_EXTENTS,
  MAX_FILE_BODY_BYTES,
  MAX_FILE_BYTES,
  MAX_FILES,
  MAX_FILES_PER_DIGEST_PART,
  MAX_MANIFEST_BYTES,
} from './limits.js';
import { asMediaType } from './plan-codec.js';

/** Where a manifest part's record lies in the package, and its SHA-256: so that parts can be fetched alone, newest first. */
export interface ManifestRef {
  readonly offset: number;
  readonly length: number;
  readonly sha256: Uint8Array;
}

/** A FILE record's body: `length` bytes at `offset` of the package. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/** What a receiver holds a file against before anybody may use it. */
export interface DigestEntry {
  readonly fileId: FileId;
  readonly extents: readonly Extent[];
  /** Bytes in the records; for codec 0 the same as `originalLength`. */
  readonly codedLength: number;
  readonly originalLength: number;
  /** Of the original file. */
  readonly sha256: Uint8Array;
  readonly mediaType: string;
  /** docs/spec/payload.md §7.6; 0 = stored. */
  readonly codec: number;
  readonly meta: CborValue;
}

/** docs/spec/payload.md §7.5. `partNo` counts from 1; part 0 is the plan. */
export interface DigestPart {
  readonly partNo: number;
  readonly entries: readonly DigestEntry[];
  readonly previous: ManifestRef;
}

/** docs/spec/payload.md §7.6. */
export const CODEC_STORED = 0;
export const CODEC_UNITS = 1;
/** Of a FILE record or a digest entry. */
export type Codec = typeof CODEC_STORED | typeof CODEC_UNITS;
const MAX_CODEC = 255;

export function encodeDigestPart(part: DigestPart): Uint8Array {
  return encodeCbor(
    cborRecord({
      1: part.partNo,
      2: part.entries.map(writeEntry),
      3: writeManifestRef(part.previous),
    }),
  );
}

/** @throws CoreError `package-digest-part` for anything that is not one canonical digest part */
export function parseDigestPart(bytes: Uint8Array): DigestPart {
  return guarded('package-digest-part', () => {
    const map: CborMap = asMap(parseCbor(bytes, { maxBytes: MAX_MANIFEST_BYTES }));
    assertKeys(map, [1, 2, 3]);
    const part: DigestPart = {
      partNo: asUint(map.get(1), MAX_FILES),
      entries: asArray(map.get(2)).map(readEntry),
      previous: readManifestRef(map.get(3)),
    };
    assertLimits(part);
    return part;
  });
}

function assertLimits({ partNo, entries }: DigestPart): void {
  const extents = entries.reduce((sum, entry) => sum + entry.extents.length, 0);
  const fits = entries.length >= 1 && entries.length <= MAX_FILES_PER_DIGEST_PART && extents <= MAX_EXTENTS;
  if (partNo < 1 || !fits) throw new CoreError('package-digest-part', 'part number or number of entries');
}

function writeEntry(entry: DigestEntry): readonly CborValue[] {
  return [
    idBytes(entry.fileId),
    entry.extents.map(({ offset, length }) => [offset, length]),
    entry.codedLength,
    entry.originalLength,
    entry.sha256,
    entry.mediaType,
    entry.codec,
    entry.meta,
  ];
}

function readEntry(value: CborValue): DigestEntry {
  const [fileId, extents, codedLength, originalLength, sha256, mediaType, codec, meta] = asArray(value, 8);
  return {
    fileId: fileIdFrom(asBytes(fileId)),
    extents: asArray(extents).map(readExtent),
    codedLength: asUint(codedLength, MAX_FILE_BYTES),
    originalLength: asUint(originalLength, MAX_FILE_BYTES),
    sha256: asBytes(sha256, DIGEST_BYTES),
    mediaType: asMediaType(mediaType),
    codec: asUint(codec, MAX_CODEC),
    meta: meta ?? null,
  };
}

function readExtent(value: CborValue): Extent {
  const [offset, length] = asArray(value, 2);
  return { offset: asUint(offset), length: asUint(length, MAX_FILE_BODY_BYTES) };
}

/** `[offset, length, sha256]`, as in tally field 7 (docs/spec/payload.md §7.5). */
export function writeManifestRef({ offset, length, sha256 }: ManifestRef): readonly CborValue[] {
  return [offset, length, sha256];
}

/** @throws WireError `shape` */
export function readManifestRef(value: CborValue | undefined): ManifestRef {
  const [offset, length, sha256] = asArray(value, 3);
  return { offset: asUint(offset), length: asUint(length), sha256: asBytes(sha256, DIGEST_BYTES) };
}
