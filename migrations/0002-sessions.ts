import { sqlMigration } from './migration.js';

/** Signing in. A challenge may name a mailbox that does not exist, so it refers to nothing; a session refers to its device. */
export const sessions = sqlMigration('0002-sessions', {
  up: `
create table challenges (
  nonce bytes32 primary key,
  mailbox_id bytes32 not null,
  device_id bytes16 not null,
  expires_at timestamptz(3) not null
);
create index challenges_expiry on challenges (expires_at);

create table sessions (
  token_digest bytes32 primary key,
  mailbox_id bytes32 not null,
  device_id bytes16 not null,
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null check (expires_at > created_at),
  foreign key (mailbox_id, device_id) references devices
);
create index sessions_device on sessions (mailbox_id, device_id);
create index sessions_expiry on sessions (expires_at);
`,
  down: `drop table sessions, challenges;`,
});
