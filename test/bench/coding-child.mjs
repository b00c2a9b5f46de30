// What ./coding.ts starts: packs and codes the files of a folder in one gear, with the compiled product, and says how it went. Linux.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

const product = new URL('../../dist/client/', import.meta.url);
const load = (path) => import(new URL(path, product).href);
const { diskTree } = await load('node/disk-source.js');
const { nodeSha256 } = await load('node/node-sha256.js');
const { createCodingThreads } = await load('node/coding-threads.js');
const { collectStudies } = await load('core/send/collect.js');
const { planPackage } = await load('core/send/plan-package.js');
const { createGearMeter } = await load('core/send/gear-meter.js');
const { packPackage } = await load('core/send/pack.js');
const { fileIdFrom } = await import(new URL('../../dist/crypto/wire/ids.js', import.meta.url).href);

const [, , folder, gear] = process.argv;
const { studies } = await collectStudies({ tree: diskTree([folder]), createSha256: nodeSha256 });
const { plan, sources } = planPackage(studies, [], () => fileIdFrom(randomBytes(16)));
const coding = createCodingThreads();
const gears = { of: () => Promise.resolve(gear) };
let [bytes, coded] = [0, 0];
for (const { size } of sources.values()) bytes += size;
const [begin, cpu] = [performance.now(), process.cpuUsage()];
for await (const chunk of packPackage({
  plan,
  sources,
  createSha256: nodeSha256,
  coding: { coding, gears, meter: createGearMeter(coding.atOnce) },
}))
  if (chunk.kind !== 'bytes') for (const { codedLength } of chunk.entries) coded += codedLength;
const seconds = (performance.now() - begin) / 1000;
const { user, system } = process.cpuUsage(cpu);
await coding[Symbol.asyncDispose]();
const peakBytes = 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0);
process.stdout.write(JSON.stringify({ bytes, coded, seconds, cpuSeconds: (user + system) / 1e6, peakBytes }));
