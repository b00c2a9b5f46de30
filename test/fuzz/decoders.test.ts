import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { assert } from 'chai';
import { fromHex } from '../../crypto/wire/bytes.js';
import { ready } from '../../crypto/seal/suite.js';
import { type Vector, readVectors } from '../vectors/vector-files.js';
import { mutate, randomOf } from './mutate.js';
import { tryInput } from './fuzz.js';
import { TARGETS } from './targets.js';

/** A few inputs of each decoder; `npm run fuzz` tries many, guided by the code they reach, and leaves what it finds as vectors. */
const INPUTS = 60;

describe('decoders of bytes from outside', function () {
  this.timeout(60_000);
  before(ready);

  for (const target of TARGETS) {
    it(`${target.name}: any bytes are an answer or a refusal`, async () => {
      const random = randomOf(7);
      for (const seed of target.seeds.slice(0, 4)) assert.isNull((await tryInput(target, seed)).failure);
      for (let i = 0; i < INPUTS; i++) {
        const from = target.seeds[random(target.seeds.length)] ?? new Uint8Array(0);
        const bytes = mutate(from, target.seeds, random);
        const { failure } = await tryInput(target, bytes);
        assert.isNull(failure, Buffer.from(bytes).toString('hex').slice(0, 2_000));
      }
    });
  }

  it('whatever was found once is one now', async () => {
    if (!existsSync(resolve(import.meta.dirname, '../vectors/fuzz'))) return;
    for (const { target, bytes, description } of Object.values(
      readVectors<Vector & { readonly target: string; readonly bytes: string }>('fuzz'),
    )) {
      const meant = TARGETS.find(({ name }) => name === target) ?? assert.fail(`no decoder ${target}`);
      assert.isNull((await tryInput(meant, fromHex(bytes))).failure, description);
    }
  });

  it('would show what is none: the same search finds a decoder that reads beyond its end', async () => {
    const careless = {
      name: 'careless',
      seeds: [new Uint8Array(8)],
      run: (b: Uint8Array) => new DataView(b.buffer).getUint32(4),
    };
    assert.match((await tryInput(careless, new Uint8Array(3))).failure ?? '', /^RangeError/);
  });
});
