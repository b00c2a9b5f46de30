// Makes a bare clone ready: installs the locked packages and compiles. Uses nothing but Node's own modules,
// because it runs before anything is installed. Repeated runs do only what has changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Bildbote needs Node 20.19 or newer; this is ${process.versions.node}.\n`);
  process.exit(1);
}

/** Runs a program in the project folder and ends this one, naming the step, when it fails. */
function step(name, command, args) {
  const shell = process.platform === 'win32';
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], shell });
  if (result.status === 0) return;
  process.stderr.write(`Setting up failed at: ${name}${result.error ? ` (${result.error.message})` : ''}\n`);
  process.exit(1);
}

const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');
const mark = join(root, 'node_modules', '.bildbote-setup');
if (!existsSync(mark) || readFileSync(mark, 'utf8') !== lock) {
  process.stderr.write('Installing the locked packages …\n');
  step('npm ci', 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(mark, lock);
}
step('compile', process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'client/cli']);
step('web client', process.execPath, [join(root, 'client/web/build.mjs'), '--quiet']);
