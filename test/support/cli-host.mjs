import { syncBuiltinESMExports } from 'node:module';
import { TextDecoder } from 'node:util';
import threads from 'node:worker_threads';

// Runs commands one after another in one process, for test/support/cli.ts: what a command writes and its exit code go
// to the parent. Loading the modules anew costs a command more than its work; what needs a process of its own (kills,
// signals, a command that goes on) gets one.
// The keystore's thread remembers what it has stretched; every other thread is as it is.
const stretching = new URL('known-passphrases.mjs', import.meta.url).href;
threads.Worker = class extends threads.Worker {
  constructor(script, options) {
    const isKeystore = String(script).endsWith('/keystore-thread-main.js');
    super(script, isKeystore ? { ...options, execArgv: ['--import', stretching] } : options);
  }
};
syncBuiltinESMExports();
const { runCommandLine } = await import(new URL('../../dist/client/cli/main.js', import.meta.url));

/** Node's own channel keeps the order of what is sent. */
const say = (message) => process.send(message);

function redirect(stream, name) {
  stream.write = (chunk, encoding, done) => {
    say({ kind: name, text: typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk) });
    const settled = typeof encoding === 'function' ? encoding : done;
    if (settled !== undefined) settled();
    return true;
  };
}
redirect(process.stdout, 'out');
redirect(process.stderr, 'err');

process.on('message', async ({ args, env, cwd }) => {
  process.env = env;
  process.chdir(cwd);
  process.argv = [...process.argv.slice(0, 2), ...args];
  const code = await runCommandLine(args);
  say({ kind: 'ended', code });
});
say({ kind: 'ready' });
