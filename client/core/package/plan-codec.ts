import { cborRecord, encodeCbor, parseCbor, type CborMap, type CborValue } from '../../../crypto/wire/cbor.js';
import { WireError } from '../../../crypto/wire/error.js';
import { fileIdFrom, idBytes } from '../../../crypto/wire/ids.js';
import { asArray, asBytes, asMap, asOneOf, asText, asUint, assertKeys, orNull } from '../../../crypto/wire/shape.js';
import { isDisplayText, MAX_TEXT_CHARS } from '../dicom/text.js';
import { isUid, MAX_UID_CHARS } from '../dicom/uid.js';
import { CoreError } from '../error.js';
import { guarded } from './guard.js';
import { MAX_FILE_BYTES, MAX_FILES, MAX_MANIFEST_BYTES, MAX_MEDIA_TYPE_CHARS, MAX_NAME_CHARS } from './limits.js';
import {
  planCounts,
  planFiles,
  type Plan,
  type PlanDocument,
  type PlanInstance,
  type PlanPatient,
  type PlanSeries,
  type PlanStudy,
} from './plan.js';

const REPORT = 1;
const ATTACHMENT = 2;
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/;
/** DICOM IS (PS3.5 §6.2) is a signed 32-bit number. */
const MIN_IS = -(2 ** 31);
const MAX_IS = 2 ** 31 - 1;

/** @throws CoreError `plan-invalid` for a plan that a receiver would refuse */
export function encodePlan(plan: Plan): Uint8Array {
  return guarded('plan-invalid', () => {
    assertPlan(plan, 'plan-invalid');
    const bytes = encodeCbor(writePlan(plan));
    if (bytes.length > MAX_MANIFEST_BYTES) throw new CoreError('plan-invalid', 'the plan is too long');
    // What we would not accept, we do not send: texts and UIDs are checked by the reader itself.
    readPlan(asMap(parseCbor(bytes, { maxBytes: MAX_MANIFEST_BYTES })), 'plan-invalid');
    return bytes;
  });
}

/** @throws CoreError `package-plan` for anything but a canonical plan without contradictions (docs/spec/payload.md §7.3) */
export function parsePlan(bytes: Uint8Array): Plan {
  return guarded('package-plan', () =>
    readPlan(asMap(parseCbor(bytes, { maxBytes: MAX_MANIFEST_BYTES })), 'package-plan'),
  );
}

type PlanErrorCode = 'package-plan' | 'plan-invalid';

function writePlan(plan: Plan): CborMap {
  const counts = planCounts(plan);
  return cborRecord({
    1: 0,
    2: [counts.files, counts.instances, counts.bytes],
    3: plan.studies.map(writeStudy),
    4: plan.documents.map(writeDocument),
    5: plan.order,
  });
}

function writeStudy(study: PlanStudy): CborMap {
  return cborRecord({
    1: study.studyInstanceUid,
    2: [study.patient.name, study.patient.id, study.patient.birthDate, study.patient.sex],
    3: study.date,
    4: study.time,
    5: study.description,
    6: study.accessionNumber,
    7: study.id,
    8: study.referringPhysician,
    9: study.series.map(writeSeries),
  });
}

function writeSeries(series: PlanSeries): CborMap {
  return cborRecord({
    1: series.seriesInstanceUid,
    2: series.modality,
    3: series.number,
    4: series.description,
    5: series.instances.map(writeInstance),
  });
}

function writeInstance(instance: PlanInstance): readonly CborValue[] {
  const { fileId, size, sopInstanceUid, sopClassUid, transferSyntaxUid, instanceNumber, frames } = instance;
  return [idBytes(fileId), size, sopInstanceUid, sopClassUid, transferSyntaxUid, instanceNumber, frames];
}

function writeDocument({ fileId, size, kind, name, mediaType }: PlanDocument): readonly CborValue[] {
  return [idBytes(fileId), size, kind === 'report' ? REPORT : ATTACHMENT, name, mediaType];
}

function readPlan(map: CborMap, code: PlanErrorCode): Plan {
  assertKeys(map, [1, 2, 3, 4, 5]);
  asOneOf(map.get(1), [0]);
  const plan: Plan = {
    studies: asArray(map.get(3)).map(readStudy),
    documents: asArray(map.get(4)).map(readDocument),
    order: asArray(map.get(5)).map((index) => asUint(index, MAX_FILES)),
  };
  assertPlan(plan, code);
  const told = asArray(map.get(2), 3).map((count) => asUint(count));
  const counts = planCounts(plan);
  if (told[0] !== counts.files || told[1] !== counts.instances || told[2] !== counts.bytes) {
    throw new CoreError(code, 'counts differ from the files');
  }
  return plan;
}

function readStudy(value: CborValue): PlanStudy {
  const map = asMap(value);
  assertKeys(map, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  return {
    studyInstanceUid: asUid(map.get(1)),
    patient: readPatient(map.get(2)),
    date: asDisplay(map.get(3)),
    time: asDisplay(map.get(4)),
    description: asDisplay(map.get(5)),
    accessionNumber: asDisplay(map.get(6)),
    id: asDisplay(map.get(7)),
    referringPhysician: asDisplay(map.get(8)),
    series: nonEmpty(asArray(map.get(9)).map(readSeries)),
  };
}

function readPatient(value: CborValue | undefined): PlanPatient {
  const [name, id, birthDate, sex] = asArray(value, 4);
  return { name: asDisplay(name), id: asDisplay(id), birthDate: asDisplay(birthDate), sex: asDisplay(sex) };
}

function readSeries(value: CborValue): PlanSeries {
  const map = asMap(value);
  assertKeys(map, [1, 2, 3, 4, 5]);
  return {
    seriesInstanceUid: asUid(map.get(1)),
    modality: asDisplay(map.get(2)),
    number: orNull(map.get(3), asIs),
    description: asDisplay(map.get(4)),
    instances: nonEmpty(asArray(map.get(5)).map(readInstance)),
  };
}

function readInstance(value: CborValue): PlanInstance {
  const [fileId, size, sop, sopClass, syntax, instanceNumber, frames] = asArray(value, 7);
  return {
    kind: 'instance',
    fileId: fileIdFrom(asBytes(fileId)),
    size: asUint(size, MAX_FILE_BYTES),
    sopInstanceUid: asUid(sop),
    sopClassUid: asUid(sopClass),
    transferSyntaxUid: asUid(syntax),
    instanceNumber: orNull(instanceNumber, asIs),
    frames: asUint(frames, MAX_IS),
  };
}

function readDocument(value: CborValue): PlanDocument {
  const [fileId, size, kind, name, mediaType] = asArray(value, 5);
  return {
    kind: asOneOf(kind, [REPORT, ATTACHMENT]) === REPORT ? 'report' : 'attachment',
    fileId: fileIdFrom(asBytes(fileId)),
    size: asUint(size, MAX_FILE_BYTES),
    name: asFileName(name),
    mediaType: asMediaType(mediaType),
  };
}

function asUid(value: CborValue | undefined): string {
  const uid = asText(value, MAX_UID_CHARS);
  return isUid(uid) ? uid : refuse('a UID');
}

function asDisplay(value: CborValue | undefined): string {
  const text = asText(value, MAX_TEXT_CHARS);
  return isDisplayText(text, MAX_TEXT_CHARS) ? text : refuse('text fit to show');
}

function asFileName(value: CborValue | undefined): string {
  const name = asText(value, MAX_NAME_CHARS);
  return name !== '' && isDisplayText(name, MAX_NAME_CHARS) ? name : refuse('a name');
}

/** @throws WireError `shape`; a media type is lower case, without parameters */
export function asMediaType(value: CborValue | undefined): string {
  const mediaType = asText(value, MAX_MEDIA_TYPE_CHARS);
  return MEDIA_TYPE.test(mediaType) ? mediaType : refuse('a media type');
}

function asIs(value: CborValue): number {
  return typeof value === 'number' && value >= MIN_IS && value <= MAX_IS ? value : refuse('a 32-bit number');
}

function nonEmpty<T>(list: T[]): T[] {
  return list.length > 0 ? list : refuse('at least one');
}

function refuse(what: string): never {
  throw new WireError('shape', `expected ${what}`);
}

/** The rules between fields: ids and UIDs once, order a permutation, sums within limits. */
function assertPlan(plan: Plan, code: PlanErrorCode): void {
  const files = planFiles(plan);
  if (files.length === 0 || files.length > MAX_FILES) throw new CoreError(code, 'number of files');
  assertOnce(
    files.map((file) => file.fileId),
    code,
  );
  assertOnce(
    plan.studies.map((study) => study.studyInstanceUid),
    code,
  );
  for (const study of plan.studies) {
    assertOnce(
      study.series.map((series) => series.seriesInstanceUid),
      code,
    );
  }
  if (plan.order.length !== files.length || plan.order.some((index) => index >= files.length)) {
    throw new CoreError(code, 'order has not one place for each file');
  }
  assertOnce(plan.order, code);
  if (!Number.isSafeInteger(planCounts(plan).bytes)) throw new CoreError(code, 'sum of sizes');
}

function assertOnce(values: readonly (string | number)[], code: PlanErrorCode): void {
  if (new Set(values).size !== values.length) throw new CoreError(code, 'an id, UID or place occurs twice');
}
