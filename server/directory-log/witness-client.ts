import { utf8 } from '../../crypto/wire/bytes.js';
import { toBase64 } from '../../crypto/log/base64.js';
import { verifyLine } from '../../crypto/log/cosignature.js';
import { parseSize } from '../../crypto/log/checkpoint.js';
import { encodeSignatureLine, isSignedBy, parseNote, parseSignatureLine } from '../../crypto/log/note.js';
import type { PolicyWitness } from '../../crypto/log/policy.js';
import { consistencyQuery } from '../../crypto/log/tile-tree.js';
import type { Database } from '../db/open.js';
import { type StoredCheckpoint, computeTree } from './store.js';

/** Asks witnesses for cosignatures as C2SP's tlog-witness says (docs/spec/directory.md §9). */

export type WitnessAnswer =
  | { readonly kind: 'cosigned'; readonly line: string }
  /** No answer, or none in time. */
  | { readonly kind: 'unreachable' }
  /** The witness has seen a log that this one does not continue. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'refused'; readonly status: number };

export const WITNESS_TIMEOUT_MS = 2_000;
const MAX_ANSWER_BYTES = 16_384;
/** The size it says it knows, then perhaps the one that another node has told it meanwhile. */
const ATTEMPTS = 3;

export interface WitnessClient {
  ask(checkpoint: StoredCheckpoint): Promise<WitnessAnswer>;
}

export function createWitnessClient(db: Database, witness: PolicyWitness): WitnessClient {
  // What it has seen last, as far as this process knows: saves a question.
  let known = 0;
  const ask = async (checkpoint: StoredCheckpoint): Promise<WitnessAnswer> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const response = await post(witness, await requestBody(db, known, checkpoint));
      if (response === null) return { kind: 'unreachable' };
      if (response.status !== 409) return read(response, witness, checkpoint, () => (known = checkpoint.size));
      const size = sizeOf(response.text);
      if (size === null || size === known || size > checkpoint.size) return { kind: 'conflict' };
      known = size;
    }
    return { kind: 'unreachable' };
  };
  return { ask };
}

async function requestBody(db: Database, old: number, { size, note }: StoredCheckpoint): Promise<string> {
  const proof = old === 0 || old === size ? [] : await computeTree(db, consistencyQuery(Math.min(old, size), size));
  const lines = [`old ${Math.min(old, size)}`, ...proof.map(toBase64), '', ''];
  return `${lines.join('\n')}${Buffer.from(note).toString()}`;
}

interface Response {
  readonly status: number;
  readonly text: string;
}

async function post({ url }: PolicyWitness, body: string): Promise<Response | null> {
  if (url === null) return null;
  try {
    const response = await fetch(`${url.replace(/\/+$/, '')}/add-checkpoint`, {
      method: 'POST',
      redirect: 'error',
      body,
      signal: AbortSignal.timeout(WITNESS_TIMEOUT_MS),
    });
    return { status: response.status, text: await limitedText(response) };
  } catch {
    return null;
  }
}

async function limitedText(response: globalThis.Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of response.body ?? []) {
    total += (chunk as Uint8Array).length;
    if (total > MAX_ANSWER_BYTES) throw new Error('the answer of a witness is too long');
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString();
}

function sizeOf(text: string): number | null {
  try {
    return text.endsWith('\n') ? parseSize(text.slice(0, -1)) : null;
  } catch {
    return null;
  }
}

/** Takes over the one line that is this witness's and verifies; others are passed over. */
function read(
  { status, text }: Response,
  { key }: PolicyWitness,
  { note }: StoredCheckpoint,
  onCosigned: () => void,
): WitnessAnswer {
  if (status !== 200) return { kind: 'refused', status };
  try {
    const lines = text.split('\n').slice(0, -1).map(parseSignatureLine);
    const line = lines.find((one) => isSignedBy(one, key));
    if (line === undefined) return { kind: 'refused', status };
    verifyLine(parseNote(note).text, line, key);
    onCosigned();
    return { kind: 'cosigned', line: encodeSignatureLine(line) };
  } catch {
    return { kind: 'refused', status };
  }
}

export function joinNote(note: Uint8Array, lines: Iterable<string>): Uint8Array {
  return utf8(`${Buffer.from(note).toString()}${[...lines].join('')}`);
}
