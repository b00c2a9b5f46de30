import { concatBytes, utf8 } from '../../../crypto/wire/bytes.js';
import type { Attributes } from '../dicom/read-attributes.js';
import { EXPLICIT_LITTLE } from '../dicom/part10.js';
import { MEDIA_STORAGE_DIRECTORY } from '../dicom/scan.js';
import { encodeAttributes, encodeElement, encodeItem, textElement, uint16Bytes, uint32Bytes } from '../dicom/encode.js';
import { encodeMeta } from '../dicom/meta.js';

/** A record of a DICOMDIR and those below it. */
export interface DirectoryRecord {
  /** PATIENT, STUDY, SERIES, IMAGE … */
  readonly type: string;
  readonly keys: Attributes;
  readonly file: ReferencedFile | null;
  readonly children: readonly DirectoryRecord[];
}

export interface ReferencedFile {
  /** Components of the File ID (PS3.10 §8.2). */
  readonly fileId: readonly string[];
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
}

interface Placed {
  readonly record: DirectoryRecord;
  readonly bytes: number;
  readonly children: Placed[];
  offset: number;
}

const FILE_SET_ID = 'BILDBOTE';
const IN_USE = 0xffff;
const PREAMBLE = 128;

/**
 * The bytes of a DICOMDIR (PS3.3 annex F, PS3.10 §8.6) in explicit little endian. Every record's length is known before its place, and
 * every place before it is written, so offsets are right by construction.
 */
export function encodeDirectory(roots: readonly DirectoryRecord[], instanceUid: string): Uint8Array {
  const head = concatBytes(
    new Uint8Array(PREAMBLE),
    utf8('DICM'),
    encodeMeta({
      sopClassUid: MEDIA_STORAGE_DIRECTORY,
      sopInstanceUid: instanceUid,
      transferSyntaxUid: EXPLICIT_LITTLE,
    }),
  );
  const placed = roots.map(measure);
  const first = head.length + directoryHead(0, 0, 0).length;
  const end = placeAll(placed, first);
  const offset = (one: Placed | undefined): number => one?.offset ?? 0;
  const directory = directoryHead(offset(placed[0]), offset(placed.at(-1)), end - first);
  return joined([head, directory].concat(writeAll(placed)), end);
}

/** Too many for arguments of one call. */
function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const out = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

/** Everything of the data set before the first record. */
function directoryHead(firstOffset: number, lastOffset: number, recordBytes: number): Uint8Array {
  const sequence = encodeElement(0x00041220, 'SQ', new Uint8Array(0));
  new DataView(sequence.buffer).setUint32(8, recordBytes, true);
  return concatBytes(
    textElement(0x00041130, 'CS', FILE_SET_ID),
    encodeElement(0x00041200, 'UL', uint32Bytes(firstOffset)),
    encodeElement(0x00041202, 'UL', uint32Bytes(lastOffset)),
    encodeElement(0x00041212, 'US', uint16Bytes(0)),
    sequence,
  );
}

function measure(record: DirectoryRecord): Placed {
  return { record, bytes: encodeRecord(record, 0, 0).length, children: record.children.map(measure), offset: 0 };
}

/** Each record before those below it. @returns the place behind the last one */
function placeAll(records: readonly Placed[], start: number): number {
  let at = start;
  for (const one of records) {
    one.offset = at;
    at = placeAll(one.children, at + one.bytes);
  }
  return at;
}

function writeAll(records: readonly Placed[]): Uint8Array[] {
  return records.flatMap((one, i) => {
    const next = records[i + 1]?.offset ?? 0;
    return [encodeRecord(one.record, next, one.children[0]?.offset ?? 0)].concat(writeAll(one.children));
  });
}

function encodeRecord({ type, file, keys }: DirectoryRecord, next: number, lower: number): Uint8Array {
  const reference =
    file === null
      ? []
      : [
          textElement(0x00041500, 'CS', file.fileId.join('\\')),
          textElement(0x00041510, 'UI', file.sopClassUid),
          textElement(0x00041511, 'UI', file.sopInstanceUid),
          textElement(0x00041512, 'UI', file.transferSyntaxUid),
        ];
  return encodeItem(
    concatBytes(
      encodeElement(0x00041400, 'UL', uint32Bytes(next)),
      encodeElement(0x00041410, 'US', uint16Bytes(IN_USE)),
      encodeElement(0x00041420, 'UL', uint32Bytes(lower)),
      textElement(0x00041430, 'CS', type),
      ...reference,
      encodeAttributes(keys),
    ),
  );
}
