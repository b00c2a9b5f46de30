import { sqlMigration } from './migration.js';

/** Which nodes share the database now: so that what a practice or an address may do is counted for the relay, and not for each node. */
export const nodes = sqlMigration('0037-nodes', {
  up: `
create table relay_nodes (
  node_id bytea primary key check (length(node_id) = 16),
  seen_at timestamptz not null
);
`,
  down: `
drop table relay_nodes;
`,
});
