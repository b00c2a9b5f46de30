import { sqlMigration } from './migration.js';

/** What a practice takes up, kept beside each payload so that nobody adds up its parts. */
export const quotas = sqlMigration('0027-quotas', {
  up: `
alter table payloads
  add column stored_bytes bigint not null default 0 check (stored_bytes >= 0),
  -- Its last segment is stored: what was reserved for it beyond its bytes is free.
  add column is_whole boolean not null default false,
  add column touched_at timestamptz(3) not null default now();
update payloads set
  stored_bytes = coalesce((select sum(bytes) from parts where parts.payload_number = payloads.payload_number), 0),
  is_whole = exists (select 1 from parts where parts.payload_number = payloads.payload_number and is_last),
  touched_at = created_at;
-- What counts against a quota.
create index payloads_live on payloads (creator_mailbox_id) where removed_at is null;
-- What was sent within a day.
create index messages_by_sender on messages (sender_mailbox_id, accepted_at);
`,
  down: `
drop index messages_by_sender;
drop index payloads_live;
alter table payloads drop column stored_bytes, drop column is_whole, drop column touched_at;
`,
});
