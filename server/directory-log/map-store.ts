import {
  type MapProof,
  type MapValue,
  bitAt,
  climbEmpty,
  createMapProof,
  emptyAt,
  mapLeafHash,
  prefixAt,
  siblingPrefix,
} from '../../crypto/log/map.js';
import { MAP_DEPTH } from '../../crypto/log/map.js';
import type { Database, Transaction } from '../db/open.js';
import { toBuffer } from '../db/sql.js';
import type { LogMapLeafRow } from '../tables.js';
import { type MapLeaf, type MapNode, type MapNodes, childPrefixes, mapHash, nodeKey, updateMap } from './map-update.js';

/** The map in its tables. `version` is the size of the checkpoint that a row first belongs to. */

type Db = Database | Transaction;

export interface NewMapValue extends MapValue {
  readonly index: Uint8Array;
}

/** Writes new values. @returns the new root */
export async function writeMapValues(
  trx: Transaction,
  values: readonly NewMapValue[],
  version: number,
): Promise<Uint8Array> {
  const changed = values.map(({ index, seq, head }) => ({ index, hash: mapLeafHash(index, { seq, head }, mapHash) }));
  const nodes = await loadWays(trx, changed);
  const beside = await loadLeafHashes(
    trx,
    [...nodes.values()].flatMap(({ leaf }) => leaf ?? []),
  );
  const update = updateMap(nodes, changed, (index) => beside.get(hexOf(index)) ?? missing());
  await upsertLeaves(trx, values, version);
  await upsertNodes(trx, update.nodes, version);
  return update.root;
}

/** The root as it is now; that of the empty map when nothing is in it. */
export async function findMapRoot(db: Db): Promise<Uint8Array> {
  const [root] = await listNodes(db, [{ depth: 0, prefix: new Uint8Array(32) }]);
  return root?.hash ?? emptyAt(0);
}

function missing(): never {
  throw new Error('the map names a leaf that it does not hold');
}

/** Level by level: the nodes on the ways to the leaves, and what stands beside them. */
async function loadWays(db: Db, leaves: readonly MapLeaf[]): Promise<MapNodes> {
  const nodes = new Map<string, MapNode>();
  let wanted: NodeName[] = [{ depth: 0, prefix: new Uint8Array(32) }];
  for (let depth = 0; wanted.length > 0; depth++) {
    for (const node of await listNodes(db, wanted)) nodes.set(nodeKey(node.depth, node.prefix), node);
    const onTheWay = new Map(
      leaves.map(({ index }) => [nodeKey(depth, prefixAt(index, depth)), prefixAt(index, depth)]),
    );
    wanted = [...onTheWay].flatMap(([key, prefix]) => {
      const node = nodes.get(key);
      if (node === undefined || node.leaf !== null) return [];
      return childPrefixes(depth, prefix).map((child) => ({ depth: depth + 1, prefix: child }));
    });
  }
  return nodes;
}

interface NodeName {
  readonly depth: number;
  readonly prefix: Uint8Array;
}

async function listNodes(db: Db, names: readonly NodeName[]): Promise<MapNode[]> {
  const { rows } = await db.raw<{ rows: MapNode[] }>(
    `select depth, prefix, hash, leaf from unnest(?::smallint[], ?::bytea[]) as asked (depth, prefix)
     join log_map_nodes using (depth, prefix)`,
    [names.map(({ depth }) => depth), names.map(({ prefix }) => toBuffer(prefix))],
  );
  return rows;
}

async function loadLeafHashes(db: Db, indexes: readonly Uint8Array[]): Promise<Map<string, Uint8Array>> {
  if (indexes.length === 0) return new Map();
  const rows = await db<LogMapLeafRow>('log_map_leaves').whereIn('map_index', indexes.map(toBuffer));
  return new Map(rows.map((row) => [hexOf(row.map_index), mapLeafHash(row.map_index, row, mapHash)]));
}

function hexOf(bytes: Uint8Array): string {
  return toBuffer(bytes).toString('hex');
}

export async function upsertLeaves(trx: Transaction, values: readonly NewMapValue[], version: number): Promise<void> {
  await trx.raw(
    `insert into log_map_leaves as known (map_index, seq, head, version)
     select map_index, seq, head, ? from unnest(?::bytea[], ?::bigint[], ?::bytea[]) as new (map_index, seq, head)
     on conflict (map_index) do update
       set seq = excluded.seq, head = excluded.head, version = excluded.version, old_seq = known.seq, old_head = known.head`,
    [
      version,
      values.map(({ index }) => toBuffer(index)),
      values.map(({ seq }) => seq),
      values.map(({ head }) => toBuffer(head)),
    ],
  );
}

export async function upsertNodes(trx: Transaction, nodes: readonly MapNode[], version: number): Promise<void> {
  await trx.raw(
    `insert into log_map_nodes as known (depth, prefix, hash, leaf, version)
     select depth, prefix, hash, leaf, ?
     from unnest(?::smallint[], ?::bytea[], ?::bytea[], ?::bytea[]) as new (depth, prefix, hash, leaf)
     on conflict (depth, prefix) do update
       set hash = excluded.hash, leaf = excluded.leaf, version = excluded.version,
           old_hash = known.hash, old_leaf = known.leaf`,
    [
      version,
      nodes.map(({ depth }) => depth),
      nodes.map(({ prefix }) => toBuffer(prefix)),
      nodes.map(({ hash }) => toBuffer(hash)),
      nodes.map(({ leaf }) => (leaf === null ? null : toBuffer(leaf))) as Buffer[],
    ],
  );
}

export interface ProvedValue {
  /** Null: no mailbox has this address. */
  readonly value: MapValue | null;
  readonly proof: MapProof;
}

/** The value at an index in the map of `version`, which is the published one or the one before a pending one. */
export async function proveMapValue(db: Db, index: Uint8Array, version: number): Promise<ProvedValue> {
  const value = await findValue(db, index, version);
  const { siblings, top } = await loadWay(db, index, version);
  // A mailbox that is alone below `top` is kept there; who asks for another index meets it further down.
  const other =
    top !== null && Buffer.compare(top.leaf, index) !== 0 ? await besides(db, index, top.leaf, version) : null;
  return {
    value,
    proof: createMapProof((depth) => (depth === other?.depth ? other.hash : (siblings.get(depth) ?? null))),
  };
}

async function findValue(db: Db, index: Uint8Array, version: number): Promise<MapValue | null> {
  const row = await db<LogMapLeafRow>('log_map_leaves')
    .where({ map_index: toBuffer(index) })
    .first();
  if (row === undefined) return null;
  if (row.version <= version) return { seq: row.seq, head: row.head };
  return row.old_seq === null || row.old_head === null ? null : { seq: row.old_seq, head: row.old_head };
}

async function besides(
  db: Db,
  index: Uint8Array,
  leaf: Uint8Array,
  version: number,
): Promise<{ readonly depth: number; readonly hash: Uint8Array }> {
  const value = (await findValue(db, leaf, version)) ?? missing();
  let depth = 1;
  while (bitAt(leaf, depth - 1) === bitAt(index, depth - 1)) depth += 1;
  return { depth, hash: climbEmpty(leaf, mapLeafHash(leaf, value, mapHash), MAP_DEPTH, depth, mapHash) };
}

interface Way {
  readonly siblings: ReadonlyMap<number, Uint8Array>;
  readonly top: { readonly leaf: Uint8Array } | null;
}

interface WayRow {
  readonly depth: number;
  readonly on_the_way: boolean;
  readonly hash: Buffer | null;
  readonly leaf: Buffer | null;
}

/** One query: the nodes on the way to the index and their siblings, as they were at `version`. */
async function loadWay(db: Db, index: Uint8Array, version: number): Promise<Way> {
  const depths = Array.from({ length: MAP_DEPTH }, (_, i) => i + 1);
  const names = [
    { depth: 0, prefix: new Uint8Array(32), onTheWay: true },
    ...depths.map((depth) => ({ depth, prefix: prefixAt(index, depth), onTheWay: true })),
    ...depths.map((depth) => ({ depth, prefix: siblingPrefix(index, depth), onTheWay: false })),
  ];
  const { rows } = await db.raw<{ rows: WayRow[] }>(
    `select depth, on_the_way,
       case when version > ? then old_hash else hash end as hash,
       case when version > ? then old_leaf else leaf end as leaf
     from unnest(?::smallint[], ?::bytea[], ?::boolean[]) as asked (depth, prefix, on_the_way)
     join log_map_nodes using (depth, prefix)`,
    [
      version,
      version,
      names.map(({ depth }) => depth),
      names.map(({ prefix }) => toBuffer(prefix)),
      names.map(({ onTheWay }) => onTheWay),
    ],
  );
  const siblings = new Map(rows.flatMap((row) => (row.on_the_way || row.hash === null ? [] : [[row.depth, row.hash]])));
  const leaf = rows.find((row) => row.on_the_way && row.leaf !== null)?.leaf;
  return { siblings, top: leaf === undefined || leaf === null ? null : { leaf } };
}
