import { sqlMigration } from './migration.js';

/** How far an urgent delivery has been reminded of, and whom a mailbox has named for when nobody is there (docs/spec/withdrawal.md §3). */
export const urgency = sqlMigration('0026-urgency', {
  up: `
-- 0 nobody, 1 the recipient's devices, 2 his deputies, 3 back to the sender.
alter table deliveries add column reminded smallint not null default 0 check (reminded between 0 and 3);
-- What the reminders look for: messages that have a deadline, by the end of it.
create index messages_deadline on messages (deadline_at) where deadline_at is not null;

create table deputies (
  mailbox_id bytes32 not null references mailboxes,
  position smallint not null check (position between 0 and 4),
  deputy_id bytes32 not null references mailboxes,
  device_id bytes16 not null,
  set_at timestamptz(3) not null default now(),
  primary key (mailbox_id, position),
  unique (mailbox_id, deputy_id),
  foreign key (mailbox_id, device_id) references devices,
  check (mailbox_id <> deputy_id)
);
-- For whom a mailbox is deputy.
create index deputies_deputy on deputies (deputy_id);
`,
  down: `
drop table deputies;
drop index messages_deadline;
alter table deliveries drop column reminded;
`,
});
