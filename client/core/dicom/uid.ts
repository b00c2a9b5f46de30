/** DICOM PS3.5 §9.1. */
export const MAX_UID_CHARS = 64;

/**
 * A UID as far as anything of ours relies on it: digits and dots, at most 64. Not the whole of PS3.5 §9.1 (real files
 * have components with leading zeros), but nothing that could be a path or markup (attack A20).
 */
export function isUid(text: string): boolean {
  return text.length <= MAX_UID_CHARS && /^[0-9][0-9.]*$/.test(text) && !text.includes('..') && !text.endsWith('.');
}
