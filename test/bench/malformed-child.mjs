import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { collectStudies } from '../../dist/client/core/send/collect.js';
import { readHeader } from '../../dist/client/core/dicom/header.js';
import { diskFile, diskTree } from '../../dist/client/node/disk-source.js';
import { nodeSha256 } from '../../dist/client/node/node-sha256.js';

/** One file in a process of its own: what came of it, the time without the start of Node (of the clock, and of the
 * processors, which does not grow when others work beside), and the peak memory with it. */
const [path] = process.argv.slice(2);
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const [start, cpuStart] = [performance.now(), cpu()];
const found = await collectStudies({ tree: diskTree([path]), createSha256: nodeSha256 });
const [ms, cpuMs] = [performance.now() - start, cpu() - cpuStart];
const headerStart = cpu();
await readHeader(await diskFile(path));
const headerMs = cpu() - headerStart;
const reasons = {};
for (const { reason } of [...found.others, ...found.skipped]) reasons[reason] = (reasons[reason] ?? 0) + 1;
const instances = found.studies.flatMap(({ series }) => series.flatMap((one) => one.instances)).length;
const status = readFileSync('/proc/self/status', 'utf8');
const peakBytes = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
console.log(JSON.stringify({ ms, cpuMs, headerMs, peakBytes, instances, reasons }));
