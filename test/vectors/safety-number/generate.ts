import { toHex } from '../../../crypto/wire/bytes.js';
import { fixed, join, sha256Of, tagged } from '../second.js';
import { type Vector, type VectorSet, writeVectorsWhenRun } from '../vector-files.js';
import { world } from '../world.js';

/** What two mailboxes compare, docs/spec/names.md §5. */

export interface SafetyNumberVector extends Vector {
  readonly one: string;
  readonly other: string;
  readonly text: string;
  readonly qrText: string;
}

function half(id: Uint8Array): string {
  let hash = tagged('safety-number', id);
  for (let round = 1; round < 5200; round++) hash = sha256Of(join(hash, id));
  return [0, 5, 10, 15, 20, 25]
    .map((at) => BigInt(`0x${toHex(hash.subarray(at, at + 5))}`) % 100_000n)
    .map((value) => value.toString().padStart(5, '0'))
    .join('');
}

function vector(description: string, one: Uint8Array, other: Uint8Array): SafetyNumberVector {
  const ids = [toHex(one), toHex(other)];
  const digits = [half(one), half(other)].sort().join('');
  return {
    description,
    expect: 'valid',
    one: toHex(one),
    other: toHex(other),
    text: digits.replaceAll(/(.{5})(?=.)/g, '$1 '),
    qrText: `BILDBOTE1:${ids.sort().join(':').toUpperCase()}`,
  };
}

export async function generateSafetyNumberVectors(): Promise<VectorSet<SafetyNumberVector>> {
  const { alice, bob } = await world();
  return {
    'alice-bob': vector('Alice and Bob', alice.mailboxId, bob.mailboxId),
    'bob-alice': vector('The same from the other side', bob.mailboxId, alice.mailboxId),
    'alice-eve': vector('Alice and somebody else in the place of Bob', alice.mailboxId, fixed('eve/mailbox', 32)),
    zeros: vector('Ids at the edge: zeros and ones', new Uint8Array(32), new Uint8Array(32).fill(255)),
  };
}

await writeVectorsWhenRun(import.meta.url, generateSafetyNumberVectors);
