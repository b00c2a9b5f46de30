import { sqlMigration } from './migration.js';

/**
 * What devices of one mailbox need the relay for: a place where two of them meet for ten minutes, and the newest mark of
 * each keystore. A pairing is found by the hash of its id, so that the tables open none.
 */
export const devices = sqlMigration('0006-devices', {
  up: `
create table pairings (
  pairing_digest bytes32 primary key,
  mailbox_id bytes32 not null,
  device_id bytes16 not null,
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null check (expires_at > created_at),
  unique (mailbox_id, device_id),
  foreign key (mailbox_id, device_id) references devices
);
create index pairings_expiry on pairings (expires_at);

create table pairing_blobs (
  pairing_digest bytes32 not null references pairings on delete cascade,
  sender text not null check (sender in ('admin', 'device')),
  n integer not null check (n between 0 and 63),
  blob bytea not null check (octet_length(blob) between 1 and 1048576),
  primary key (pairing_digest, sender, n),
  -- Whoever has no session leaves little behind.
  check (sender = 'admin' or (n < 2 and octet_length(blob) <= 65536))
);
alter table pairing_blobs alter column blob set storage external;

create table keystore_marks (
  mailbox_id bytes32 not null,
  device_id bytes16 not null,
  version bigint not null check (version >= 1),
  digest bytes32 not null,
  mark bytea not null check (octet_length(mark) between 1 and 1024),
  signature bytea not null check (octet_length(signature) = 3373),
  primary key (mailbox_id, device_id),
  foreign key (mailbox_id, device_id) references devices
);
`,
  down: `drop table keystore_marks, pairing_blobs, pairings;`,
});
