import { createDeidentifier } from '../../../client/core/deidentification/deidentify.js';
import { findElement, itemsOf, valueBytes } from '../../../client/core/deidentification/element-tree.js';
import { openInstance, type OpenInstance } from '../../../client/core/deidentification/open-instance.js';
import { readyProfile } from '../../../client/core/deidentification/profile.js';
import { attributesOf } from '../../../client/core/deidentification/root-attributes.js';
import { createPseudonyms } from '../../../client/core/deidentification/secret.js';
import { encodeText } from '../../../client/core/dicom/charset-encode.js';
import { shiftDate } from '../../../client/core/deidentification/dates.js';
import { memorySource } from '../memory-source.js';
import type { CanaryCase } from './cases.js';
import type { Column } from './plants.js';

/** What a de-identified canary is worth, column by column. */
export interface Score {
  good(column: Column): void;
  bad(column: Column, what: string): void;
  readonly columns: ReadonlyMap<Column, { good: number; bad: number }>;
  readonly failures: readonly string[];
}

export function createScore(): Score {
  const columns = new Map<Column, { good: number; bad: number }>();
  const failures: string[] = [];
  const of = (column: Column): { good: number; bad: number } => {
    const found = columns.get(column) ?? { good: 0, bad: 0 };
    columns.set(column, found);
    return found;
  };
  return {
    good: (column) => void of(column).good++,
    bad(column, what) {
      of(column).bad++;
      failures.push(`${column}: ${what}`);
    },
    columns,
    failures,
  };
}

export const CANARY_SECRET = new Uint8Array(32).fill(7);

/** De-identifies one case and adds what it shows. @returns the output, or null when it was refused */
export async function scoreCase(one: CanaryCase, score: Score): Promise<Uint8Array | null> {
  const pseudonyms = createPseudonyms(CANARY_SECRET);
  const deidentifier = createDeidentifier({
    profile: readyProfile('basic', one.options),
    pseudonyms,
    cleaner: null,
    wayBack: null,
  });
  const prepared = await deidentifier.prepare(memorySource('in.dcm', one.bytes));
  if (prepared.kind === 'refused') {
    score.bad('valid', `${one.name}: refused as ${prepared.reason}`);
    return null;
  }
  const output = await prepared.output.read(0, prepared.output.size);
  const search = prepared.search();
  search.update(output);
  if (search.hits() > 0) score.bad('valid', `${one.name}: refused by the residual search`);
  const instance = await openInstance(memorySource('out.dcm', output));
  await scorePlants(one, output, instance, score);
  scoreStructure(one, instance, score);
  await scorePixels(one, instance, score);
  return output;
}

/** The file, and the data set inflated where it is deflated. */
async function searchable(output: Uint8Array, { data, isDeflated }: OpenInstance): Promise<Buffer> {
  return Buffer.from(isDeflated ? await data.read(0, data.size) : output);
}

async function scorePlants(one: CanaryCase, output: Uint8Array, instance: OpenInstance, score: Score): Promise<void> {
  const bytes = await searchable(output, instance);
  const { shiftDays } = createPseudonyms(CANARY_SECRET).patient(`id:${one.patientId}`);
  // One planted date, moved, can be another one that was planted.
  const moved = new Set(one.plants.map(({ value }) => shiftDate(value.slice(0, 8), shiftDays)));
  for (const { column, where, value, expect } of one.plants) {
    if (moved.has(value)) continue;
    const isThere = codingsOf(value).some((coded) => bytes.includes(coded));
    if (isThere === (expect === 'stays')) score.good(column);
    else score.bad(column, `${one.name}: ${where} ${value} is ${isThere ? 'still there' : 'gone'}`);
  }
}

const CODINGS = [
  'ISO_IR 100',
  'ISO_IR 144',
  'ISO_IR 126',
  'ISO_IR 166',
  'GB18030',
  '\\ISO 2022 IR 87',
  '\\ISO 2022 IR 149',
];

/** Every coding a value can have; short ones only as they are, because two letters are everywhere. */
export function codingsOf(value: string): Buffer[] {
  const coded = CODINGS.map((sets) => encodeText(value, sets.split('\\'))).filter((bytes) => bytes !== null);
  const all = [
    Buffer.from(value),
    Buffer.from(value.toLowerCase()),
    Buffer.from(value, 'utf16le'),
    ...coded.map((bytes) => Buffer.from(bytes)),
  ];
  return all.filter((bytes) => bytes.length >= 6);
}

function scoreStructure(one: CanaryCase, { elements }: OpenInstance, score: Score): void {
  const at = attributesOf(elements);
  const check = (column: Column, what: string, isRight: boolean): void => {
    if (isRight) score.good(column);
    else score.bad(column, `${one.name}: ${what}`);
  };
  const pseudonyms = createPseudonyms(CANARY_SECRET);
  const keepsUids = one.options.includes('retainUIDs');
  const sop = keepsUids ? one.sopInstanceUid : pseudonyms.uid(one.sopInstanceUid);
  check('UIDs', 'SOP Instance UID is not the mapped one', at.text(0x00080018) === sop);
  const reference = itemsOf(findElement(elements, 0x00081140) ?? fail())[0];
  check('UIDs', 'the reference does not follow', attributesOf(reference?.elements ?? []).text(0x00081155) === sop);
  check(
    'actions',
    'Patient Name and ID are not one pseudonym',
    /^P[0-9A-Z]{12}$/.test(at.text(0x00100020)) && at.text(0x00100010) === at.text(0x00100020),
  );
  check(
    'actions',
    'every Patient Name is replaced',
    elements.filter(({ tag }) => tag === 0x00100010).every((node) => valueBytes(node).length === 14),
  );
  const { shiftDays } = pseudonyms.patient(`id:${one.patientId}`);
  const studyDate = one.options.includes('retainLongFullDates')
    ? one.studyDate
    : one.options.includes('retainLongModifiedDates')
      ? shiftDate(one.studyDate, shiftDays)
      : '';
  check('dates', 'Study Date', at.text(0x00080020) === studyDate);
  check('markers', 'Patient Identity Removed', at.text(0x00120062) === 'YES');
  const methods = at.text(0x00120063).split('\\');
  check('markers', 'method', methods.length > 0 && methods.every((value) => value.length > 0 && value.length <= 64));
  const codes = itemsOf(findElement(elements, 0x00120064) ?? fail()).map((item) =>
    attributesOf(item.elements).text(0x00080100),
  );
  check('markers', 'codes', codes.length === one.options.length + 1 && codes.includes('113100'));
  const longitudinal = one.options.includes('retainLongFullDates')
    ? 'UNMODIFIED'
    : one.options.includes('retainLongModifiedDates')
      ? 'MODIFIED'
      : 'REMOVED';
  check('markers', 'longitudinal', at.text(0x00280303) === longitudinal);
  for (const [tag, value] of KEPT) check('retained', `${tag.toString(16)} is not kept`, at.text(tag) === value);
}

const KEPT: readonly (readonly [number, string])[] = [
  [0x00080008, 'ORIGINAL\\PRIMARY\\AXIAL'],
  [0x00080060, 'CT'],
  [0x00080070, 'MAKER OF SCANNERS'],
  [0x00180050, '2.5'],
  [0x00180060, '120'],
  [0x00200013, '7'],
];

function fail(): never {
  throw new RangeError('an element that every output has is not there');
}

async function scorePixels(one: CanaryCase, { elements, data }: OpenInstance, score: Score): Promise<void> {
  if (one.pixels === null) return;
  const node = findElement(elements, 0x7fe00010) ?? fail();
  const pixels = await data.read(node.valueAt, node.length);
  const expected = node.encoding.littleEndian ? one.pixels : swap(one.pixels);
  if (Buffer.compare(pixels, expected) === 0) score.good('pixels kept');
  else score.bad('pixels kept', `${one.name}: pixels differ`);
}

function swap(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.from(bytes).swap16());
}
