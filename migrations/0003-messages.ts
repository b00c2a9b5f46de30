import { sqlMigration } from './migration.js';

/** Messages and what each mailbox got of them. A delivery outlives its envelope as a tombstone, so that gaps explain themselves. */
export const messages = sqlMigration('0003-messages', {
  up: `
create table messages (
  sender_mailbox_id bytes32 not null,
  message_id bytes16 not null,
  sender_device_id bytes16 not null,
  request_digest bytes32 not null,
  accepted_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null check (expires_at > accepted_at),
  deadline_at timestamptz(3) check (deadline_at <= expires_at),
  primary key (sender_mailbox_id, message_id),
  foreign key (sender_mailbox_id, sender_device_id) references devices
);
create index messages_expiry on messages (expires_at);

create table deliveries (
  mailbox_id bytes32 not null references mailboxes,
  seq bigint not null check (seq >= 1),
  sender_mailbox_id bytes32 not null,
  message_id bytes16 not null,
  envelope bytea,
  envelope_bytes integer not null check (envelope_bytes between 1 and 4194304),
  envelope_digest bytes32 not null,
  state text not null default 'pending'
    check (state in ('pending', 'fetched', 'acknowledged', 'expired', 'withdrawn')),
  fetched_at timestamptz(3),
  attended_at timestamptz(3),
  attended_device_id bytes16,
  primary key (mailbox_id, seq),
  unique (sender_mailbox_id, message_id, mailbox_id),
  foreign key (sender_mailbox_id, message_id) references messages,
  foreign key (mailbox_id, attended_device_id) references devices,
  check ((envelope is null) = (state in ('expired', 'withdrawn'))),
  check (octet_length(envelope) = envelope_bytes),
  check ((attended_at is null) = (attended_device_id is null))
);
alter table deliveries alter column envelope set storage external;

create table acknowledgements (
  mailbox_id bytes32 not null,
  seq bigint not null,
  device_id bytes16 not null,
  acknowledged_at timestamptz(3) not null default now(),
  primary key (mailbox_id, seq, device_id),
  foreign key (mailbox_id, seq) references deliveries,
  foreign key (mailbox_id, device_id) references devices
);
`,
  down: `drop table acknowledgements, deliveries, messages;`,
});
