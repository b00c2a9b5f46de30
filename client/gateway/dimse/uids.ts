import { randomBytes } from 'node:crypto';

/** PS3.4 annex A. */
export const VERIFICATION = '1.2.840.10008.1.1';
/** PS3.4 annex J: the class, and the one instance that it has. */
export const STORAGE_COMMITMENT = '1.2.840.10008.1.20.1';
export const STORAGE_COMMITMENT_INSTANCE = '1.2.840.10008.1.20.1.1';
/** PS3.4 annex R. */
export const INSTANCE_AVAILABILITY = '1.2.840.10008.5.1.4.33';
/** PS3.4 annex C. */
export const PATIENT_ROOT_FIND = '1.2.840.10008.5.1.4.1.2.1.1';
export const STUDY_ROOT_FIND = '1.2.840.10008.5.1.4.1.2.2.1';
export const STUDY_ROOT_MOVE = '1.2.840.10008.5.1.4.1.2.2.2';
/** PS3.4 annex K. */
export const WORKLIST_FIND = '1.2.840.10008.5.1.4.31';
/** PS3.5 annex A.1: what every application understands. */
export const IMPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2';
export const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';

/** PS3.4 annex B.5: the standard's storage classes; retired ones stand under the same root. */
const STORAGE_ROOTS = ['1.2.840.10008.5.1.4.1.1.', '1.2.840.10008.5.1.4.34.', '1.2.840.10008.5.1.4.43.'];
/** Query, retrieve and other services under roots that look the same. */
const NO_STORAGE = [
  '1.2.840.10008.5.1.4.1.1.200.4',
  '1.2.840.10008.5.1.4.34.4',
  '1.2.840.10008.5.1.4.34.5',
  '1.2.840.10008.5.1.4.34.6',
];

export function isStorageClass(uid: string): boolean {
  return (
    STORAGE_ROOTS.some((root) => uid.startsWith(root)) &&
    !NO_STORAGE.some((one) => uid === one || uid.startsWith(`${one}.`))
  );
}

/** PS3.5 annex A: whatever the standard names, now or later, is passed on as it is. */
export function isStandardSyntax(uid: string): boolean {
  return /^1\.2\.840\.10008\.1\.2(\.[0-9]+)*$/.test(uid);
}

/** PS3.5 annex B.2. */
const UUID_ROOT = '2.25';

export function newUid(): string {
  return `${UUID_ROOT}.${BigInt(`0x${randomBytes(16).toString('hex')}`)}`;
}
