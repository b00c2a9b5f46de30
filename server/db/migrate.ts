import { migrationSource } from '../../migrations/index.js';
import { LOCKS, withLock } from './advisory-lock.js';
import type { Database } from './open.js';

/** Brings the schema to this version. Several nodes may start at once: one migrates, the others wait. */
export async function migrateToLatest(db: Database): Promise<void> {
  await withLock(db, LOCKS.migrations, async () => {
    // Under our lock nobody else migrates: what knex's own lock still says is left from a process that was killed.
    await db.migrate.forceFreeMigrationsLock({ migrationSource });
    await db.migrate.latest({ migrationSource });
  });
}

/** The names of the steps that the database has taken, in order; also those that this version does not know. */
export async function listMigrations(db: Database): Promise<string[]> {
  if (!(await db.schema.hasTable('knex_migrations'))) return [];
  const rows = await db('knex_migrations').orderBy('id').select<{ name: string }[]>('name');
  return rows.map(({ name }) => name);
}

/** The steps this version knows. */
export async function knownMigrations(): Promise<string[]> {
  return (await migrationSource.getMigrations([])).map(({ name }) => name);
}

/** Takes exactly these steps, on a database that has taken none. */
export async function migrateBy(db: Database, names: readonly string[]): Promise<void> {
  await withLock(db, LOCKS.migrations, async () => {
    for (const name of names) await db.migrate.up({ migrationSource, name } as Parameters<typeof db.migrate.up>[0]);
  });
}
