import type { Knex } from 'knex';
import { directory } from './0001-directory.js';
import { sessions } from './0002-sessions.js';
import { messages } from './0003-messages.js';
import { uploads } from './0004-uploads.js';
import { directoryLog } from './0005-directory-log.js';
import { devices } from './0006-devices.js';
import { names } from './0007-names.js';
import { expiry } from './0008-expiry.js';
import { logMapLeafIndex } from './0020-log-map-leaf-index.js';
import { withdrawals } from './0025-withdrawals.js';
import { urgency } from './0026-urgency.js';
import { quotas } from './0027-quotas.js';
import { audit } from './0030-audit.js';
import { suspension } from './0031-suspension.js';
import { balances } from './0035-balances.js';
import { nodes } from './0037-nodes.js';
import { directParts } from './0038-direct-parts.js';
import type { Migration } from './migration.js';

/** All steps of the schema in order. A released step is never edited; a change is a new one. */
export const migrations: readonly Migration[] = [
  directory,
  sessions,
  messages,
  uploads,
  directoryLog,
  devices,
  names,
  expiry,
  logMapLeafIndex,
  withdrawals,
  urgency,
  quotas,
  audit,
  suspension,
  balances,
  nodes,
  directParts,
];

/** An index instead of a folder scan: the same from source, compiled, or bundled. */
export const migrationSource: Knex.MigrationSource<Migration> = {
  getMigrations: () => Promise.resolve([...migrations]),
  getMigrationName: (migration) => migration.name,
  getMigration: (migration) => Promise.resolve({ up: migration.up, down: migration.down }),
};
