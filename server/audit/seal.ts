import { join } from 'node:path';
import { equalBytes, utf8 } from '../../crypto/wire/bytes.js';
import { LOCKS, withLockIfFree } from '../db/advisory-lock.js';
import type { Database, Transaction } from '../db/open.js';
import { inTransaction } from '../db/transaction.js';
import { type NoteSigner, createNoteSigner, loadNoteSigner } from '../directory-log/log-key.js';
import { type Log, loggable } from '../log.js';
import { savePrivate } from '../private-file.js';
import { NO_ENTRY, checkpointText, encodeEntry, entryHash } from './entry.js';
import {
  findIdentity,
  findNewestCheckpoint,
  findNewestEntry,
  insertCheckpoint,
  insertEntries,
  insertIdentityIfNone,
  takeQueued,
} from './store.js';

/** docs/spec/audit.md §3 and §4: what is queued goes into the chain, and the chain's head is signed. */

/** The newest checkpoint lies beside the database as well: whoever has only the database cannot cut the end off unseen. */
export const CHECKPOINT_FILE = 'audit.checkpoint';

const BATCH = 1_000;
const SEAL_EVERY_MS = 2_000;
/** docs/spec/audit.md §4 */
export const SIGN_EVERY_MS = 60_000;

export interface SealDeps {
  readonly db: Database;
  readonly dataDir: string;
  readonly log: Log;
  readonly signer: NoteSigner;
}

/** @returns how many entries the chain got; null when another node is at it */
export async function sealAudit({ db }: Pick<SealDeps, 'db'>): Promise<number | null> {
  return withLockIfFree(db, LOCKS.audit, async () => {
    for (let total = 0; ;) {
      const count = await inTransaction(db, sealBatch);
      total += count;
      if (count < BATCH) return total;
    }
  });
}

async function sealBatch(trx: Transaction): Promise<number> {
  const queued = await takeQueued(trx, BATCH);
  if (queued.length === 0) return 0;
  const newest = await findNewestEntry(trx);
  let [seq, head]: [number, Uint8Array] = [newest?.seq ?? 0, newest?.hash ?? NO_ENTRY];
  const rows = queued.map(({ at, event }) => {
    seq += 1;
    const entry = encodeEntry(seq, head, at, JSON.parse(event) as object);
    const hash = entryHash(entry);
    head = hash;
    return { seq, entry, hash };
  });
  await insertEntries(trx, rows);
  return rows.length;
}

/** Signs the head unless it is signed. @returns the note, null when there was nothing to sign */
export async function signAudit({ db, dataDir, log, signer }: SealDeps): Promise<string | null> {
  const newest = await findNewestEntry(db);
  const before = await findNewestCheckpoint(db);
  if (newest === null || newest.seq <= (before?.size ?? 0)) return null;
  const text = checkpointText(signer.key.name, newest.seq, newest.hash);
  const note = `${text}\n${signer.signatureLine(text, 0)}`;
  await insertCheckpoint(db, newest.seq, utf8(note));
  await savePrivate(join(dataDir, CHECKPOINT_FILE), note);
  // Whoever keeps the log elsewhere keeps the checkpoints with it: they hold no names and no ids.
  log.info({ audit: 'checkpoint', size: newest.seq, note }, 'audit checkpoint');
  return note;
}

/** Null on a node that does not hold the audit's key: it records, and leaves chaining and signing to the others. */
export async function openAuditSigner(db: Database, dataDir: string, origin: string): Promise<NoteSigner | null> {
  const there = await loadNoteSigner(dataDir, 'audit');
  const known = await findIdentity(db);
  const signer =
    there ?? (known === null ? await createNoteSigner(dataDir, 'audit', `${new URL(origin).host}/audit`) : null);
  if (signer === null) return null;
  if (known === null) await insertIdentityIfNone(db, signer.key);
  const identity = known ?? (await findIdentity(db));
  return identity !== null && equalBytes(identity.publicKey, signer.key.publicKey) ? signer : null;
}

/** Seals every two seconds, signs every minute and at the end. */
export function startSealing(deps: SealDeps): AsyncDisposable {
  let [running, signedMs] = [Promise.resolve(), 0];
  const run = async (mustSign: boolean): Promise<void> => {
    try {
      const sealed = await sealAudit(deps);
      if (sealed === null || (!mustSign && performance.now() - signedMs < SIGN_EVERY_MS)) return;
      if ((await signAudit(deps)) !== null) signedMs = performance.now();
    } catch (error) {
      deps.log.error(loggable(error), 'the audit could not be sealed');
    }
  };
  let isBusy = false;
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    running = run(false).finally(() => (isBusy = false));
  }, SEAL_EVERY_MS);
  timer.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
      await run(true);
    },
  };
}
