import { createHash } from 'node:crypto';
import { DIGEST_BYTES } from '../../crypto/wire/payload.js';
import { BlobError, type BlobKey, type BlobStore } from '../blobs/store.js';
import type { Database } from '../db/open.js';
import {
  type Part,
  type Payload,
  countUncovered,
  findKnownBlobKeys,
  isTreeKept,
  listParts,
  listPayloads,
} from '../uploads/inspect.js';
import type { Finding, FindingKind } from './findings.js';

export type Depth = 'quick' | 'whole';

const PARTS_AT_ONCE = 500;
const ORPHANS_AT_ONCE = 500;

/** Every part that the tables name is in the store; every tally covers what is there; every kept root is right. */
export async function checkPayloads(db: Database, blobs: BlobStore, depth: Depth) {
  const findings: Finding[] = [];
  let [payloads, parts, bytes] = [0, 0, 0];
  for await (const payload of listPayloads(db)) {
    const kinds = new Set<FindingKind>();
    payloads += 1;
    for await (const part of partsOf(db, payload)) {
      parts += 1;
      bytes += part.bytes;
      const kind = await checkPart(blobs, part, payload.segmentBytes, depth);
      if (kind !== null && (await isStillNamed(db, part.blobKey))) kinds.add(kind);
    }
    if ((await countUncovered(db, payload)) > 0) kinds.add('tally-uncovered');
    else if (!(await isTreeKept(db, payload))) kinds.add('tree-differs');
    findings.push(...[...kinds].map((kind): Finding => ({ kind, subject: payload.payloadId })));
  }
  return { counts: { payloads, parts, bytes }, findings };
}

async function* partsOf(db: Database, payload: Payload): AsyncGenerator<Part> {
  for (let after = -1; ;) {
    const page = await listParts(db, payload.number, after, PARTS_AT_ONCE);
    yield* page;
    if (page.length < PARTS_AT_ONCE) return;
    after = page.at(-1)?.firstSegment ?? after;
  }
}

async function checkPart(
  blobs: BlobStore,
  part: Part,
  segmentBytes: number,
  depth: Depth,
): Promise<FindingKind | null> {
  try {
    if (depth === 'whole') return (await hasDigests(blobs, part, segmentBytes)) ? null : 'part-damaged';
    for await (const chunk of blobs.read(part.blobKey, part.bytes - 1, part.bytes)) void chunk;
    return null;
  } catch (error) {
    if (error instanceof BlobError && error.code === 'blob-missing') return 'part-missing';
    throw error;
  }
}

async function hasDigests(blobs: BlobStore, part: Part, segmentBytes: number): Promise<boolean> {
  for (let i = 0; i < part.segments; i++) {
    const hash = createHash('sha256');
    const end = Math.min((i + 1) * segmentBytes, part.bytes);
    for await (const chunk of blobs.read(part.blobKey, i * segmentBytes, end)) hash.update(chunk);
    if (!hash.digest().equals(part.digests.subarray(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES))) return false;
  }
  return true;
}

/** A part may have been replaced, or have expired, while the check ran. */
async function isStillNamed(db: Database, key: BlobKey): Promise<boolean> {
  return (await findKnownBlobKeys(db, [key])).has(key);
}

export async function countOrphans(db: Database, blobs: BlobStore): Promise<number> {
  let [orphans, batch] = [0, [] as BlobKey[]];
  const countBatch = async (): Promise<void> => {
    if (batch.length > 0) orphans += batch.length - (await findKnownBlobKeys(db, batch)).size;
    batch = [];
  };
  for await (const key of blobs.list(new Date())) {
    if (batch.push(key) >= ORPHANS_AT_ONCE) await countBatch();
  }
  await countBatch();
  return orphans;
}
