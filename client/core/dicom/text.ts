/** DICOM's longest descriptive text is LO, 64 characters, or PN, 3 × 64; bad writers make it longer. */
export const MAX_TEXT_CHARS = 256;

/**
 * Text from a file or another practice, made fit to stand in a line of a screen (attack A24): no control characters, no
 * bidirectional controls that let a name read backwards, no lone surrogates, NFC, trimmed, at most `maxChars` UTF-16 units.
 */
export function displayText(text: string, maxChars: number): string {
  const clean = text
    .replace(UNFIT, '')
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .normalize('NFC')
    .trim();
  return clean.length <= maxChars ? clean : cut(clean, maxChars);
}

/** Whether `displayText` would leave it as it is: what a strict reader accepts. */
export function isDisplayText(text: string, maxChars: number): boolean {
  return text.length <= maxChars && displayText(text, maxChars) === text;
}

// C0 and DEL and C1; U+061C, 200E/F, 202A–E, 2066–9 (bidi); U+2028/9 (line breaks); U+FEFF (invisible).
// eslint-disable-next-line no-control-regex -- naming them is the purpose
const UNFIT = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Never between the halves of a character, and cutting may uncover a space or a base letter: normalised again. */
function cut(text: string, maxChars: number): string {
  const end = /[\ud800-\udbff]/.test(text.charAt(maxChars - 1)) ? maxChars - 1 : maxChars;
  return text.slice(0, end).trim();
}
