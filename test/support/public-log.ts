import { assert } from 'chai';
import { fromBase64Url, utf8 } from '../../crypto/wire/bytes.js';
import { verifyConsistency, verifyInclusion } from '../../crypto/wire/merkle.js';
import { type SignedCheckpoint, verifyCheckpoint } from '../../crypto/log/checkpoint.js';
import { entryHash, mapIndex, parseEntry } from '../../crypto/log/entry.js';
import { verifyMapProof } from '../../crypto/log/map.js';
import { type Policy, parsePolicy } from '../../crypto/log/policy.js';
import { parseAddress } from '../../crypto/wire/ids.js';
import type { Ask } from './http.js';

/** The log as anybody reads it, verified with the formats alone. */

export async function readPolicy(ask: Ask): Promise<Policy> {
  return parsePolicy((await ask('GET', '/log/policy')).bytes);
}

export async function readCheckpoint(ask: Ask): Promise<SignedCheckpoint> {
  const { log, witnesses } = await readPolicy(ask);
  const answer = await ask('GET', '/log/checkpoint');
  assert.equal(answer.status, 200);
  return verifyCheckpoint(
    answer.bytes,
    log,
    witnesses.map(({ key }) => key),
  );
}

export interface ProofJson {
  readonly checkpoint: string;
  readonly mapRoot: string;
  readonly inclusion: readonly string[];
  readonly value: { readonly seq: number; readonly head: string } | null;
  readonly bitmap: string;
  readonly siblings: readonly string[];
  readonly consistency: readonly string[] | null;
}

export interface Proved {
  readonly checkpoint: SignedCheckpoint;
  readonly value: { readonly seq: number; readonly head: Uint8Array } | null;
  readonly bytes: number;
}

/** Asks for the proof of an address and verifies all of it. */
export async function proveAddress(ask: Ask, address: string, seen: SignedCheckpoint | null = null): Promise<Proved> {
  const { log, witnesses } = await readPolicy(ask);
  const index = mapIndex(parseAddress(address));
  const path = `/api/log/proofs/${Buffer.from(index).toString('hex')}?from=${seen?.size ?? 0}`;
  const answer = await ask('GET', path);
  assert.equal(answer.status, 200);
  const json = answer.json as ProofJson;
  const checkpoint = verifyCheckpoint(
    utf8(json.checkpoint),
    log,
    witnesses.map(({ key }) => key),
  );
  const { size, root } = checkpoint;
  const bytes = fromBase64Url(json.mapRoot);
  verifyInclusion(entryHash(bytes), size - 1, size, json.inclusion.map(fromBase64Url), root);
  const entry = parseEntry(bytes);
  if (entry.kind !== 'map-root') return assert.fail('the newest entry is the map root');
  assert.equal(entry.covers, size - 1);
  const value = json.value === null ? null : { seq: json.value.seq, head: fromBase64Url(json.value.head) };
  const proof = { bitmap: fromBase64Url(json.bitmap), siblings: json.siblings.map(fromBase64Url) };
  verifyMapProof(entry.root, index, value, proof);
  if (seen !== null) {
    verifyConsistency(seen.size, size, seen.root, root, (json.consistency ?? []).map(fromBase64Url));
  }
  return { checkpoint, value, bytes: answer.bytes.length };
}

const PATIENCE_MS = 20_000;

/** Polls until the log says so. @throws when it does not within 20 s */
export async function until<T>(read: () => Promise<T>, fits: (value: T) => boolean): Promise<T> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
    const value = await read();
    if (fits(value)) return value;
    await new Promise((next) => setTimeout(next, 25));
  }
  return assert.fail('the log does not say so');
}
