import { sqlMigration } from './migration.js';

/** The operator ends, for a time or for good, what a practice, a mailbox or a device may do. Rows and messages stay. */
export const suspension = sqlMigration('0031-suspension', {
  up: `
alter table practices
  add column suspended_at timestamptz(3),
  add column closes_at timestamptz(3),
  add column closed_at timestamptz(3),
  add constraint practices_closed_after_grace check (closed_at is null or closes_at is not null);
alter table mailboxes add column suspended_at timestamptz(3);
alter table devices add column suspended_at timestamptz(3);
`,
  down: `
alter table devices drop column suspended_at;
alter table mailboxes drop column suspended_at;
alter table practices
  drop constraint practices_closed_after_grace,
  drop column closed_at,
  drop column closes_at,
  drop column suspended_at;
`,
});
