import { sqlMigration } from './migration.js';

/**
 * Parts that a client brings to the store itself, until the relay has looked at them (docs/spec/relay-api.md §16). The blob
 * belongs to nobody else: the sweep of orphans spares it as long as it stands here. Indexes: for the sweep of what is over, and
 * for how many of a payload are open.
 */
export const directParts = sqlMigration('0038-direct-parts', {
  up: `
create table direct_parts (
  blob_key bytes16 primary key,
  payload_number bigint not null references payloads,
  first_segment bigint not null check (first_segment between 0 and 4294967295),
  digests bytea not null check (octet_length(digests) between 32 and 1024 and octet_length(digests) % 32 = 0),
  bytes integer not null check (bytes between 1 and 8388608),
  expires_at timestamptz(3) not null
);
create index direct_parts_expires_at on direct_parts (expires_at);
create index direct_parts_payload on direct_parts (payload_number);
`,
  down: `
drop table direct_parts;
`,
});
