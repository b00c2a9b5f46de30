import { sqlMigration } from './migration.js';

/**
 * Payloads and who may read them. `payload_number` makes one integer line of all segments of all payloads, 2^32 places
 * each, on which parts are ranges that the database itself keeps apart. A part with the payload's last segment reaches
 * to the end of its payload's places: nothing stands behind the last segment.
 */
export const uploads = sqlMigration('0004-uploads', {
  up: `
create table payloads (
  payload_number bigint generated always as identity primary key check (payload_number < 2147483647),
  payload_id bytes32 not null unique,
  header bytea not null check (octet_length(header) = 82),
  segment_bytes integer not null check (segment_bytes in (65536, 262144)),
  size_bound bigint not null check (size_bound between 1 and 9007199254740991),
  creator_mailbox_id bytes32 not null,
  message_id bytes16 not null,
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  foreign key (creator_mailbox_id, message_id) references messages
);
create index payloads_message on payloads (creator_mailbox_id, message_id);
create index payloads_expiry on payloads (expires_at);

create table payload_access (
  payload_number bigint not null references payloads,
  mailbox_id bytes32 not null references mailboxes,
  granted_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  primary key (payload_number, mailbox_id)
);

create table message_payloads (
  sender_mailbox_id bytes32 not null,
  message_id bytes16 not null,
  position smallint not null check (position >= 0),
  payload_number bigint not null references payloads,
  primary key (sender_mailbox_id, message_id, position),
  unique (sender_mailbox_id, message_id, payload_number),
  foreign key (sender_mailbox_id, message_id) references messages
);
create index message_payloads_payload on message_payloads (payload_number);

create table parts (
  payload_number bigint not null references payloads,
  first_segment bigint not null check (first_segment >= 0),
  segments integer not null check (segments between 1 and 32),
  bytes integer not null check (bytes > 0),
  is_last boolean not null,
  digests bytea not null check (octet_length(digests) = 32 * segments),
  digest bytes32 not null,
  blob_key bytes16 not null unique,
  stored_at timestamptz(3) not null default now(),
  places int8range not null generated always as (
    int8range(
      (payload_number << 32) + first_segment,
      case when is_last then (payload_number + 1) << 32 else (payload_number << 32) + first_segment + segments end
    )
  ) stored,
  primary key (payload_number, first_segment),
  check (first_segment + segments < 4294967296),
  constraint parts_apart exclude using gist (places with &&)
);
alter table parts alter column digests set storage external;

create table tallies (
  payload_number bigint not null references payloads,
  seq bigint not null check (seq >= 1),
  segments bigint not null check (segments >= 0),
  record bytea not null check (octet_length(record) = 8192),
  stored_at timestamptz(3) not null default now(),
  primary key (payload_number, seq)
);
alter table tallies alter column record set storage external;

-- Roots over 1,024 tally-covered segments each: a proof reads these and at most two blocks of leaves.
create table tree_blocks (
  payload_number bigint not null references payloads,
  block bigint not null check (block >= 0),
  root bytes32 not null,
  primary key (payload_number, block)
);
`,
  down: `drop table tree_blocks, tallies, parts, message_payloads, payload_access, payloads;`,
});
