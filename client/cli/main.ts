import { runCommandLine } from './program.js';

/** One command a process. */
process.exitCode = await runCommandLine(process.argv.slice(2));
