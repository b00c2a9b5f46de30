import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * `npm run bench:nightly -- [FOLDER]`: what takes too long for every change, one after the other so that nothing measures against itself.
 * Writes each one's output below FOLDER (`bench-nightly`) and ends with a failure when one of them has failed.
 */
const STEPS = [
  ['gate', 'bench:gate'],
  ['line', 'bench', '--study', 'ct200', '--ways', 'bildbote-coded,bildbote-again,age,age-zstd', '--line', '40/100/30'],
  ['endless', 'bench:endless', '0.1', '10'],
];

const folder = process.argv[2] ?? 'bench-nightly';
mkdirSync(folder, { recursive: true });
const failed = [];
for (const [name, script, ...args] of STEPS) {
  const log = createWriteStream(join(folder, `${new Date().toISOString().slice(0, 10)}-${name}.txt`));
  const child = spawn('npm', ['run', '--silent', script, '--', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const [code] = await once(child, 'close');
  log.end();
  await once(log, 'finish');
  console.log(`${name}: ${code === 0 ? 'good' : `failed (${code})`}`);
  if (code !== 0) failed.push(name);
}
process.exitCode = failed.length === 0 ? 0 : 1;
