import {
  concatBytes,
  readUint16,
  readUint32,
  readUint64,
  writeUint32,
  writeUint64,
} from '../../../crypto/wire/bytes.js';
import { cborRecord, encodeCbor, parseCbor } from '../../../crypto/wire/cbor.js';
import { fileIdFrom, idBytes, type FileId } from '../../../crypto/wire/ids.js';
import { asBytes, asMap, asOneOf, asUint, assertKeys } from '../../../crypto/wire/shape.js';
import { CoreError } from '../error.js';
import { guarded } from './guard.js';
import {
  MAX_EXTENTS,
  MAX_FILE_BODY_BYTES,
  MAX_MANIFEST_BYTES,
  MAX_RECORD_HEADER_BYTES,
  MAX_TRAILER_BYTES,
  RECORD_PREFIX_BYTES,
} from './limits.js';

/** docs/spec/payload.md §7.2. PAD (0) is not a record: after the trailer every byte is zero. */
export type RecordKind = 'file' | 'manifest' | 'trailer';

export interface RecordPrefix {
  readonly kind: RecordKind;
  readonly headerBytes: number;
  readonly bodyBytes: number;
}

/** Header of a FILE record: the `index`-th record of a file, counted from 0; `last` closes the file. */
export interface FileHeader {
  readonly fileId: FileId;
  readonly index: number;
  readonly last: boolean;
  /** docs/spec/payload.md §7.6; the same in all records of a file. */
  readonly codec: number;
}

const MAX_CODEC = 255;

const TYPES: Readonly<Record<RecordKind, number>> = { file: 1, manifest: 2, trailer: 3 };
const KINDS: ReadonlyMap<number, RecordKind> = new Map([
  [1, 'file'],
  [2, 'manifest'],
  [3, 'trailer'],
]);
const MAX_BODY: Readonly<Record<RecordKind, number>> = {
  file: MAX_FILE_BODY_BYTES,
  manifest: MAX_MANIFEST_BYTES,
  trailer: MAX_TRAILER_BYTES,
};

function encodePrefix({ kind, headerBytes, bodyBytes }: RecordPrefix): Uint8Array {
  return concatBytes(Uint8Array.of(TYPES[kind], 0, 0, 0), writeUint32(headerBytes), writeUint64(bodyBytes));
}

/**
 * Parses the 16 bytes before a record. FILE records have a header, the others have none.
 * @throws CoreError `package-record` (docs/spec/payload.md §7.2)
 */
export function parseRecordPrefix(bytes: Uint8Array): RecordPrefix {
  return guarded('package-record', () => {
    if (bytes.length !== RECORD_PREFIX_BYTES) throw new CoreError('package-record', 'prefix of another length');
    const kind = KINDS.get(bytes[0] ?? 0);
    if (kind === undefined) throw new CoreError('package-record', 'unknown record type');
    if (bytes[1] !== 0 || readUint16(bytes, 2) !== 0) throw new CoreError('package-record', 'flags are not zero');
    const headerBytes = readUint32(bytes, 4);
    const bodyBytes = readUint64(bytes, 8);
    if (headerBytes > MAX_RECORD_HEADER_BYTES || (kind === 'file') === (headerBytes === 0)) {
      throw new CoreError('package-record', 'header length');
    }
    if (bodyBytes > MAX_BODY[kind]) throw new CoreError('package-record', 'body length');
    return { kind, headerBytes, bodyBytes };
  });
}

/** Prefix and header of a FILE record whose body of `bodyBytes` follows. */
export function encodeFileRecordHead(header: FileHeader, bodyBytes: number): Uint8Array {
  const fields = { 1: idBytes(header.fileId), 2: header.index, 3: header.last };
  const encoded = encodeCbor(cborRecord(header.codec === 0 ? fields : { ...fields, 4: header.codec }));
  return concatBytes(encodePrefix({ kind: 'file', headerBytes: encoded.length, bodyBytes }), encoded);
}

/** @throws CoreError `package-record` */
export function parseFileHeader(bytes: Uint8Array): FileHeader {
  return guarded('package-record', () => {
    const map = asMap(parseCbor(bytes, { maxBytes: MAX_RECORD_HEADER_BYTES, maxDepth: 1 }));
    const isStored = map.size === 3;
    assertKeys(map, isStored ? [1, 2, 3] : [1, 2, 3, 4]);
    const codec = isStored ? 0 : asUint(map.get(4), MAX_CODEC);
    // Stored has one spelling: the key is absent.
    if (!isStored && codec === 0) throw new CoreError('package-record', 'codec 0 is not written');
    return {
      fileId: fileIdFrom(asBytes(map.get(1))),
      index: asUint(map.get(2), MAX_EXTENTS - 1),
      last: asOneOf(map.get(3), [true, false]),
      codec,
    };
  });
}

/** A whole MANIFEST or TRAILER record. */
export function encodeRecord(kind: 'manifest' | 'trailer', body: Uint8Array): Uint8Array {
  return concatBytes(encodePrefix({ kind, headerBytes: 0, bodyBytes: body.length }), body);
}
