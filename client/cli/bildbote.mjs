#!/usr/bin/env node
// The command `bildbote`: runs the compiled command line, or says how to compile it.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../../dist/client/cli/main.js', import.meta.url);
if (existsSync(fileURLToPath(main))) {
  const { runCommandLine } = await import(main.href);
  process.exitCode = await runCommandLine(process.argv.slice(2));
} else {
  process.stderr.write('bildbote is not built yet: run `npm run build` in the project folder first.\n');
  process.exitCode = 1;
}
