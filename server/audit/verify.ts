import { equalBytes } from '../../crypto/wire/bytes.js';
import { type LogCheckpoint, verifyCheckpoint } from '../../crypto/log/checkpoint.js';
import { LogError } from '../../crypto/log/error.js';
import type { VerifierKey } from '../../crypto/log/verifier-key.js';
import { inSnapshot } from '../db/copy.js';
import type { Database, Transaction } from '../db/open.js';
import type { AuditEntryRow } from '../tables.js';
import { NO_ENTRY, entryHash, prunedBy, readEntry } from './entry.js';
import { countQueued, listCheckpoints, listEntries } from './store.js';

/** docs/spec/audit.md §5: what an auditor is told, in the order of the chain. */
export type AuditFinding =
  /** The entry is not the one that was chained. */
  | { readonly kind: 'altered'; readonly seq: number }
  /** The entries from `seq` to `through` are not there. */
  | { readonly kind: 'missing'; readonly seq: number; readonly through: number }
  /** The chain was made anew between two checkpoints: `seq` is the first entry that may be another. */
  | { readonly kind: 'rewritten'; readonly seq: number; readonly through: number }
  /** A checkpoint, of this many entries, that this key has not signed. 0: one that was kept elsewhere. */
  | { readonly kind: 'checkpoint-invalid'; readonly seq: number };

export interface AuditVerdict {
  readonly entries: number;
  /** The number of the first entry there is: 1, unless older ones were deleted by `prune`. */
  readonly first: number;
  readonly checkpoints: number;
  /** Recorded, not chained yet. */
  readonly queued: number;
  /** Entries behind the newest checkpoint: chained, and nobody's signature on it. */
  readonly unsigned: number;
  readonly findings: readonly AuditFinding[];
}

const PAGE = 1_000;
/** More say no more. */
const MAX_FINDINGS = 100;

/**
 * Walks the whole chain, as of one moment.
 * @param kept notes of checkpoints that were kept elsewhere: they must agree, or somebody has cut the end off or made all anew
 */
export async function verifyAudit(db: Database, key: VerifierKey, kept: readonly Uint8Array[]): Promise<AuditVerdict> {
  return inSnapshot(db, async (trx) => {
    const stored = (await listCheckpoints(trx)).map(({ note, size }) => claimOf(note, key, size));
    const claims = [...stored, ...kept.map((note) => claimOf(note, key, 0))];
    const invalid = claims.flatMap((claim) => ('kind' in claim ? [claim] : []));
    const valid = claims.flatMap((claim) => ('root' in claim ? [claim] : [])).sort((a, b) => a.size - b.size);
    const walk = await walkChain(trx, valid);
    return {
      entries: walk.count,
      first: walk.first,
      checkpoints: valid.length,
      queued: await countQueued(trx),
      unsigned: Math.max(0, walk.last - (valid.at(-1)?.size ?? 0)),
      findings: [...walk.findings, ...invalid].sort((a, b) => a.seq - b.seq).slice(0, MAX_FINDINGS),
    };
  });
}

/** @param size of the row that holds it; 0 when it comes from elsewhere */
function claimOf(note: Uint8Array, key: VerifierKey, size: number): LogCheckpoint | AuditFinding {
  try {
    const claim = verifyCheckpoint(note, key);
    if (size === 0 || size === claim.size) return claim;
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
  }
  return { kind: 'checkpoint-invalid', seq: size };
}

interface Walk {
  readonly findings: AuditFinding[];
  /** Hash of the entry before. */
  head: Uint8Array;
  last: number;
  first: number;
  count: number;
  /** The newest checkpoint that agreed. */
  agreed: number;
}

async function walkChain(trx: Transaction, claims: readonly LogCheckpoint[]): Promise<Walk> {
  const walk = await beginWalk(trx);
  const waiting = [...claims];
  for await (const row of entriesOf(trx)) {
    step(walk, row);
    const reached = waiting.findIndex(({ size }) => size > walk.last);
    compare(walk, waiting.splice(0, reached < 0 ? waiting.length : reached));
  }
  const end = waiting.at(-1)?.size ?? 0;
  if (end > walk.last) walk.findings.push({ kind: 'missing', seq: walk.last + 1, through: end });
  return walk;
}

async function* entriesOf(trx: Transaction): AsyncGenerator<AuditEntryRow> {
  for (let after = 0; ;) {
    const rows = await listEntries(trx, after, PAGE);
    yield* rows;
    if (rows.length < PAGE) return;
    after = rows.at(-1)?.seq ?? after;
  }
}

/** A chain that was pruned says so itself: an entry further on names the hash that it goes on from (§6). */
async function beginWalk(trx: Transaction): Promise<Walk> {
  const whole: Walk = { findings: [], head: NO_ENTRY, last: 0, first: 1, count: 0, agreed: 0 };
  const [first] = await listEntries(trx, 0, 1);
  if (first === undefined || first.seq === 1) return whole;
  for await (const { entry } of entriesOf(trx)) {
    const pruned = prunedBy(entry);
    if (pruned?.through !== first.seq - 1) continue;
    const { through, hash } = pruned;
    return { ...whole, head: hash, last: through, first: first.seq, agreed: through };
  }
  return whole;
}

function step(walk: Walk, row: AuditEntryRow): void {
  const entry = readEntry(row.entry);
  if (row.seq !== walk.last + 1) walk.findings.push({ kind: 'missing', seq: walk.last + 1, through: row.seq - 1 });
  const isOwn = entryHash(row.entry).equals(row.hash) && entry?.seq === row.seq;
  if (!isOwn) walk.findings.push({ kind: 'altered', seq: row.seq });
  // Whole in itself, and yet not behind the one that is there: that one was exchanged together with its hash.
  else if (row.seq === walk.last + 1 && !equalBytes(entry.previous, walk.head)) {
    walk.findings.push({ kind: 'altered', seq: Math.max(walk.first, row.seq - 1) });
  }
  // From the stored hash on: one alteration is one finding, and those behind it are found, too.
  Object.assign(walk, { head: row.hash, last: row.seq, count: walk.count + 1 });
}

function compare(walk: Walk, reached: readonly LogCheckpoint[]): void {
  // Where the entry itself is missing, that was said.
  const claims = reached.filter(({ size }) => size === walk.last);
  if (claims.length === 0) return;
  if (claims.some(({ root }) => !equalBytes(root, walk.head))) {
    const known = walk.findings.some(({ seq }) => seq > walk.agreed && seq <= walk.last);
    if (!known) walk.findings.push({ kind: 'rewritten', seq: walk.agreed + 1, through: walk.last });
  }
  walk.agreed = walk.last;
}
