import { sqlMigration } from './migration.js';

/** Names that registrars vouch for, what names look like, and who may write to whom. */
export const names = sqlMigration('0007-names', {
  up: `
-- What attest statements say: the newest of each registrar. Whether he is trusted is a setting, asked when it is read.
create table attestations (
  mailbox_id bytes32 not null references mailboxes,
  registrar_id bytes32 not null,
  seq bigint not null,
  record bytea not null check (octet_length(record) between 1 and 16384),
  name text not null,
  place text not null,
  street text,
  specialty text not null,
  -- Folded for searching, like practices.folded_name.
  folded text not null,
  issued_at timestamptz(3) not null,
  not_before timestamptz(3) not null,
  not_after timestamptz(3) not null check (not_after > not_before),
  primary key (mailbox_id, registrar_id),
  foreign key (mailbox_id, seq) references statements
);

-- Attack A3: one form of a name (alone, or with its place) or address, as it looks, belongs to one practice.
create table looks (
  kind text not null check (kind in ('name', 'place', 'address')),
  form text not null,
  practice_id bigint not null references practices,
  primary key (kind, form)
);
create index looks_practice on looks (practice_id);

create table protected_names (
  form text primary key,
  name text not null check (char_length(name) between 1 and 200)
);

alter table mailboxes add column contact_policy text not null default 'all'
  check (contact_policy in ('all', 'verified', 'known'));

create table contacts (
  mailbox_id bytes32 not null references mailboxes,
  contact_id bytes32 not null references mailboxes,
  permission text not null check (permission in ('allowed', 'denied')),
  device_id bytes16 not null,
  set_at timestamptz(3) not null default now(),
  primary key (mailbox_id, contact_id),
  foreign key (mailbox_id, device_id) references devices,
  check (mailbox_id <> contact_id)
);

alter table deliveries add column consent text not null default 'given'
  check (consent in ('given', 'held', 'refused'));
-- Who has written to whom; and what waits.
create index deliveries_pairs on deliveries (mailbox_id, sender_mailbox_id);
create index deliveries_held on deliveries (mailbox_id, sender_mailbox_id) where consent = 'held';
`,
  down: `
drop index deliveries_held, deliveries_pairs;
alter table deliveries drop column consent;
drop table contacts;
alter table mailboxes drop column contact_policy;
drop table protected_names, looks, attestations;
`,
});
