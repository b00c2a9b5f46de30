import { keepValue, isKept, MAX_VALUE_BYTES, plainText, TAG, type RawValues } from './attributes.js';
import type { Cursor } from './cursor.js';
import {
  EXPLICIT,
  EXPLICIT_BIG,
  IMPLICIT,
  isKnownVr,
  readElementHeader,
  UNDEFINED_LENGTH,
  type Encoding,
} from './element.js';
import { refuse } from './refusal.js';
import { spend, type Budget } from './sequence.js';

/** PS3.5 annex A. All others are explicit little endian, with or without encapsulated pixels. */
export const IMPLICIT_LITTLE = '1.2.840.10008.1.2';
export const EXPLICIT_LITTLE = '1.2.840.10008.1.2.1';
export const EXPLICIT_BIG_ENDIAN = '1.2.840.10008.1.2.2';
export const DEFLATED = '1.2.840.10008.1.2.1.99';

/** PS3.10 §7.1. */
export const PREAMBLE = 128;
const MAGIC = 0x4449434d;

/** PS3.10 §7.1 lets an application use the preamble; `disguise` when it begins like a file of another kind (CVE-2019-11687). */
export type Preamble = 'absent' | 'plain' | 'disguise';

/**
 * Programs (PE, ELF, Mach-O, Java), scripts, pages, PDF and archives begin like this. TIFF, which the standard names, is none of
 * them.
 */
const DISGUISE =
  // eslint-disable-next-line no-control-regex -- magic numbers are bytes
  /^(MZ|\u007fELF|\u00fe\u00ed\u00fa[\u00ce\u00cf]|[\u00ce\u00cf]\u00fa\u00ed\u00fe|\u00ca\u00fe\u00ba\u00be|#!|\s*<|%PDF|%!PS|PK\u0003\u0004|Rar!|7z\u00bc\u00af|@echo)/i;

/** Where `DICM` stands: behind the preamble, at the start where the preamble was cut off, or nowhere. */
export async function locateMagic(cursor: Cursor): Promise<128 | 0 | null> {
  const there = await cursor.fill(PREAMBLE + 4);
  const magicAt = (at: number): boolean => there >= at + 4 && cursor.view.getUint32(cursor.at + at) === MAGIC;
  if (magicAt(PREAMBLE)) return PREAMBLE;
  return magicAt(0) ? 0 : null;
}

/** Moves to where the meta group or, without one, the data set starts: 132, 4 or 0 (PS3.10 §7.1). */
export async function skipPreamble(cursor: Cursor): Promise<Preamble> {
  const magicAt = await locateMagic(cursor);
  if (magicAt === PREAMBLE) {
    const preamble = cursor.window.subarray(cursor.at, cursor.at + PREAMBLE);
    cursor.advance(PREAMBLE + 4);
    return DISGUISE.test(String.fromCharCode(...preamble)) ? 'disguise' : 'plain';
  }
  if (magicAt === 0) cursor.advance(4);
  return 'absent';
}

/** Reads group 0002, in explicit little endian, whatever its group length says. */
export async function readMeta(cursor: Cursor, values: RawValues, budget: Budget): Promise<void> {
  while ((await cursor.fill(4)) === 4 && cursor.view.getUint16(cursor.at, true) === 0x0002) {
    const header = (await readElementHeader(cursor, await metaEncoding(cursor))) ?? refuse('truncated');
    spend(budget, 'items');
    if (header.length === UNDEFINED_LENGTH) refuse('malformed');
    await readValue(cursor, header.tag, header.length, values);
  }
}

/** Some old writers leave the VR out here, too. */
async function metaEncoding(cursor: Cursor): Promise<Encoding> {
  return (await cursor.fill(8)) === 8 && isKnownVr(vrAt(cursor)) ? EXPLICIT : IMPLICIT;
}

function vrAt({ window, at }: Cursor): string {
  return String.fromCharCode(window[at + 4] ?? 0, window[at + 5] ?? 0);
}

/** Keeps a value the scanner wants, at most MAX_VALUE_BYTES of it, and moves behind it. */
export async function readValue(cursor: Cursor, tag: number, length: number, values: RawValues): Promise<void> {
  if (!isKept(tag)) {
    if (length > cursor.window.length - cursor.at) await cursor.skip(length);
    else cursor.advance(length);
    return;
  }
  const count = Math.min(length, MAX_VALUE_BYTES);
  if ((await cursor.fill(count)) < count) refuse('truncated');
  keepValue(values, tag, cursor.window.slice(cursor.at, cursor.at + count));
  await cursor.skip(length);
}

/**
 * How the data set at the cursor is written. The transfer syntax is believed unless the first element shows that it is
 * wrong about the VR; without one the first element decides.
 * @throws ScanRefused `not-dicom` when neither meta group nor first element speak for DICOM
 */
export async function dataSetEncoding(cursor: Cursor, values: RawValues): Promise<Encoding> {
  const syntax = plainText(values, TAG.transferSyntaxUid);
  if ((await cursor.fill(8)) < 8) return values.size > 0 ? EXPLICIT : refuse('not-dicom');
  if (syntax === '') return guess(cursor, values.size > 0);
  if (syntax === EXPLICIT_BIG_ENDIAN) return EXPLICIT_BIG;
  const explicit = isKnownVr(vrAt(cursor));
  if (syntax === IMPLICIT_LITTLE) return explicit && !isLengthLikely(cursor) ? EXPLICIT : IMPLICIT;
  return explicit || !isLengthLikely(cursor) ? EXPLICIT : IMPLICIT;
}

/** Whether bytes 4 to 7 make sense as the length of a first element, as they do in implicit VR. */
function isLengthLikely(cursor: Cursor): boolean {
  return cursor.view.getUint32(cursor.at + 4, true) <= MAX_VALUE_BYTES;
}

/** Data sets start in a low even group, mostly 0008 (0004 in a DICOMDIR). */
function guess(cursor: Cursor, hasMeta: boolean): Encoding {
  const little = cursor.view.getUint16(cursor.at, true);
  const big = cursor.view.getUint16(cursor.at, false);
  const known = isKnownVr(vrAt(cursor));
  if (isFirstGroup(little)) {
    if (known) return EXPLICIT;
    if (isLengthLikely(cursor)) return IMPLICIT;
  }
  if (isFirstGroup(big) && known) return EXPLICIT_BIG;
  return refuse(hasMeta ? 'malformed' : 'not-dicom');
}

function isFirstGroup(group: number): boolean {
  return group === 0x0004 || group === 0x0008;
}

/** The transfer syntax a file without meta group has. */
export function syntaxOf(encoding: Encoding): string {
  if (!encoding.explicit) return IMPLICIT_LITTLE;
  return encoding.littleEndian ? EXPLICIT_LITTLE : EXPLICIT_BIG_ENDIAN;
}
