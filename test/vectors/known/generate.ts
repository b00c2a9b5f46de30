import { createHmac } from 'node:crypto';
import { toHex } from '../../../crypto/wire/bytes.js';
import { bytesOf, fixed, join, u32 } from '../second.js';
import { type Vector, type VectorSet, writeVectorsWhenRun } from '../vector-files.js';

/** Keyed hashes of what was sent to whom, docs/spec/keystore.md §5. */

export interface KnownVector extends Vector {
  readonly root: string;
  readonly recipient: string;
  readonly studyInstanceUid: string;
  readonly sopInstanceUid: string;
  readonly sha256: string;
  readonly pair: string;
  readonly study: string;
  readonly tag: string;
}

/** RFC 5869 §2.3 with one block. */
function expand(key: Uint8Array, info: Uint8Array): Uint8Array {
  return Uint8Array.from(
    createHmac('sha256', key)
      .update(join(info, Uint8Array.of(1)))
      .digest(),
  );
}

function prefixed(bytes: Uint8Array): Uint8Array {
  return join(u32(bytes.length), bytes);
}

function vectorOf(description: string, recipient: Uint8Array, sopInstanceUid: string): KnownVector {
  const root = fixed('known root', 32);
  const sha256 = fixed('file', 32);
  const studyInstanceUid = '1.2.276.0.7230010.3.1.2.17';
  const pair = expand(root, join(bytesOf('bb1/known/pair'), recipient));
  const study = expand(pair, join(bytesOf('bb1/known/study'), prefixed(bytesOf(studyInstanceUid)))).subarray(0, 8);
  const instance = join(bytesOf('bb1/known/instance'), prefixed(bytesOf(sopInstanceUid)), prefixed(sha256));
  const texts = { studyInstanceUid, sopInstanceUid };
  const hashes = { pair: toHex(pair), study: toHex(study), tag: toHex(expand(pair, instance)) };
  const inputs = { root: toHex(root), recipient: toHex(recipient), sha256: toHex(sha256) };
  return { description, expect: 'valid', ...inputs, ...texts, ...hashes };
}

export function generateKnownVectors(): Promise<VectorSet<KnownVector>> {
  const [first, second] = ['1.2.276.0.7230010.3.1.4.1', '1.2.276.0.7230010.3.1.4.2'] as const;
  return Promise.resolve({
    valid: vectorOf('An instance that one recipient has', fixed('recipient', 32), first),
    'other-recipient': vectorOf('The same for another recipient', fixed('other recipient', 32), first),
    'other-instance': vectorOf('The same bytes under another UID', fixed('recipient', 32), second),
  });
}

await writeVectorsWhenRun(import.meta.url, generateKnownVectors);
