import { sqlMigration } from './migration.js';

/** Who may take part: practices, their mailboxes, and the signed chains that say which keys are theirs. */
export const directory = sqlMigration('0001-directory', {
  up: `
create domain bytes16 as bytea check (octet_length(value) = 16);
create domain bytes32 as bytea check (octet_length(value) = 32);

create table practices (
  practice_id bigint generated always as identity primary key,
  name text not null unique check (char_length(name) between 1 and 200 and name = btrim(name)),
  -- Lower case by Unicode's rules, which not every database locale knows.
  folded_name text not null,
  created_at timestamptz(3) not null default now()
);

create table mailboxes (
  mailbox_id bytes32 primary key,
  practice_id bigint not null references practices,
  address text not null unique
    check (char_length(address) <= 254 and address = lower(address) and address like '_%@_%'),
  last_statement_seq bigint not null check (last_statement_seq >= 1),
  last_delivery_seq bigint not null default 0 check (last_delivery_seq >= 0),
  created_at timestamptz(3) not null default now()
);

create table statements (
  mailbox_id bytes32 not null references mailboxes,
  seq bigint not null check (seq >= 1),
  bytes bytea not null check (octet_length(bytes) between 1 and 262144),
  hash bytes32 not null unique,
  accepted_at timestamptz(3) not null default now(),
  primary key (mailbox_id, seq)
);
alter table statements alter column bytes set storage external;

-- Attack A1: a public key, or one half of a hybrid one, is registered once in the world.
create table public_keys (
  digest bytes32 primary key,
  mailbox_id bytes32 not null,
  seq bigint not null,
  foreign key (mailbox_id, seq) references statements
);

create table devices (
  mailbox_id bytes32 not null references mailboxes,
  device_id bytes16 not null,
  signing_key bytea not null check (octet_length(signing_key) = 1984),
  added_seq bigint not null,
  revoked_seq bigint check (revoked_seq > added_seq),
  primary key (mailbox_id, device_id),
  foreign key (mailbox_id, added_seq) references statements,
  foreign key (mailbox_id, revoked_seq) references statements
);

create table invitations (
  token_digest bytes32 primary key,
  practice_id bigint not null references practices,
  address text not null check (char_length(address) <= 254 and address = lower(address)),
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null check (expires_at > created_at),
  used_at timestamptz(3),
  mailbox_id bytes32 references mailboxes,
  statements_digest bytes32,
  check (num_nulls(used_at, mailbox_id, statements_digest) in (0, 3))
);
create unique index invitations_one_open on invitations (address) where used_at is null;
`,
  down: `
drop table invitations, devices, public_keys, statements, mailboxes, practices;
drop domain bytes16, bytes32;
`,
});
