import { sqlMigration } from './migration.js';

/** Bytes go when their time is over; the rows stay as tombstones, so that a party is told `gone` and not `not-found`. */
export const expiry = sqlMigration('0008-expiry', {
  up: `
alter table payloads add column removed_at timestamptz(3);
-- What the sweep looks for: payloads that still have bytes, by the time they may go.
drop index payloads_expiry;
create index payloads_expiry on payloads (expires_at) where removed_at is null;
-- The same for envelopes.
create index deliveries_with_envelope on deliveries (sender_mailbox_id, message_id) where envelope is not null;
`,
  down: `
drop index deliveries_with_envelope;
drop index payloads_expiry;
create index payloads_expiry on payloads (expires_at);
alter table payloads drop column removed_at;
`,
});
