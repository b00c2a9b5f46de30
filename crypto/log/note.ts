import { concatBytes, equalBytes, fromUtf8, utf8 } from '../wire/bytes.js';
import { WireError } from '../wire/error.js';
import { fromBase64, toBase64 } from './base64.js';
import { LogError } from './error.js';
import { KEY_ID_BYTES, type VerifierKey, isKeyName } from './verifier-key.js';

/** Signed notes of C2SP (docs/spec/directory.md §2): a text, a blank line, a line per signature. Here: their form. */

export interface Note {
  /** With its last line feed, as it is signed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface NoteSignature {
  readonly name: string;
  readonly keyId: Uint8Array;
  /** What stands behind the key id. */
  readonly signature: Uint8Array;
}

/** 100 signatures fit; what is larger is no checkpoint of ours. */
export const MAX_NOTE_BYTES = 65_536;
export const MAX_SIGNATURES = 100;
const DASH = '\u{2014} ';

/** @throws LogError `note-format`; nothing is verified yet */
export function parseNote(bytes: Uint8Array): Note {
  const whole = noteText(bytes);
  // docs/spec/directory.md §2: the text ends at the last blank line; it may hold others.
  const end = whole.lastIndexOf('\n\n');
  if (end < 0) throw new LogError('note-format', 'a note has a blank line before its signatures');
  const text = whole.slice(0, end + 1);
  const lines = whole.slice(end + 2).split('\n');
  if (lines.pop() !== '' || lines.length === 0) throw new LogError('note-format', 'a note ends with signature lines');
  if (lines.length > MAX_SIGNATURES) throw new LogError('note-format', 'too many signatures');
  return { text, signatures: lines.map(parseSignatureLine) };
}

function noteText(bytes: Uint8Array): string {
  if (bytes.length > MAX_NOTE_BYTES) throw new LogError('note-format', 'too long for a note');
  const text = utf8Text(bytes);
  for (const character of text) {
    if (character < ' ' && character !== '\n') throw new LogError('note-format', 'a control character in a note');
  }
  return text;
}

function utf8Text(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new LogError('note-format', 'a note is UTF-8', { cause });
  }
}

/** Without its line feed. @throws LogError `note-format` */
export function parseSignatureLine(line: string): NoteSignature {
  const [name = '', encoded = '', ...rest] = line.startsWith(DASH) ? line.slice(DASH.length).split(' ') : [];
  if (!isKeyName(name) || rest.length > 0) throw new LogError('note-format', 'not a signature line');
  const bytes = signatureBytes(encoded);
  if (bytes.length <= KEY_ID_BYTES) throw new LogError('note-format', 'a signature line without a signature');
  return { name, keyId: bytes.subarray(0, KEY_ID_BYTES), signature: bytes.subarray(KEY_ID_BYTES) };
}

function signatureBytes(text: string): Uint8Array {
  try {
    return fromBase64(text);
  } catch (cause) {
    if (!(cause instanceof LogError)) throw cause;
    throw new LogError('note-format', 'a signature is base64', { cause });
  }
}

/** With its line feed. */
export function encodeSignatureLine({ name, keyId, signature }: NoteSignature): string {
  return `${DASH}${name} ${toBase64(concatBytes(keyId, signature))}\n`;
}

export function encodeNote({ text, signatures }: Note): Uint8Array<ArrayBuffer> {
  return utf8(`${text}\n${signatures.map(encodeSignatureLine).join('')}`);
}

export function isSignedBy(signature: Omit<NoteSignature, 'signature'>, key: VerifierKey): boolean {
  return signature.name === key.name && equalBytes(signature.keyId, key.keyId);
}
