import { equalBytes } from '../../crypto/wire/bytes.js';
import { payloadIdFrom } from '../../crypto/wire/ids.js';
import type { PayloadId } from '../../crypto/wire/ids.js';
import type { SegmentBytes } from '../../crypto/wire/payload.js';
import type { Database } from '../db/open.js';
import type { PayloadRow } from '../tables.js';
import { countSegments } from './part-store.js';
import { countCovered, listTreeBlocks } from './tally-store.js';
import { BLOCK_SEGMENTS, rootOfBlock } from './tree.js';

export { type Part, findKnownBlobKeys, listParts } from './part-store.js';

/** What a check looks at: payloads whose bytes have not been taken away. */

export interface Payload {
  readonly number: number;
  readonly payloadId: PayloadId;
  readonly segmentBytes: SegmentBytes;
}

const AT_ONCE = 500;

export async function* listPayloads(db: Database): AsyncGenerator<Payload> {
  for (let after = 0; ;) {
    const rows = await db<PayloadRow>('payloads')
      .whereNull('removed_at')
      .where('payload_number', '>', after)
      .orderBy('payload_number')
      .limit(AT_ONCE)
      .select('payload_number', 'payload_id', 'segment_bytes');
    for (const { payload_number: number, payload_id, segment_bytes } of rows) {
      yield { number, payloadId: payloadIdFrom(payload_id), segmentBytes: segment_bytes as SegmentBytes };
    }
    if (rows.length < AT_ONCE) return;
    after = rows.at(-1)?.payload_number ?? after;
  }
}

/** Segments that the newest tally covers and no part holds. */
export async function countUncovered(db: Database, { number }: Payload): Promise<number> {
  const covered = await countCovered(db, number);
  return covered - (await countSegments(db, number, 0, covered));
}

/** Whether the kept roots are those of the digests, and none is lacking. */
export async function isTreeKept(db: Database, payload: Payload): Promise<boolean> {
  const blocks = Math.floor((await countCovered(db, payload.number)) / BLOCK_SEGMENTS);
  const kept = await listTreeBlocks(db, payload.number, blocks);
  if (kept.length !== blocks) return false;
  for (const [block, root] of kept.entries()) {
    if (!equalBytes(root, await rootOfBlock(db, payload, block))) return false;
  }
  return true;
}
