import { equalBytes } from '../../../crypto/wire/bytes.js';
import { CompactRange } from '../../../crypto/wire/merkle.js';
import {
  DIGEST_BYTES,
  type PayloadHeader,
  segmentCountOf,
  segmentLeaf,
  segmentLength,
} from '../../../crypto/wire/payload.js';
import { type TallyBody, type TallySigner } from '../../../crypto/wire/tally.js';
import { SealError } from '../../../crypto/seal/error.js';
import { type Secret } from '../../../crypto/seal/secret.js';
import { assertTallyFollows, openTally } from '../../../crypto/seal/tally.js';
import { CoreError } from '../error.js';
import { type Relay } from '../relay/relay.js';

/** The verified beginning of a payload: a tally, and digests that reproduce its root (docs/spec/payload.md §5). */
export interface VerifiedTally {
  readonly tally: TallyBody;
  /** SHA-256 of segment `index`, below `tally.segments`. */
  digest(index: number): Uint8Array;
}

export interface TallyWatch {
  /** The newest verified tally so far. */
  readonly current: VerifiedTally | null;
  /**
   * Asks the relay for a newer tally and verifies it on top of the one before.
   * @returns the newest, or null while there is none
   * @throws CoreError `payload-damaged`, SealError `tally-contradiction`
   */
  update(): Promise<VerifiedTally | null>;
}

export function watchTallies(relay: Relay, secret: Secret, header: PayloadHeader, signer: TallySigner): TallyWatch {
  let range = new CompactRange();
  const pages: Uint8Array[] = [];
  let current: VerifiedTally | null = null;

  /** Digests are the relay's word until they reproduce the signed root (invariant 22). */
  async function verifyRoot(tally: TallyBody): Promise<void> {
    const first = range.size;
    const page = await relay.digests(header.payloadId, first, tally.segments - first);
    const lengthOf = (index: number): number =>
      tally.totalBytes === null ? header.segmentBytes : segmentLength(index, tally.totalBytes, header.segmentBytes);
    const next = range.clone();
    for (let index = first; index < tally.segments; index++) {
      const digest = page.subarray((index - first) * DIGEST_BYTES, (index - first + 1) * DIGEST_BYTES);
      next.append(segmentLeaf(header.payloadId, index, lengthOf(index), digest));
    }
    if (!equalBytes(next.root(), tally.root)) throw new CoreError('payload-damaged', 'digests do not make the root');
    range = next;
    pages.push(page);
  }

  async function update(): Promise<VerifiedTally | null> {
    const answer = await relay.newestTally(header.payloadId);
    if (answer === null) return current;
    const tally = open(secret, header, answer.record, signer);
    // The clear numbers beside a tally are the relay's: they must be the signed ones.
    if (tally.seq !== answer.seq || tally.segments !== answer.segments) {
      throw new CoreError('payload-damaged', 'the relay counts otherwise than the sender');
    }
    if (current !== null) {
      assertTallyFollows(current.tally, tally);
      if (tally.seq === current.tally.seq) return current;
    }
    assertTotal(tally, header);
    await verifyRoot(tally);
    current = { tally, digest: (index) => digestAt(pages, index) };
    return current;
  }

  return {
    get current() {
      return current;
    },
    update,
  };
}

function open(secret: Secret, header: PayloadHeader, record: Uint8Array, signer: TallySigner): TallyBody {
  try {
    return openTally(secret, header.payloadId, record, signer);
  } catch (cause) {
    if (!(cause instanceof SealError)) throw cause;
    throw new CoreError('payload-damaged', 'a tally does not open', { cause });
  }
}

/** 1 TiB of payload: more digests than that are asked for by nobody honest. */
const MAX_SEGMENTS = 2 ** 22;

/** Invariant 2: a final tally's count and total belong together. */
function assertTotal(tally: TallyBody, header: PayloadHeader): void {
  const { totalBytes, segments } = tally;
  if (segments > MAX_SEGMENTS) throw new CoreError('payload-damaged', 'more segments than a payload has');
  if (totalBytes === null) return;
  if (totalBytes < 1 || segmentCountOf(totalBytes, header.segmentBytes) !== segments) {
    throw new CoreError('payload-damaged', 'a final tally contradicts itself');
  }
}

function digestAt(pages: readonly Uint8Array[], index: number): Uint8Array {
  let at = index * DIGEST_BYTES;
  for (const page of pages) {
    if (at < page.length) return page.subarray(at, at + DIGEST_BYTES);
    at -= page.length;
  }
  throw new RangeError('no such segment');
}
