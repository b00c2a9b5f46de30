import { utf8 } from '../wire/bytes.js';
import { fromBase64, toBase64 } from './base64.js';
import { type Verified, verifyNote } from './cosignature.js';
import { LogError } from './error.js';
import { encodeNote, parseNote } from './note.js';
import { type VerifierKey } from './verifier-key.js';

/** The head of a log at one size (docs/spec/directory.md §3). */
export interface LogCheckpoint {
  /** The log's name. */
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

export interface SignedCheckpoint extends LogCheckpoint {
  /** The log's own signature, 64 bytes. */
  readonly signature: Uint8Array;
  /** Of the witnesses asked for, in the order of the note. */
  readonly cosignatures: readonly Verified[];
  /** The whole note: what is shown as evidence. */
  readonly note: Uint8Array;
}

const HASH_BYTES = 32;

/** The text that is signed. Ours have no extension lines. */
export function encodeCheckpoint({ origin, size, root }: LogCheckpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/** @param text of a note @throws LogError `checkpoint-format`; extension lines are allowed and mean nothing */
export function parseCheckpoint(text: string): LogCheckpoint {
  const lines = text.split('\n');
  const [origin = '', size = '', root = ''] = lines;
  if (lines.pop() !== '' || lines.length < 3 || lines.some((line) => line === '')) {
    throw new LogError('checkpoint-format', 'a checkpoint has three lines or more, none empty');
  }
  return { origin, size: parseSize(size), root: rootBytes(root) };
}

/** Decimal in its one spelling, at most 2^53 − 1. @throws LogError `checkpoint-format` */
export function parseSize(text: string): number {
  const size = Number(text);
  if (!/^(0|[1-9][0-9]{0,15})$/.test(text) || !Number.isSafeInteger(size)) {
    throw new LogError('checkpoint-format', 'not the size of a tree');
  }
  return size;
}

function rootBytes(text: string): Uint8Array {
  const root = hashBytes(text);
  if (root.length !== HASH_BYTES) throw new LogError('checkpoint-format', 'a root has 32 bytes');
  return root;
}

function hashBytes(text: string): Uint8Array {
  try {
    return fromBase64(text);
  } catch (cause) {
    if (!(cause instanceof LogError)) throw cause;
    throw new LogError('checkpoint-format', 'a root is base64', { cause });
  }
}

/**
 * Signed by the log, with the cosignatures of those of `witnesses` that are there.
 * @throws LogError: `origin` when the log signs for another name than its own, `note-…`, `checkpoint-format`
 */
export function verifyCheckpoint(
  bytes: Uint8Array,
  log: VerifierKey,
  witnesses: readonly VerifierKey[] = [],
): SignedCheckpoint {
  const note = parseNote(bytes);
  const verified = verifyNote(note, [log, ...witnesses]);
  const own = verified.find((one) => one.key === log);
  if (own === undefined) throw new LogError('note-unsigned', 'not signed by the log');
  const checkpoint = parseCheckpoint(note.text);
  if (checkpoint.origin !== log.name) throw new LogError('origin', 'a checkpoint of another log');
  const cosignatures = verified.filter((one) => one.key.kind === 'witness');
  return { ...checkpoint, signature: own.line.signature, cosignatures, note: bytes };
}

/** A checkpoint without extension lines, put together again from what a message tells of it (docs/spec/envelope.md §4). */
export function checkpointNote(checkpoint: LogCheckpoint, signature: Uint8Array, log: VerifierKey): Uint8Array {
  const text = encodeCheckpoint(checkpoint);
  return encodeNote({ text, signatures: [{ name: log.name, keyId: log.keyId, signature }] });
}

export function checkpointBytes(checkpoint: LogCheckpoint): Uint8Array {
  return utf8(encodeCheckpoint(checkpoint));
}
