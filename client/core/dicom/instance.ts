import { decimals, integer, plainText, TAG, type RawValues } from './attributes.js';
import { decodeText, parseCharacterSets } from './charset.js';
import { refuse } from './refusal.js';
import { displayText, MAX_TEXT_CHARS } from './text.js';
import { isUid } from './uid.js';

/** What sorting, planning and showing need of an instance. Texts are fit to show (see text.ts) and possibly empty. */
export interface ScannedInstance {
  readonly kind: 'instance';
  readonly sopInstanceUid: string;
  readonly sopClassUid: string;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  /** Of the file; guessed from the encoding when it has no meta group. */
  readonly transferSyntaxUid: string;
  readonly modality: string;
  /** `name` is a DICOM PN: `Family^Given^Middle^Prefix^Suffix`, `=` between representations. */
  readonly patient: ScannedPatient;
  readonly study: ScannedStudy;
  readonly series: { readonly number: number | null; readonly description: string };
  readonly instanceNumber: number | null;
  readonly numberOfFrames: number;
  /** mm, x y z of the first pixel in the patient's frame. */
  readonly imagePosition: readonly number[] | null;
  /** Direction of rows and columns, six cosines. */
  readonly imageOrientation: readonly number[] | null;
  /** Which of several images at one position it is. */
  readonly phase: ScannedPhase;
  /** What does not keep it from being sent, but the sender should know. */
  readonly warnings: readonly ScanWarning[];
}

export interface ScannedPhase {
  readonly temporalPosition: number | null;
  readonly echoNumber: number | null;
  readonly acquisitionNumber: number | null;
  /** ms after the trigger. */
  readonly triggerTime: number | null;
}

export type ScanWarning =
  | 'no-pixels' // it describes an image and holds none: legal, or cut exactly between two elements
  | 'preamble' // the first 128 bytes begin like a program, a page or an archive (attack A18)
  | 'trailing-bytes'; // bytes behind the data set that are no elements

export interface ScannedPatient {
  readonly name: string;
  readonly id: string;
  readonly birthDate: string;
  readonly sex: string;
}

export interface ScannedStudy {
  readonly date: string;
  readonly time: string;
  readonly description: string;
  readonly accessionNumber: string;
  readonly id: string;
  readonly referringPhysician: string;
}

/** @throws ScanRefused `no-uids` */
export function describeInstance(
  values: RawValues,
  transferSyntaxUid: string,
  warnings: readonly ScanWarning[],
): ScannedInstance {
  const uid = (tag: number): string => asUid(plainText(values, tag));
  const sets = parseCharacterSets(plainText(values, TAG.specificCharacterSet));
  const text = (tag: number): string => displayText(decodeText(values.get(tag) ?? NOTHING, sets), MAX_TEXT_CHARS);
  const plain = (tag: number): string => displayText(plainText(values, tag), MAX_TEXT_CHARS);
  return {
    kind: 'instance',
    sopInstanceUid: uid(TAG.sopInstanceUid),
    sopClassUid: uid(TAG.sopClassUid),
    studyInstanceUid: uid(TAG.studyInstanceUid),
    seriesInstanceUid: uid(TAG.seriesInstanceUid),
    transferSyntaxUid: asUid(transferSyntaxUid),
    modality: plain(TAG.modality),
    patient: {
      name: text(TAG.patientName),
      id: text(TAG.patientId),
      birthDate: plain(TAG.patientBirthDate),
      sex: plain(TAG.patientSex),
    },
    study: {
      date: plain(TAG.studyDate),
      time: plain(TAG.studyTime),
      description: text(TAG.studyDescription),
      accessionNumber: text(TAG.accessionNumber),
      id: text(TAG.studyId),
      referringPhysician: text(TAG.referringPhysicianName),
    },
    series: { number: integer(values, TAG.seriesNumber), description: text(TAG.seriesDescription) },
    instanceNumber: integer(values, TAG.instanceNumber),
    numberOfFrames: Math.max(1, integer(values, TAG.numberOfFrames) ?? 1),
    imagePosition: decimals(values, TAG.imagePosition, 3),
    imageOrientation: decimals(values, TAG.imageOrientation, 6),
    phase: {
      temporalPosition: integer(values, TAG.temporalPosition),
      echoNumber: integer(values, TAG.echoNumber),
      acquisitionNumber: integer(values, TAG.acquisitionNumber),
      triggerTime: decimals(values, TAG.triggerTime, 1)?.[0] ?? null,
    },
    warnings,
  };
}

const NOTHING = new Uint8Array(0);

function asUid(text: string): string {
  return isUid(text) ? text : refuse('no-uids');
}
