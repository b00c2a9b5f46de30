import { equalBytes } from '../../crypto/wire/bytes.js';
import { LogError } from '../../crypto/log/error.js';
import { type LogEntry, entryHash, parseEntry } from '../../crypto/log/entry.js';
import { rootQuery } from '../../crypto/log/tile-tree.js';
import type { Database, Transaction } from '../db/open.js';
import { inTransaction } from '../db/transaction.js';
import { appendLeaves } from './append.js';
import { findMapRoot, writeMapValues } from './map-store.js';
import {
  computeTree,
  deleteMap,
  deleteTiles,
  findNewestCheckpoint,
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
  const map = createMapReplay(trx, new Map(mailboxes.map((one) => [one.mapIndex.toString('hex'), one.mailboxId])));
  for (let from = 0; from < size; from += STEP) {
    const entries = await listEntries(trx, from, Math.min(STEP, size - from));
    if (entries.length !== Math.min(STEP, size - from)) throw new Failed('entry-unknown', from + entries.length);
    await appendLeaves(trx, from, entries.map(entryHash));
    await map.replay(from, entries);
  }
  const root = await computeTree(trx, rootQuery(size));
  if (checkpoint !== null && !equalBytes(root, checkpoint.root)) throw new Failed('root', size);
  return { kind: 'rebuilt', size, root };
}

type StatementEntry = Extract<LogEntry, { kind: 'statement' }>;

/** Values since the last map root, written when the next one asks for them. */
function createMapReplay(trx: Transaction, mailboxes: Mailboxes) {
  let waiting: StatementEntry[] = [];
  const flush = async (position: number): Promise<void> => {
    const values = await headsOf(trx, mailboxes, waiting, position);
    if (values.length > 0) await writeMapValues(trx, values, position + 1);
    waiting = [];
  };
  return {
    async replay(from: number, entries: readonly Uint8Array[]): Promise<void> {
      for (const [i, bytes] of entries.entries()) {
        const entry = parse(bytes, from + i);
        if (entry.kind === 'statement') {
          waiting.push(entry);
          continue;
        }
        await flush(from + i);
        if (!equalBytes(await findMapRoot(trx), entry.root)) throw new Failed('map-root', from + i);
      }
    },
  };
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

async function headsOf(trx: Transaction, mailboxes: Mailboxes, entries: readonly StatementEntry[], position: number) {
  const wanted = entries.map((entry) => ({ ...entry, mailboxId: mailboxes.get(hexOf(entry.index)) ?? NOBODY }));
  const stored = await listStoredStatements(trx, wanted);
  const known = new Map(stored.map((one) => [`${hexOf(one.mailboxId)}/${one.seq}`, one]));
  const newest = new Map<string, { index: Uint8Array; seq: number; head: Uint8Array }>();
  for (const { index, seq, digest, mailboxId } of wanted) {
    const statement = known.get(`${hexOf(mailboxId)}/${seq}`);
    if (statement === undefined || !equalBytes(statement.digest, digest)) {
      throw new Failed('statement-missing', position);
    }
    newest.set(hexOf(index), { index, seq, head: statement.head });
  }
  return [...newest.values()];
}

const NOBODY = Buffer.alloc(32);

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
