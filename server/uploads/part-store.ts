import { type BlobKey, blobKeyFrom } from '../blobs/store.js';
import type { Database, Transaction } from '../db/open.js';
import { toBuffer } from '../db/sql.js';
import type { PartRow } from '../tables.js';

type Db = Database | Transaction;

export interface Part {
  readonly firstSegment: number;
  readonly segments: number;
  readonly bytes: number;
  /** It ends with the payload's last segment. */
  readonly isLast: boolean;
  /** SHA-256 of each segment, 32 bytes each. */
  readonly digests: Buffer;
  /** SHA-256 of `digests`. */
  readonly digest: Buffer;
  readonly blobKey: BlobKey;
}

function partFrom(row: PartRow): Part {
  return {
    firstSegment: row.first_segment,
    segments: row.segments,
    bytes: row.bytes,
    isLast: row.is_last,
    digests: row.digests,
    digest: row.digest,
    blobKey: blobKeyFrom(row.blob_key),
  };
}

function columnsOf(part: Part) {
  return {
    segments: part.segments,
    bytes: part.bytes,
    is_last: part.isLast,
    digests: toBuffer(part.digests),
    digest: toBuffer(part.digest),
    blob_key: Buffer.from(part.blobKey, 'hex'),
  };
}

export async function findPart(db: Db, payloadNumber: number, firstSegment: number): Promise<Part | null> {
  const row = await db<PartRow>('parts')
    .where({ payload_number: payloadNumber, first_segment: firstSegment })
    .first('*');
  return row === undefined ? null : partFrom(row);
}

/** @throws the driver's exclusion violation on `parts_apart` when other parts hold some of the segments */
export async function insertPart(trx: Transaction, payloadNumber: number, part: Part): Promise<void> {
  await trx<PartRow>('parts').insert({
    payload_number: payloadNumber,
    first_segment: part.firstSegment,
    ...columnsOf(part),
  });
}

/** The same, in the place of the part that begins at the same segment. */
export async function replacePart(trx: Transaction, payloadNumber: number, part: Part): Promise<void> {
  await trx<PartRow>('parts')
    .where({ payload_number: payloadNumber, first_segment: part.firstSegment })
    .update({ ...columnsOf(part), stored_at: trx.fn.now() });
}

export async function listParts(db: Db, payloadNumber: number, after: number, limit: number): Promise<Part[]> {
  const rows = await db<PartRow>('parts')
    .where({ payload_number: payloadNumber })
    .where('first_segment', '>', after)
    .orderBy('first_segment')
    .limit(limit)
    .select('*');
  return rows.map(partFrom);
}

const MAX_PART_SEGMENTS = 32;

/** Parts that hold segments `first` to `end` (exclusive), in order. */
export async function listPartsWithin(db: Db, payloadNumber: number, first: number, end: number): Promise<Part[]> {
  const rows = await db<PartRow>('parts')
    .where({ payload_number: payloadNumber })
    .where('first_segment', '>', first - MAX_PART_SEGMENTS)
    .where('first_segment', '<', end)
    .whereRaw('first_segment + segments > ?', [first])
    .orderBy('first_segment')
    .select('*');
  return rows.map(partFrom);
}

/** How many of the segments `first` to `end` (exclusive) are stored: parts never overlap. */
export async function countSegments(db: Db, payloadNumber: number, first: number, end: number): Promise<number> {
  const row = await db<PartRow>('parts')
    .where({ payload_number: payloadNumber })
    .where('first_segment', '>', first - MAX_PART_SEGMENTS)
    .where('first_segment', '<', end)
    .whereRaw('first_segment + segments > ?', [first])
    .first<{ count: number | null } | undefined>(
      db.raw('sum(least(first_segment + segments, ?::bigint) - greatest(first_segment, ?::bigint))::bigint as count', [
        end,
        first,
      ]),
    );
  return row?.count ?? 0;
}

/** Which of the keys belong to a part. */
export async function findKnownBlobKeys(db: Db, keys: readonly BlobKey[]): Promise<ReadonlySet<BlobKey>> {
  const rows = await db<PartRow>('parts')
    .whereIn(
      'blob_key',
      keys.map((key) => Buffer.from(key, 'hex')),
    )
    .select('blob_key');
  return new Set(rows.map((row) => blobKeyFrom(row.blob_key)));
}

/** Removes at most `limit` parts. @returns their blobs, which nothing names any more once the transaction is committed */
export async function deleteParts(trx: Transaction, payloadNumber: number, limit: number): Promise<BlobKey[]> {
  const some = trx<PartRow>('parts').where({ payload_number: payloadNumber }).limit(limit).select('first_segment');
  const rows = await trx<PartRow>('parts')
    .where({ payload_number: payloadNumber })
    .whereIn('first_segment', some)
    .delete()
    .returning('blob_key');
  return rows.map((row) => blobKeyFrom(row.blob_key));
}
