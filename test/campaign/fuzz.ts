import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ready } from '../../crypto/seal/suite.js';
import { fuzzTarget } from '../fuzz/fuzz.js';
import { TARGETS } from '../fuzz/targets.js';

/**
 * `npm run fuzz [-- --runs N --seed S --target NAME --minutes M]`: N inputs for each decoder of bytes from outside, guided by the code they
 * reach. What is neither an answer nor a refusal becomes a vector in test/vectors/fuzz, which the tests try again. Ends with 1 when there was any.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    target: { type: 'string' },
    minutes: { type: 'string', default: '600' },
  },
});
const vectors = resolve(import.meta.dirname, '../vectors/fuzz');
const [runs, seed, minutes] = [values.runs, values.seed, values.minutes].map(Number) as [number, number, number];
const until = Date.now() + minutes * 60_000;
await ready();
let [inputs, found] = [0, 0];
for (const target of TARGETS.filter(({ name }) => values.target === undefined || name === values.target)) {
  const result = await fuzzTarget(target, runs, seed, () => Date.now() > until);
  inputs += result.inputs;
  found += result.findings.length;
  const { kept, slowestMs } = result;
  process.stdout.write(
    `${target.name.padEnd(20)} ${result.inputs} inputs, ${kept} reached something new, slowest ${slowestMs.toFixed(0)} ms\n`,
  );
  for (const { bytes, what } of result.findings) {
    process.stdout.write(`  ${what}: ${Buffer.from(bytes).toString('hex').slice(0, 80)} (${bytes.length} bytes)\n`);
    mkdirSync(vectors, { recursive: true });
    const name = `${target.name.replaceAll(' ', '-').toLowerCase()}-${createHash('sha256').update(bytes).digest('hex').slice(0, 8)}.json`;
    const vector = {
      description: `Seed ${seed}: ${what}`,
      expect: 'answer',
      target: target.name,
      bytes: Buffer.from(bytes).toString('hex'),
    };
    writeFileSync(join(vectors, name), `${JSON.stringify(vector, null, 2)}\n`);
  }
}
process.stdout.write(`${TARGETS.length} decoders, ${inputs} inputs, ${found} findings\n`);
process.exitCode = found === 0 ? 0 : 1;
