import { isAscii } from '../../core/dicom/charset-encode.js';
import { encodeMeta } from '../../core/dicom/meta.js';
import { readHeader } from '../../core/dicom/header.js';
import { memorySource } from '../../core/deidentification/open-instance.js';
import { sequenceElement, textElement } from '../../core/deidentification/write-elements.js';
import { refuse } from './error.js';
import { type DicomJson, toDicomJson } from '../received/data-set.js';

/** Identifiers: the small data sets of queries, retrieves and commitments (PS3.4 §C.2.2.1), in implicit VR little endian. */

export interface Key {
  readonly tag: number;
  readonly vr: string;
  /** Empty: the attribute is asked for. Items: a sequence. */
  readonly value: string | readonly (readonly Key[])[];
}

const IMPLICIT = { explicit: false, littleEndian: true } as const;
const CHARACTER_SET = 0x00080005;
const PREAMBLE = Buffer.concat([Buffer.alloc(128), Buffer.from('DICM', 'latin1')]);

export function encodeIdentifier(keys: readonly Key[]): Uint8Array {
  const set = keys.every(isPlain) ? [] : [{ tag: CHARACTER_SET, vr: 'CS', value: 'ISO_IR 192' }];
  return encodeLevel([...set, ...keys]);
}

function isPlain({ value }: Key): boolean {
  return typeof value === 'string' ? isAscii(value) : value.every((item) => item.every(isPlain));
}

function encodeLevel(keys: readonly Key[]): Uint8Array {
  const sorted = [...keys].sort((a, b) => a.tag - b.tag);
  return Buffer.concat(
    sorted.map(({ tag, vr, value }) =>
      typeof value === 'string'
        ? textElement(tag, vr, value, IMPLICIT)
        : sequenceElement(tag, value.map(encodeLevel), IMPLICIT),
    ),
  );
}

/** @throws DimseError `command` for what is no data set */
export async function parseIdentifier(bytes: Uint8Array, transferSyntaxUid: string): Promise<DicomJson> {
  // As a file in memory: then the readers of files read it, within their limits.
  const meta = encodeMeta({ sopClassUid: '1.2', sopInstanceUid: '1.2', transferSyntaxUid });
  const header = await readHeader(memorySource(Buffer.concat([PREAMBLE, meta, bytes])));
  return header.kind === 'header' ? toDicomJson(header.elements) : refuse('command');
}
