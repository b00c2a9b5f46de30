import { sqlMigration } from './migration.js';

/**
 * Which nodes of the map name a leaf. The database asks that for each leaf that is removed: without an index each question reads
 * all nodes, and making the map of 100,000 mailboxes anew takes hours.
 */
export const logMapLeafIndex = sqlMigration('0020-log-map-leaf-index', {
  up: 'create index log_map_nodes_leaf on log_map_nodes (leaf) where leaf is not null;',
  down: 'drop index log_map_nodes_leaf;',
});
