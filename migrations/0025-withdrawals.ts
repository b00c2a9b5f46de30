import { sqlMigration } from './migration.js';

/** Messages that their sender has taken back, and what the relay testifies of each delivery (docs/spec/withdrawal.md). */
export const withdrawals = sqlMigration('0025-withdrawals', {
  up: `
create table withdrawals (
  sender_mailbox_id bytes32 not null,
  message_id bytes16 not null,
  device_id bytes16 not null,
  withdrawn_at timestamptz(3) not null default now(),
  primary key (sender_mailbox_id, message_id),
  foreign key (sender_mailbox_id, message_id) references messages,
  foreign key (sender_mailbox_id, device_id) references devices
);

-- What is signed is written with what it says, in one transaction; a node without the log's key leaves the signing to one that has it.
create table testimonies (
  mailbox_id bytes32 not null,
  seq bigint not null,
  body bytea not null check (octet_length(body) between 1 and 900),
  signature bytea check (octet_length(signature) = 64),
  primary key (mailbox_id, seq),
  foreign key (mailbox_id, seq) references deliveries
);
create index testimonies_unsigned on testimonies (mailbox_id, seq) where signature is null;
`,
  down: `drop table testimonies, withdrawals;`,
});
