import { fromBase64 } from '../../crypto/log/base64.js';
import { parseSize } from '../../crypto/log/checkpoint.js';
import { LogError } from '../../crypto/log/error.js';
import { type Note, MAX_NOTE_BYTES, parseNote } from '../../crypto/log/note.js';

/** The body of `add-checkpoint`, as C2SP's tlog-witness writes it (docs/spec/directory.md §9). */
export interface AddCheckpoint {
  /** The size that the log believes the witness has seen. */
  readonly old: number;
  readonly proof: readonly Uint8Array[];
  readonly note: Note;
}

const MAX_PROOF = 63;
const HASH_BYTES = 32;
export const MAX_REQUEST_BYTES = MAX_NOTE_BYTES + 4_096;

/** @throws LogError for anything but the documented form */
export function parseAddCheckpoint(body: Buffer): AddCheckpoint {
  const end = body.indexOf('\n\n');
  const lines = end < 0 ? [] : body.subarray(0, end).toString('latin1').split('\n');
  const [first = '', ...hashes] = lines;
  if (!first.startsWith('old ') || hashes.length > MAX_PROOF) {
    throw new LogError('note-format', 'not an old size, a proof and a checkpoint');
  }
  return { old: parseSize(first.slice(4)), proof: hashes.map(hashFrom), note: parseNote(body.subarray(end + 2)) };
}

function hashFrom(line: string): Uint8Array {
  const hash = fromBase64(line);
  if (hash.length !== HASH_BYTES) throw new LogError('base64', 'a hash has 32 bytes');
  return hash;
}
