import { encodeText } from '../../core/dicom/charset-encode.js';
import { decodeText, parseCharacterSets } from '../../core/dicom/charset.js';
import { type Encoding, IMPLICIT } from '../../core/dicom/element.js';
import { type AttributeChange, changeAttributes } from '../../core/deidentification/change-attributes.js';
import { type ElementNode, findElement, itemsOf, valueBytes } from '../../core/deidentification/element-tree.js';
import { type OpenInstance, openInstance } from '../../core/deidentification/open-instance.js';
import { element, itemHeader, sequenceElement, textElement } from '../../core/deidentification/write-elements.js';
import { type ByteSource } from '../../core/ports.js';
import { GatewayError } from '../error.js';
import { type LocalPatient } from '../patients/local-patients.js';

/**
 * A foreign instance under the practice's own patient (after IHE IRWF): number, issuer, name, birth date and sex of the patient, and the accession number of the
 * own order, or none. What stood there before is kept in Original Attributes Sequence (PS3.3 §C.12.1.1.9). Everything else is byte for byte what was signed.
 */
export interface Coercion {
  readonly patient: LocalPatient;
  /** Who changes: Modifying System (0400,0563). */
  readonly modifiedBy: string;
  /** Whose values they were: Source of Previous Values (0400,0564). */
  readonly source: string;
  readonly atMs: number;
}

const TAG = {
  characterSet: 0x00080005,
  accessionNumber: 0x00080050,
  accessionIssuer: 0x00080051,
  patientName: 0x00100010,
  patientId: 0x00100020,
  issuer: 0x00100021,
  issuerQualifiers: 0x00100024,
  birthDate: 0x00100030,
  sex: 0x00100040,
  originals: 0x04000561,
  modified: 0x04000550,
  modificationTime: 0x04000562,
  modifyingSystem: 0x04000563,
  previousSource: 0x04000564,
  reason: 0x04000565,
} as const;

/** @throws ScanRefused for what cannot be read; GatewayError `patient-unwritable` */
export async function coerceInstance(source: ByteSource, coercion: Coercion): Promise<ByteSource> {
  const instance = await openInstance(source);
  const changes = changesFor(instance, coercion.patient);
  if (changes.size === 0) return source;
  const originals = await originalsWith(instance, [...changes.keys()], coercion);
  return changeAttributes(source, new Map([...changes, [TAG.originals, originals]]));
}

interface Wanted {
  readonly tag: number;
  readonly vr: string;
  readonly text: string;
}

function wantedOf({ patientId, issuer, name, birthDate, sex, accessionNumber }: LocalPatient): Wanted[] {
  const known = (tag: number, vr: string, text: string): Wanted[] => (text === '' ? [] : [{ tag, vr, text }]);
  return [
    // A foreign accession number could be one of the practice's own: without an order of its own there is none.
    { tag: TAG.accessionNumber, vr: 'SH', text: accessionNumber },
    { tag: TAG.patientId, vr: 'LO', text: patientId },
    { tag: TAG.issuer, vr: 'LO', text: issuer },
    ...known(TAG.patientName, 'PN', name),
    ...known(TAG.birthDate, 'DA', birthDate),
    ...known(TAG.sex, 'CS', sex),
  ];
}

function changesFor({ elements, encoding }: OpenInstance, patient: LocalPatient): Map<number, AttributeChange> {
  const sets = setsOf(elements);
  const changes = new Map<number, AttributeChange>();
  for (const { tag, vr, text } of wantedOf(patient)) {
    const node = findElement(elements, tag);
    if (textOf(node, sets) === text) continue;
    const bytes = encodeText(text, sets);
    // Numbers decide whose it is; a name that the character set has no letters for stays as the sender wrote it.
    if (bytes === null && tag === TAG.patientName) continue;
    if (bytes === null) throw new GatewayError('patient-unwritable', 'no form in this character set');
    if (node !== undefined || text !== '') changes.set(tag, { kind: 'value', vr: vrOf(node, vr, encoding), bytes });
  }
  // They say more about numbers that stand there no longer.
  if (changes.has(TAG.patientId) || changes.has(TAG.issuer)) remove(elements, changes, TAG.issuerQualifiers);
  if (changes.has(TAG.accessionNumber)) remove(elements, changes, TAG.accessionIssuer);
  return changes;
}

function remove(elements: readonly ElementNode[], changes: Map<number, AttributeChange>, tag: number): void {
  if (findElement(elements, tag) !== undefined) changes.set(tag, { kind: 'gone' });
}

function vrOf(node: ElementNode | undefined, vr: string, { explicit }: Encoding): string {
  return explicit && node !== undefined && node.vr !== 'UN' ? node.vr : vr;
}

function setsOf(elements: readonly ElementNode[]): readonly string[] {
  const declared = findElement(elements, TAG.characterSet);
  if (declared === undefined) return [];
  return parseCharacterSets(new TextDecoder('iso-8859-1').decode(valueBytes(declared)).replace(/[\0 ]+$/, ''));
}

function textOf(node: ElementNode | undefined, sets: readonly string[]): string {
  return node === undefined ? '' : decodeText(valueBytes(node), sets).replace(/[\0 ]+$/, '');
}

/** The sequence with one more item; items of earlier changes stay as they are. */
async function originalsWith(
  { data, elements, encoding }: OpenInstance,
  changed: readonly number[],
  coercion: Coercion,
): Promise<AttributeChange> {
  const node = findElement(elements, TAG.originals);
  const isUnknown = node?.vr === 'UN';
  // PS3.5 §6.2.2 note 2: a sequence whose VR its writer did not know has items in implicit VR.
  const inner: Encoding = isUnknown ? IMPLICIT : (node && itemsOf(node)[0]?.encoding) || encoding;
  const before = node === undefined ? new Uint8Array(0) : await data.read(node.valueAt, node.length);
  const values: Uint8Array[] = [];
  for (const tag of [...changed].sort((a, b) => a - b))
    values.push(await previous(data, findElement(elements, tag), tag, inner));
  const item = Buffer.concat([
    sequenceElement(TAG.modified, [Buffer.concat(values)], inner),
    textElement(TAG.modificationTime, 'DT', dicomTime(coercion.atMs), inner),
    textElement(TAG.modifyingSystem, 'LO', coercion.modifiedBy.slice(0, 64), inner),
    textElement(TAG.previousSource, 'LO', coercion.source.slice(0, 64), inner),
    textElement(TAG.reason, 'CS', 'COERCE', inner),
  ]);
  const bytes = Buffer.concat([before, itemHeader(item.length, inner), item]);
  return { kind: 'value', vr: isUnknown ? 'UN' : 'SQ', bytes };
}

const VRS: Readonly<Record<number, string>> = {
  [TAG.accessionNumber]: 'SH',
  [TAG.accessionIssuer]: 'SQ',
  [TAG.patientName]: 'PN',
  [TAG.patientId]: 'LO',
  [TAG.issuer]: 'LO',
  [TAG.issuerQualifiers]: 'SQ',
  [TAG.birthDate]: 'DA',
  [TAG.sex]: 'CS',
};

/** An attribute that was not there was empty: whoever puts things back sees that it was none. */
async function previous(
  data: ByteSource,
  node: ElementNode | undefined,
  tag: number,
  inner: Encoding,
): Promise<Uint8Array> {
  const value = node === undefined ? new Uint8Array(0) : await data.read(node.valueAt, node.length);
  return element(tag, VRS[tag] ?? 'UN', value, inner);
}

/** PS3.5 §6.2, DT, in UTC. */
function dicomTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}+0000`;
}
