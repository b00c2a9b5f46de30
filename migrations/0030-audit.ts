import { sqlMigration } from './migration.js';

/**
 * What happened that an auditor asks about (docs/spec/audit.md). An event is queued in the transaction of what it records,
 * and chained within seconds by whoever holds the audit key; a chain written in the transactions themselves would make all
 * of them wait for one row.
 */
export const audit = sqlMigration('0030-audit', {
  up: `
create table audit_identity (
  singleton boolean primary key default true check (singleton),
  name text not null check (char_length(name) between 1 and 255),
  public_key bytes32 not null
);

create table audit_queue (
  queued bigint generated always as identity primary key,
  at timestamptz(3) not null default clock_timestamp(),
  event text not null check (char_length(event) between 2 and 16384)
);

create table audit_entries (
  seq bigint primary key check (seq >= 1),
  -- The very characters that are hashed.
  entry text not null check (char_length(entry) between 2 and 17408),
  hash bytes32 not null unique
);

create table audit_checkpoints (
  size bigint primary key check (size >= 1),
  note bytea not null check (octet_length(note) between 1 and 4096),
  created_at timestamptz(3) not null default now()
);
`,
  down: `drop table audit_checkpoints, audit_entries, audit_queue, audit_identity;`,
});
