import { merkleRoot } from '../../crypto/wire/merkle.js';
import { TILE_WIDTH, splitTile } from '../../crypto/log/tile.js';
import type { Transaction } from '../db/open.js';
import type { LogTileRow } from '../tables.js';
import { findTile, upsertTiles } from './store.js';

/** docs/spec/directory.md §5: hashes go into the last tile of a level; a tile that is full adds its root to the level above. */
export async function appendLeaves(trx: Transaction, size: number, leaves: readonly Uint8Array[]): Promise<void> {
  const rows: LogTileRow[] = [];
  let [count, hashes] = [size, leaves];
  for (let level = 0; hashes.length > 0; level++) {
    const above: Uint8Array[] = [];
    for (const row of await fill(trx, level, count, hashes)) {
      rows.push(row);
      if (row.hashes.length === TILE_WIDTH * 32) above.push(merkleRoot(splitTile(row.hashes)));
    }
    [count, hashes] = [Math.floor(count / TILE_WIDTH), above];
  }
  await upsertTiles(trx, rows);
}

/** New states of the tiles of one level. */
async function fill(
  trx: Transaction,
  level: number,
  count: number,
  hashes: readonly Uint8Array[],
): Promise<LogTileRow[]> {
  const first = Math.floor(count / TILE_WIDTH);
  const there = count % TILE_WIDTH === 0 ? [] : splitTile((await findTile(trx, level, first)) ?? new Uint8Array(0));
  if (there.length !== count % TILE_WIDTH) throw new Error('a tile in the database is not as wide as the log is long');
  const all = [...there, ...hashes];
  const tiles = Math.ceil(all.length / TILE_WIDTH);
  return Array.from({ length: tiles }, (_, i) => ({
    level,
    tile: first + i,
    hashes: Buffer.concat(all.slice(i * TILE_WIDTH, (i + 1) * TILE_WIDTH)),
  }));
}
