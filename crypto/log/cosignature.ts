import { concatBytes, readUint64, utf8, writeUint64 } from '../wire/bytes.js';
import { WireError } from '../wire/error.js';
import { ED25519_SIGNATURE_BYTES, verifyPlainEd25519 } from '../wire/signature.js';
import { LogError } from './error.js';
import { type Note, type NoteSignature, isSignedBy } from './note.js';
import { type VerifierKey } from './verifier-key.js';

/** Verification of a note's signatures, by logs and by witnesses (docs/spec/directory.md §2 and §3). */

export interface Verified {
  readonly key: VerifierKey;
  readonly line: NoteSignature;
  /** When the witness saw it, seconds since 1970; null for a log's own signature, which has no time. */
  readonly timeSeconds: number | null;
}

const TIME_BYTES = 8;

/** What a witness signs: `cosignature/v1`, the time, and the whole text of the note. */
export function cosignatureInput(timeSeconds: number, text: string): Uint8Array<ArrayBuffer> {
  return utf8(`cosignature/v1\ntime ${timeSeconds}\n${text}`);
}

/** Behind the key id of a witness's line: `u64 time || Ed25519`. */
export function encodeCosignature(timeSeconds: number, signature: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatBytes(writeUint64(timeSeconds), signature);
}

/**
 * The signatures of known keys, each key once. Unknown keys are passed over, also when they share a name or an id with a
 * known one; a known key whose signature fails sinks the whole note.
 * @throws LogError `note-signature`, `note-unsigned`
 */
export function verifyNote(note: Note, keys: readonly VerifierKey[]): Verified[] {
  const verified: Verified[] = [];
  for (const line of note.signatures) {
    const key = keys.find((candidate) => isSignedBy(line, candidate));
    if (key === undefined) continue;
    const found = verifyLine(note.text, line, key);
    if (!verified.some((one) => one.key === key)) verified.push(found);
  }
  if (verified.length === 0) throw new LogError('note-unsigned', 'no signature of a known key');
  return verified;
}

/** @throws LogError `note-signature` */
export function verifyLine(text: string, line: NoteSignature, key: VerifierKey): Verified {
  try {
    return key.kind === 'log' ? verifyLog(text, line, key) : verifyWitness(text, line, key);
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new LogError('note-signature', 'the signature of a known key fails', { cause });
  }
}

function verifyLog(text: string, line: NoteSignature, key: VerifierKey): Verified {
  verifyPlainEd25519(key.publicKey, utf8(text), line.signature);
  return { key, line, timeSeconds: null };
}

function verifyWitness(text: string, line: NoteSignature, key: VerifierKey): Verified {
  if (line.signature.length !== TIME_BYTES + ED25519_SIGNATURE_BYTES) {
    throw new WireError('length', 'a cosignature is a time and a signature');
  }
  const timeSeconds = readUint64(line.signature, 0);
  verifyPlainEd25519(key.publicKey, cosignatureInput(timeSeconds, text), line.signature.subarray(TIME_BYTES));
  return { key, line, timeSeconds };
}
