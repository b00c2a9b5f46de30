import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { migrateToLatest } from '../../server/db/migrate.js';
import { openDatabase } from '../../server/db/open.js';
import { startEmbeddedPostgres } from '../../server/embedded-postgres/start.js';
import { createFolder } from './folder.js';
import { atEnd } from './hooks.js';

/** A kind of PostgreSQL that suites run on. One server of each kind serves the whole run, started when first asked for. */
export interface DatabaseKind {
  readonly label: string;
  /** A database of its own: empty, or as a relay has left it that was started once (much quicker than migrating it). */
  create(how?: 'empty' | 'migrated'): Promise<TestDatabase>;
}

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** Programs that a relay can run by itself: the npm package's (`pgBin` undefined) and the system's. */
export function embeddedPrograms(): readonly { readonly label: string; readonly pgBin: string | undefined }[] {
  const bin = newestSystemBin();
  const system = bin === null ? [] : [{ label: `PostgreSQL of ${bin}`, pgBin: bin }];
  return [{ label: 'embedded PostgreSQL', pgBin: undefined }, ...system];
}

/**
 * The embedded server always; beside it what there is of DATABASE_URL (a role that may create databases) or else the
 * system's newest PostgreSQL: for suites whose matter is what the database does, and for all with BILDBOTE_TEST_DATABASES=all.
 */
export function databases(which: 'every' | 'first' = 'first'): readonly DatabaseKind[] {
  return which === 'every' || process.env['BILDBOTE_TEST_DATABASES'] === 'all' ? kinds : kinds.slice(0, 1);
}

const kinds: readonly DatabaseKind[] = [embedded('embedded PostgreSQL', undefined), ...secondKind()];

function secondKind(): DatabaseKind[] {
  const url = process.env['DATABASE_URL'];
  if (url !== undefined && url !== '') return [kindOf('DATABASE_URL', () => Promise.resolve(url))];
  const bin = newestSystemBin();
  return bin === null ? [] : [embedded(`PostgreSQL of ${bin}`, bin)];
}

function newestSystemBin(): string | null {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).filter((name) => /^\d+$/.test(name)) : [];
  const bins = versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(root, version, 'bin'));
  return bins.find((bin) => existsSync(join(bin, 'postgres')) && existsSync(join(bin, 'initdb'))) ?? null;
}

function embedded(label: string, pgBin: string | undefined): DatabaseKind {
  return kindOf(label, async () => {
    const folder = await createFolder();
    // Killing processes does not lose what the kernel has: only power loss would need fsync.
    const server = await startEmbeddedPostgres({ dataDir: folder.path, pgBin, settings: { fsync: 'off' } });
    atEnd(async () => {
      await server.stop();
      await folder.remove();
    });
    return server.url;
  });
}

function kindOf(label: string, start: () => Promise<string>): DatabaseKind {
  let adminUrl: Promise<string> | null = null;
  let template: Promise<string> | null = null;
  const createFrom = async (from: string | null): Promise<{ name: string; url: string; drop(): Promise<void> }> => {
    adminUrl ??= start();
    const name = `test_${randomBytes(6).toString('hex')}`;
    const admin = await adminUrl;
    await execute(admin, `create database ${name}${from === null ? '' : ` template ${from}`}`);
    const url = new URL(admin);
    url.pathname = `/${name}`;
    return { name, url: url.href, drop: () => execute(admin, `drop database if exists ${name} with (force)`) };
  };
  const migrated = async (): Promise<string> => {
    const { name, url, drop } = await createFrom(null);
    const db = openDatabase({ url, poolSize: 2 });
    await migrateToLatest(db).finally(() => db.destroy());
    atEnd(drop);
    return name;
  };
  return {
    label,
    async create(how = 'empty') {
      return createFrom(how === 'empty' ? null : await (template ??= migrated()));
    },
  };
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
