import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * PostgreSQL refuses to run as root. A relay that runs as root, as in many containers, starts it as `nobody`: inside a user
 * namespace where root's files are nobody's, or, where namespaces are forbidden, as the real `nobody` with its own copy.
 */
export type Identity = 'self' | 'user-namespace' | 'nobody';

export const NOBODY = 65_534;
const NAMESPACE = ['--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`];
const CLEARED = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];

const run = promisify(execFile);

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

export async function chooseIdentity(): Promise<Identity> {
  if (!isRoot()) return 'self';
  const works = await run('unshare', [...NAMESPACE, 'true']).then(
    () => true,
    () => false,
  );
  return works ? 'user-namespace' : 'nobody';
}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

/** The command under the identity. */
export function under(identity: Identity, { program, args }: Command): Command {
  switch (identity) {
    case 'self':
      return { program, args };
    case 'user-namespace':
      return { program: 'unshare', args: [...NAMESPACE, program, ...args] };
    case 'nobody':
      return { program: 'setpriv', args: [...CLEARED, program, ...args] };
  }
}

/** The same, and the kernel interrupts it (a fast, clean shutdown) when this process dies, however it dies. */
export async function underAndTied(identity: Identity, { program, args }: Command): Promise<Command> {
  if (identity === 'nobody') {
    return { program: 'setpriv', args: [...CLEARED, '--pdeathsig', 'INT', program, ...args] };
  }
  const isTied = process.platform === 'linux' && (await hasSetpriv());
  return under(
    identity,
    isTied ? { program: 'setpriv', args: ['--pdeathsig', 'INT', program, ...args] } : { program, args },
  );
}

async function hasSetpriv(): Promise<boolean> {
  return run('setpriv', ['--version']).then(
    () => true,
    () => false,
  );
}

/** A small, fixed environment: no locale, no PG variables of the operator's shell. */
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' };

function environment(): NodeJS.ProcessEnv {
  return process.platform === 'win32' ? { ...systemVariables(), TZ: 'UTC' } : ENVIRONMENT;
}

/** Windows programs do not start without it. */
function systemVariables(): NodeJS.ProcessEnv {
  const root = 'C:\\Windows';
  return { SystemRoot: root, PATH: `${root}\\system32;${root}` };
}

/** The working folder must be one that `nobody` may enter. */
const ANYWHERE = process.platform === 'win32' ? 'C:\\' : '/';

/** @returns the process; its standard error is a pipe */
export function start({ program, args }: Command): ChildProcess {
  return spawn(program, args, { cwd: ANYWHERE, env: environment(), stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Runs to the end. @throws with `stderr` when it fails */
export async function finish({ program, args }: Command): Promise<void> {
  await run(program, args, { cwd: ANYWHERE, env: environment() });
}

/** Whether the real `nobody` reaches the folder: every folder above it must let him through. */
export async function canNobodyEnter(folder: string): Promise<boolean> {
  return finish(under('nobody', { program: 'test', args: ['-x', folder] })).then(
    () => true,
    () => false,
  );
}
