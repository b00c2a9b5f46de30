import { sqlMigration } from './migration.js';

/**
 * The public log of the directory (docs/spec/directory.md). What the newest checkpoint adds is written before the witnesses
 * have seen it: until it is published, rows of the map keep what they said before it.
 */
export const directoryLog = sqlMigration('0005-directory-log', {
  up: `
-- Whose log this is: one key for all nodes, for ever.
create table log_identity (
  singleton boolean primary key default true check (singleton),
  origin text not null check (char_length(origin) between 1 and 255),
  public_key bytes32 not null,
  policy bytea not null check (octet_length(policy) between 1 and 16384)
);

-- Accepted statements that are not in the log yet.
create table log_queue (
  queued bigint generated always as identity primary key,
  map_index bytes32 not null,
  seq bigint not null check (seq >= 1),
  digest bytes32 not null,
  head bytes32 not null
);

create table log_entries (
  position bigint primary key check (position >= 0),
  entry bytea not null check (octet_length(entry) between 1 and 65535)
);

create table log_tiles (
  level smallint not null check (level between 0 and 63),
  tile bigint not null check (tile >= 0),
  hashes bytea not null check (octet_length(hashes) between 32 and 8192 and octet_length(hashes) % 32 = 0),
  primary key (level, tile)
);
alter table log_tiles alter column hashes set storage external;

create table log_map_leaves (
  map_index bytes32 primary key,
  seq bigint not null check (seq >= 1),
  head bytes32 not null,
  version bigint not null check (version >= 1),
  old_seq bigint check (old_seq < seq),
  old_head bytes32,
  check ((old_seq is null) = (old_head is null))
);

-- Subtrees of the map with two mailboxes or more, and the tops of those with one (leaf names it).
create table log_map_nodes (
  depth smallint not null check (depth between 0 and 256),
  prefix bytes32 not null,
  hash bytes32 not null,
  leaf bytes32 references log_map_leaves deferrable initially deferred,
  version bigint not null check (version >= 1),
  old_hash bytes32,
  old_leaf bytes32,
  primary key (depth, prefix)
);

-- The size is also the version of the map.
create table log_checkpoints (
  size bigint primary key check (size >= 1),
  root bytes32 not null,
  note bytea not null check (octet_length(note) <= 65536),
  created_at timestamptz(3) not null default now(),
  published_at timestamptz(3)
);
-- One at a time waits for the witnesses.
create unique index log_checkpoints_one_pending on log_checkpoints ((true)) where published_at is null;

create table log_cosignatures (
  size bigint not null references log_checkpoints on delete cascade,
  witness text not null,
  line text not null check (char_length(line) <= 1000),
  primary key (size, witness)
);

-- What was accepted before there was a log.
insert into log_queue (map_index, seq, digest, head)
  select sha256(convert_to(address, 'UTF8')), seq, sha256(bytes), hash
  from statements join mailboxes using (mailbox_id)
  order by accepted_at, mailbox_id, seq;
`,
  down: `
drop table log_cosignatures, log_checkpoints, log_map_nodes, log_map_leaves, log_tiles, log_entries, log_queue, log_identity;
`,
});
