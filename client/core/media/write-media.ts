import { utf8 } from '../../../crypto/wire/bytes.js';
import type { Attributes } from '../dicom/read-attributes.js';
import type { PlanDocument, PlanFile, PlanPatient, PlanSeries, PlanStudy } from '../package/plan.js';
import type { CreateSha256 } from '../ports.js';
import { encodeDirectory, type DirectoryRecord } from './directory-writer.js';
import { instanceFileId } from './file-ids.js';
import {
  createMediumWriter,
  readInstance,
  type MediumWriter,
  type VerifiedFile,
  type WriterInput,
} from './medium-writer.js';
import { digestList, indexPage, readmeText, type ListedDigest, type MediumInfo } from './pages.js';
import { PATIENT, recordTypeOf, SERIES, STUDY, type RecordType } from './record-types.js';
import { recordKeys } from './record.js';

export interface MediumInput extends WriterInput {
  readonly studies: readonly PlanStudy[];
  readonly documents: readonly PlanDocument[];
  readonly openFile: (file: PlanFile) => Promise<VerifiedFile>;
  readonly info: MediumInfo;
}

export interface WrittenMedium {
  readonly studies: number;
  readonly instances: number;
  readonly files: number;
  readonly bytes: number;
  /** Instances that are not byte for byte what was sent: their preamble was cleared, or a file header was written. */
  readonly changed: number;
}

/**
 * Writes a medium in the layout of IHE PDI (docs/media.md): instances below DICOM/ under names of our own, DICOMDIR, README.TXT,
 * INDEX.HTM, DIGESTS.TXT. Instances are read once, in their order. @throws CoreError `staging-lost`, `aborted`
 */
export async function writeMedium(input: MediumInput): Promise<WrittenMedium> {
  const writer = createMediumWriter(input);
  const counts = countsOf(input.studies);
  await writer.bytes('README.TXT', utf8(readmeText(input.info, counts)));
  const roots: DirectoryRecord[] = [];
  for (const [number, group] of byPatient(input.studies).entries()) {
    roots.push(...(await patientRecords(writer, input, group, number)));
  }
  for (const document of input.documents) {
    await writer.document(document.name, document.mediaType, await input.openFile(document));
  }
  const uid = directoryUid(input.info.messageId, writer.digests, input.createSha256);
  await writer.bytes('DICOMDIR', encodeDirectory(roots, uid));
  await writer.bytes('INDEX.HTM', utf8(indexPage(input.info, input.studies.map(listed), writer.documents)));
  await writer.bytes('DIGESTS.TXT', utf8(digestList(writer.digests)));
  return { ...counts, ...writer.counts() };
}

function countsOf(studies: readonly PlanStudy[]): { studies: number; instances: number } {
  const series = studies.flatMap((study) => study.series);
  return { studies: studies.length, instances: series.reduce((sum, { instances }) => sum + instances.length, 0) };
}

function listed({ patient, date, description, series }: PlanStudy) {
  return { patient, date, description, series: series.map((one) => ({ ...one, instances: one.instances.length })) };
}

interface PatientGroup {
  readonly patient: PlanPatient;
  readonly studies: PlanStudy[];
}

/** The index has a record a patient, and knows patients by name, id and birth date as the sender's tree does. */
function byPatient(studies: readonly PlanStudy[]): PatientGroup[] {
  const groups = new Map<string, PatientGroup>();
  for (const study of studies) {
    const { name, id, birthDate } = study.patient;
    const key = JSON.stringify([name, id, birthDate]);
    const group = groups.get(key) ?? { patient: study.patient, studies: [] };
    group.studies.push(study);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Records of one level, with the attributes of the first instance below them: their keys are taken from there. */
interface Level {
  readonly records: DirectoryRecord[];
  first: Attributes | null;
}

/** Identifiers that a record must have are invented where an instance has none: plainly so, and different from each other. */
type Invented = ReadonlyMap<number, string>;

async function patientRecords(
  writer: MediumWriter,
  input: MediumInput,
  { studies }: PatientGroup,
  number: number,
): Promise<DirectoryRecord[]> {
  const level: Level = { records: [], first: null };
  for (const [index, study] of studies.entries()) {
    const below: Level = { records: [], first: null };
    for (const [seriesIndex, series] of study.series.entries()) {
      const instances = await seriesLevel(writer, input, series, [number, index, seriesIndex]);
      const invented = new Map([
        [0x00080060, 'OT'],
        [0x00200011, String(seriesIndex + 1)],
      ]);
      addTo(below, SERIES, instances, invented);
    }
    addTo(level, STUDY, below, new Map([[0x00200010, `S${index + 1}`]]));
  }
  const root: Level = { records: [], first: null };
  addTo(root, PATIENT, level, new Map([[0x00100020, `P${number + 1}`]]));
  return root.records;
}

/** A level without instances of its own has no record. */
function addTo(above: Level, recordType: RecordType, below: Level, invented: Invented): void {
  if (below.first === null) return;
  const keys = recordKeys(recordType, below.first, invented);
  above.records.push({ type: recordType.name, keys, file: null, children: below.records });
  above.first ??= below.first;
}

async function seriesLevel(
  writer: MediumWriter,
  input: MediumInput,
  series: PlanSeries,
  place: readonly [number, number, number],
): Promise<Level> {
  const level: Level = { records: [], first: null };
  for (const [index, planned] of series.instances.entries()) {
    const file = await input.openFile(planned);
    const instance = await readInstance(file);
    if (instance === null) {
      await writer.document(`${planned.sopInstanceUid}.bin`, 'application/octet-stream', file);
      continue;
    }
    const { sopClassUid, sopInstanceUid, transferSyntaxUid, attributes } = instance;
    const recordType = recordTypeOf(sopClassUid);
    const fileId = instanceFileId([...place, index], recordType.prefix);
    await writer.instance(fileId.join('/'), instance);
    const invented = new Map([[0x00200013, String(index + 1)]]);
    const keys = recordKeys(recordType, attributes, invented);
    const reference = { fileId, sopClassUid, sopInstanceUid, transferSyntaxUid };
    level.records.push({ type: recordType.name, keys, file: reference, children: [] });
    level.first ??= attributes;
  }
  return level;
}

/** The same message makes the same index, and two messages never the same. */
function directoryUid(messageId: string, digests: readonly ListedDigest[], createSha256: CreateSha256): string {
  const hash = createSha256();
  hash.update(utf8(messageId));
  for (const { writtenSha256 } of digests) hash.update(utf8(writtenSha256));
  const number = hash
    .digest()
    .slice(0, 16)
    .reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return `2.25.${number}`;
}
