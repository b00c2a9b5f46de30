import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import { equalBytes } from '../../crypto/wire/bytes.js';
import { WireError } from '../../crypto/wire/error.js';
import { EMPTY_ROOT, verifyConsistency } from '../../crypto/wire/merkle.js';
import { type LogCheckpoint, parseCheckpoint } from '../../crypto/log/checkpoint.js';
import { verifyNote } from '../../crypto/log/cosignature.js';
import { LogError } from '../../crypto/log/error.js';
import type { VerifierKey } from '../../crypto/log/verifier-key.js';
import { type NoteSigner, loadSignedLogs, saveSignedLog } from '../directory-log/log-key.js';
import { RelayError } from '../error.js';
import { readIfThere, savePrivate } from '../private-file.js';
import { type AddCheckpoint, parseAddCheckpoint } from './request.js';

/**
 * A witness remembers the newest checkpoint of each log and signs only what continues it: of two histories it signs one
 * (docs/spec/directory.md §9). It knows nothing of what the logs are about.
 */
export interface Witness {
  addCheckpoint(body: Buffer): Promise<WitnessReply>;
}

export type WitnessReply =
  | { readonly kind: 'cosigned'; readonly line: string }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'unknown-log' }
  | { readonly kind: 'unsigned' }
  /** Not what it has seen; it says how large that is. */
  | { readonly kind: 'conflict'; readonly size: number }
  | { readonly kind: 'inconsistent' };

export interface WitnessOptions {
  readonly dataDir: string;
  readonly signer: NoteSigner;
  readonly logs: readonly VerifierKey[];
  readonly nowMs?: () => number;
}

interface Seen {
  readonly size: number;
  readonly root: Uint8Array;
}

export function createWitness(options: WitnessOptions): Witness {
  // One after the other: what is compared is what is replaced.
  let tail: Promise<unknown> = Promise.resolve();
  return {
    addCheckpoint(body) {
      const answer = tail.then(() => decide(options, body));
      tail = answer.catch(() => undefined);
      return answer;
    },
  };
}

async function decide(options: WitnessOptions, body: Buffer): Promise<WitnessReply> {
  const parsed = parse(body);
  if (parsed === null) return { kind: 'malformed' };
  const { request, checkpoint } = parsed;
  const log = options.logs.find(({ name }) => name === checkpoint.origin);
  if (log === undefined) return { kind: 'unknown-log' };
  if (!isSigned(request, log)) return { kind: 'unsigned' };
  if (request.old > checkpoint.size) return { kind: 'malformed' };
  const seen = await loadSeen(options.dataDir, log.name);
  if (request.old !== seen.size) return { kind: 'conflict', size: seen.size };
  if (seen.size === checkpoint.size && !equalBytes(seen.root, checkpoint.root)) {
    return { kind: 'conflict', size: seen.size };
  }
  if (!isContinuation(seen, checkpoint, request.proof)) return { kind: 'inconsistent' };
  // Durable before it is said: a witness that forgets would sign a second history.
  if (checkpoint.size > seen.size) await saveSeen(options.dataDir, checkpoint);
  if (seen.size === 0) await saveSignedLog(options.dataDir, log.name);
  const { signer, nowMs = Date.now } = options;
  return { kind: 'cosigned', line: signer.signatureLine(request.note.text, Math.floor(nowMs() / 1000)) };
}

function parse(body: Buffer): { request: AddCheckpoint; checkpoint: LogCheckpoint } | null {
  try {
    const request = parseAddCheckpoint(body);
    return { request, checkpoint: parseCheckpoint(request.note.text) };
  } catch (error) {
    if (error instanceof LogError) return null;
    throw error;
  }
}

function isSigned({ note }: AddCheckpoint, log: VerifierKey): boolean {
  try {
    return verifyNote(note, [log]).length > 0;
  } catch (error) {
    if (error instanceof LogError) return false;
    throw error;
  }
}

function isContinuation(seen: Seen, { size, root }: LogCheckpoint, proof: readonly Uint8Array[]): boolean {
  if (size === 0) return equalBytes(root, EMPTY_ROOT) && proof.length === 0;
  if (seen.size === 0) return proof.length === 0;
  try {
    verifyConsistency(seen.size, size, seen.root, root, proof);
    return true;
  } catch (error) {
    if (error instanceof WireError) return false;
    throw error;
  }
}

const schema = z.strictObject({
  origin: z.string(),
  size: z.number().int().min(0),
  root: z.string().regex(/^[0-9a-f]{64}$/),
});

/** By the hash of its name, which may hold anything. */
function fileOf(dataDir: string, origin: string): string {
  return join(dataDir, `seen-${createHash('sha256').update(origin).digest('hex').slice(0, 32)}.json`);
}

/** @throws RelayError `config-invalid` when a log that the witness has signed is remembered no more */
export async function assertRemembered({ dataDir, logs }: Pick<WitnessOptions, 'dataDir' | 'logs'>): Promise<void> {
  for (const { name } of logs) {
    const { size } = await loadSeen(dataDir, name);
    // Of a version before, which did not keep this beside its key.
    if (size > 0) await saveSignedLog(dataDir, name);
  }
}

/** @throws RelayError `config-invalid` for a file that is damaged or lost: to begin anew would be to sign a second history */
async function loadSeen(dataDir: string, origin: string): Promise<Seen> {
  const text = await readIfThere(fileOf(dataDir, origin));
  if (text === null) {
    if (!(await loadSignedLogs(dataDir)).includes(origin)) return { size: 0, root: EMPTY_ROOT };
    throw new RelayError('config-invalid', `the witness has signed ${origin} and has lost what it remembers of it`);
  }
  try {
    const { size, root } = schema.parse(JSON.parse(text));
    return { size, root: Buffer.from(root, 'hex') };
  } catch (cause) {
    throw new RelayError('config-invalid', 'what the witness remembers is damaged', { cause });
  }
}

async function saveSeen(dataDir: string, { origin, size, root }: LogCheckpoint): Promise<void> {
  const text = JSON.stringify({ origin, size, root: Buffer.from(root).toString('hex') });
  await savePrivate(fileOf(dataDir, origin), `${text}\n`);
}
