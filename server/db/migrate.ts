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
