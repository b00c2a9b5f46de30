import { equalBytes } from '../../crypto/wire/bytes.js';
import { LogError } from '../../crypto/log/error.js';
import { type LogEntry, entryHash, parseEntry } from '../../crypto/log/entry.js';
import { rootQuery } from '../../crypto/log/tile-tree.js';
import type { Database, Transaction } from '../db/open.js';
import { inTransaction } from '../db/transaction.js';
import { appendLeaves } from './append.js';
import { createMapReplay } from './map-replay.js';
import { type NewMapValue, findMapRoot, writeMapValues } from './map-store.js';
import {
  computeTree,
  deleteMap,
  deleteTiles,
  findNewestCheckpoint,
  findPublishedCheckpoint,
  listEntries,
  listMapIndexes,
  listStoredStatements,
  lockIdentity,
} from './store.js';

/** What the log's tables must say of each other and of the directory. */
export type RebuildFailure =
  | 'entry-unknown' // an entry that this version cannot read, or a gap
  | 'statement-missing' // an entry without its statement in the directory, or with another
  | 'map-root' // a map root that does not follow from the entries before it
  | 'root'; // the checkpoint's root is not the root of the entries

export type Rebuilt =
  | { readonly kind: 'rebuilt'; readonly size: number; readonly root: Uint8Array }
  | { readonly kind: 'failed'; readonly reason: RebuildFailure; readonly position: number };

const STEP = 1_024;

/**
 * docs/spec/directory.md §8: makes tiles and map anew from the entries, and the map's heads from the directory's statements. Every
 * map root on the way and the newest checkpoint must come out as they were signed; else nothing is changed.
 */
export async function rebuildLog(db: Database): Promise<Rebuilt> {
  try {
    return await inTransaction(db, rebuild);
  } catch (error) {
    if (error instanceof Failed) return { kind: 'failed', reason: error.reason, position: error.position };
    throw error;
  }
}

/** The same, and nothing is written: whether the log would come out as it was signed. */
export async function checkLog(db: Database): Promise<RebuildFailure | null> {
  try {
    await db.transaction(async (trx) => {
      await rebuild(trx);
      throw new Undone();
    });
  } catch (error) {
    if (error instanceof Failed) return error.reason;
    if (!(error instanceof Undone)) throw error;
  }
  return null;
}

class Undone extends Error {
  override readonly name = 'Undone';
}

class Failed extends Error {
  override readonly name = 'Failed';
  readonly reason: RebuildFailure;
  readonly position: number;

  constructor(reason: RebuildFailure, position: number) {
    super(reason);
    this.reason = reason;
    this.position = position;
  }
}

async function rebuild(trx: Transaction): Promise<Rebuilt> {
  await trx.raw('set local statement_timeout = 0');
  await trx.raw('set local idle_in_transaction_session_timeout = 0');
  await lockIdentity(trx);
  const checkpoint = await findNewestCheckpoint(trx);
  await deleteTiles(trx);
  await deleteMap(trx);
  const size = checkpoint?.size ?? 0;
  const mailboxes = await listMapIndexes(trx);
  const published = (await findPublishedCheckpoint(trx))?.size ?? 0;
  const replay = startReplay(trx, new Map(mailboxes.map((one) => [hexOf(one.mapIndex), one.mailboxId])), published);
  for (let from = 0; from < size;) {
    // What is published and what waits for the witnesses never share a step: rows of the map keep what they said before it.
    const count = Math.min(STEP, (from < published ? published : size) - from);
    const entries = await listEntries(trx, from, count);
    if (entries.length !== count) throw new Failed('entry-unknown', from + entries.length);
    await appendLeaves(trx, from, entries.map(entryHash));
    await replay(from, entries);
    from += count;
  }
  const root = await computeTree(trx, rootQuery(size));
  if (checkpoint !== null && !equalBytes(root, checkpoint.root)) throw new Failed('root', size);
  return { kind: 'rebuilt', size, root };
}

type StatementEntry = Extract<LogEntry, { kind: 'statement' }>;

/** Takes entries in order; values since the last map root are set when the next one asks for them. */
function startReplay(trx: Transaction, mailboxes: Mailboxes, published: number) {
  const map = createMapReplay();
  let waiting: NewMapValue[] = [];
  const rootAt = async (position: number): Promise<Uint8Array> => {
    const values = newestOf(waiting);
    waiting = [];
    if (position < published) {
      map.set(values);
      if (position === published - 1) await map.write(trx, published);
      return map.root();
    }
    return values.length === 0 ? findMapRoot(trx) : writeMapValues(trx, values, position + 1);
  };
  return async (from: number, entries: readonly Uint8Array[]): Promise<void> => {
    const parsed = entries.map((bytes, i) => parse(bytes, from + i));
    const headAt = await headsOf(trx, mailboxes, parsed);
    for (const [i, entry] of parsed.entries()) {
      if (entry.kind === 'statement')
        waiting.push({ index: entry.index, seq: entry.seq, head: headAt(entry, from + i) });
      else if (!equalBytes(await rootAt(from + i), entry.root)) throw new Failed('map-root', from + i);
    }
  };
}

/** Of each mailbox the last one. */
function newestOf(values: readonly NewMapValue[]): NewMapValue[] {
  return [...new Map(values.map((value) => [hexOf(value.index), value])).values()];
}

function parse(bytes: Uint8Array, position: number): LogEntry {
  try {
    return parseEntry(bytes);
  } catch (error) {
    if (error instanceof LogError) throw new Failed('entry-unknown', position);
    throw error;
  }
}

/** Mailbox ids by map index, hex. */
type Mailboxes = ReadonlyMap<string, Buffer>;

/** @returns the head of the statement that the directory holds for an entry, which must be the one that was logged */
async function headsOf(trx: Transaction, mailboxes: Mailboxes, entries: readonly LogEntry[]) {
  const mailboxOf = ({ index }: StatementEntry): Buffer => mailboxes.get(hexOf(index)) ?? NOBODY;
  const wanted = entries
    .filter((entry) => entry.kind === 'statement')
    .map((entry) => ({ mailboxId: mailboxOf(entry), seq: entry.seq }));
  const known = new Map(
    (await listStoredStatements(trx, wanted)).map((one) => [`${hexOf(one.mailboxId)}/${one.seq}`, one]),
  );
  return (entry: StatementEntry, position: number): Uint8Array => {
    const statement = known.get(`${hexOf(mailboxOf(entry))}/${entry.seq}`);
    if (statement !== undefined && equalBytes(statement.digest, entry.digest)) return statement.head;
    throw new Failed('statement-missing', position);
  };
}

const NOBODY = Buffer.alloc(32);

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
