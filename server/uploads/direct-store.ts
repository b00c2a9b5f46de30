import { type BlobKey, blobKeyFrom } from '../blobs/store.js';
import type { Database, Transaction } from '../db/open.js';
import { toBuffer } from '../db/sql.js';
import type { DirectPartRow } from '../tables.js';

type Db = Database | Transaction;

/** A part on its way to the store past the relay. Its ticket is the blob's key. */
export interface DirectPart {
  readonly blobKey: BlobKey;
  readonly firstSegment: number;
  readonly digests: Uint8Array;
  readonly bytes: number;
}

export async function insertDirectPart(
  db: Db,
  payloadNumber: number,
  { blobKey, firstSegment, digests, bytes }: DirectPart,
  expiresAt: Date,
): Promise<void> {
  await db<DirectPartRow>('direct_parts').insert({
    ...{ blob_key: columnOf(blobKey), payload_number: payloadNumber, first_segment: firstSegment },
    ...{ digests: toBuffer(digests), bytes, expires_at: expiresAt },
  });
}

/** Only of this payload and this place, and only while it is open. */
export async function findDirectPart(
  db: Db,
  payloadNumber: number,
  firstSegment: number,
  ticket: string,
): Promise<DirectPart | null> {
  const row = await db<DirectPartRow>('direct_parts')
    .where({ blob_key: Buffer.from(ticket, 'hex'), payload_number: payloadNumber, first_segment: firstSegment })
    .where('expires_at', '>', db.fn.now())
    .first('*');
  if (row === undefined) return null;
  return { blobKey: blobKeyFrom(row.blob_key), firstSegment, digests: row.digests, bytes: row.bytes };
}

/** @returns whether it was open: once, whatever else goes on */
export async function takeDirectPart(db: Db, blobKey: BlobKey): Promise<boolean> {
  const taken = await db<DirectPartRow>('direct_parts')
    .where({ blob_key: columnOf(blobKey) })
    .where('expires_at', '>', db.fn.now())
    .delete();
  return taken > 0;
}

export async function countDirectParts(db: Db, payloadNumber: number): Promise<number> {
  const row = await db<DirectPartRow>('direct_parts')
    .where({ payload_number: payloadNumber })
    .count<{ count: number }[]>('* as count')
    .first();
  return Number(row?.count ?? 0);
}

/** @returns which of the keys belong to parts on their way */
export async function findDirectBlobKeys(db: Db, keys: readonly BlobKey[]): Promise<ReadonlySet<BlobKey>> {
  const rows = await db<DirectPartRow>('direct_parts').whereIn('blob_key', keys.map(columnOf)).select('blob_key');
  return new Set(rows.map((row) => blobKeyFrom(row.blob_key)));
}

/** A transaction that took one at its last moment has long ended by then. */
const OVER_FOR = '10 minutes';

/** @returns how many; what they left in the store is an orphan from now on */
export async function deleteOverDirectParts(db: Db): Promise<number> {
  return db<DirectPartRow>('direct_parts')
    .where('expires_at', '<', db.raw(`now() - interval '${OVER_FOR}'`))
    .delete();
}

function columnOf(key: BlobKey): Buffer {
  return Buffer.from(key, 'hex');
}
