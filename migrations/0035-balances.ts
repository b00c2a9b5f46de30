import { sqlMigration } from './migration.js';

/** What the newest balance of each mailbox carries forward (docs/spec/mailbox.md §9): it follows from the statements, and is kept to be shown. */
export const balances = sqlMigration('0035-balances', {
  up: `
create table balances (
  mailbox_id bytes32 primary key references mailboxes,
  seq bigint not null,
  carried bytea not null check (octet_length(carried) between 1 and 2097152),
  foreign key (mailbox_id, seq) references statements
);
alter table balances alter column carried set storage external;
`,
  down: `
drop table balances;
`,
});
