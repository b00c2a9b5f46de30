import type { Database } from '../db/open.js';
import type { RelayNodeRow } from '../tables.js';

/** Writes down that the node lives, and forgets who has not been seen for so long. @returns how many live, this one counted */
export async function markSeen(db: Database, nodeId: Buffer, goneAfterMs: number): Promise<number> {
  const { rows } = await db.raw<{ rows: { count: number }[] }>(
    `with gone as (
       delete from relay_nodes where seen_at < now() - ? * interval '1 millisecond' and node_id <> ?
     ), mine as (
       insert into relay_nodes (node_id, seen_at) values (?, now())
       on conflict (node_id) do update set seen_at = excluded.seen_at
     )
     select 1 + count(*) as count from relay_nodes
     where node_id <> ? and seen_at >= now() - ? * interval '1 millisecond'`,
    [goneAfterMs, nodeId, nodeId, nodeId, goneAfterMs],
  );
  return rows[0]?.count ?? 1;
}

export async function removeNode(db: Database, nodeId: Buffer): Promise<void> {
  await db<RelayNodeRow>('relay_nodes').where({ node_id: nodeId }).delete();
}
