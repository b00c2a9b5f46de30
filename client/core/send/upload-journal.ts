import { encodeCbor, parseCbor } from '../../../crypto/wire/cbor.js';
import { WireError } from '../../../crypto/wire/error.js';
import { asArray, asBytes, asOneOf, asText, asUint } from '../../../crypto/wire/shape.js';
import { EMPTY_ROOT } from '../../../crypto/wire/merkle.js';
import { type TallyStatus } from '../../../crypto/wire/tally.js';
import { type SealedLog } from '../account/sealed-log.js';
import { type GearJournal, type JournalGear } from './gear-plan.js';

/** What an upload must remember to go on after a crash: which plaintext went into each part, and what it became. */
export interface UploadJournal extends GearJournal {
  part(firstSegment: number): JournalPart | undefined;
  /** The newest tally number that may have reached the relay: none is ever signed twice. */
  readonly lastTally: Pick<JournalTally, 'seq' | 'segments' | 'root'>;
  /** Before the part is sent: durable when it returns. */
  recordPart(part: JournalPart): Promise<void>;
  recordTally(tally: JournalTally): Promise<void>;
  /** The tally after which there is none: sent again as it is, never signed anew. */
  readonly lastWord: JournalTally | null;
}

export interface JournalTally {
  readonly seq: number;
  readonly segments: number;
  readonly status: TallyStatus;
  readonly root: Uint8Array;
  /** As sealed for the relay. */
  readonly wire: Uint8Array<ArrayBuffer>;
}

export interface JournalPart {
  readonly firstSegment: number;
  /** SHA-256 of the part's plaintext. */
  readonly plainDigest: Uint8Array;
  /** SHA-256 of each sealed segment. */
  readonly digests: Uint8Array;
}

const PART = 1;
const TALLY = 2;
const GEAR = 3;
const GEARS = ['stored', 'fast', 'small'] as const;
const MAX_VERSION_CHARS = 200;
const MAX_RECORD_BYTES = 16_384;
const STATUSES = ['open', 'final', 'aborted'] as const;

/** @param records those of the log that have not been read yet */
export async function openUploadJournal(log: SealedLog, records: AsyncIterable<Uint8Array>): Promise<UploadJournal> {
  const parts = new Map<number, JournalPart>();
  const gears = new Map<number, JournalGear>();
  let lastTally: JournalTally | null = null;
  for await (const record of records) {
    const entry = parseEntry(record);
    if ('seq' in entry) lastTally = entry;
    else if ('gear' in entry) gears.set(entry.block, entry);
    else parts.set(entry.firstSegment, entry);
  }
  // Earlier versions coded nothing and did not say so.
  const isUncoded = parts.size > 0 && gears.size === 0;
  return {
    part: (firstSegment) => parts.get(firstSegment),
    get lastTally() {
      return lastTally ?? { seq: 0, segments: 0, root: EMPTY_ROOT };
    },
    get lastWord() {
      return lastTally === null || lastTally.status === 'open' ? null : lastTally;
    },
    async recordPart(part) {
      await log.append(encodeCbor([PART, part.firstSegment, part.plainDigest, part.digests]));
      parts.set(part.firstSegment, part);
    },
    gear: (block) => (isUncoded ? { block, gear: 'stored', version: '' } : gears.get(block)),
    async recordGear(gear) {
      await log.append(encodeCbor([GEAR, gear.block, GEARS.indexOf(gear.gear), gear.version]));
      gears.set(gear.block, gear);
    },
    async recordTally(tally) {
      const { seq, segments, status, root, wire } = tally;
      await log.append(encodeCbor([TALLY, seq, segments, status, root, wire]));
      lastTally = tally;
    },
  };
}

function parseEntry(record: Uint8Array): JournalPart | JournalTally | JournalGear {
  const [kind, a, b, c, d, e] = asArray(parseCbor(record, { maxBytes: MAX_RECORD_BYTES }));
  if (kind === PART) return { firstSegment: asUint(a), plainDigest: asBytes(b, 32), digests: asBytes(c) };
  if (kind === GEAR) {
    const gear = GEARS[asUint(b)] ?? refuseEntry();
    return { block: asUint(a), gear, version: asText(c, MAX_VERSION_CHARS) };
  }
  if (kind !== TALLY) refuseEntry();
  const status = asOneOf(c, STATUSES);
  return { seq: asUint(a), segments: asUint(b), status, root: asBytes(d, 32), wire: asBytes(e).slice() };
}

function refuseEntry(): never {
  throw new WireError('shape', 'unknown journal entry');
}
