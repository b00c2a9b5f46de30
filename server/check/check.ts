import type { BlobStore } from '../blobs/store.js';
import { knownMigrations, listMigrations } from '../db/migrate.js';
import type { Database } from '../db/open.js';
import { checkLog } from '../directory-log/rebuild.js';
import { checkChains } from './chains.js';
import { checkDeliveries } from './deliveries.js';
import type { CheckResult, Finding } from './findings.js';
import { type Depth, checkPayloads, countOrphans } from './payloads.js';

export interface CheckInput {
  readonly db: Database;
  readonly blobs: BlobStore;
  /** `whole` reads every stored byte, holds it against its digest, and makes the public log anew; `quick` looks whether things are there. */
  readonly depth: Depth;
}

/** Looks at everything a relay holds while it works. Nothing is changed. */
export async function checkRelay({ db, blobs, depth }: CheckInput): Promise<CheckResult> {
  const schema = await checkMigrations(db);
  if (schema.length > 0) return { counts: NOTHING, findings: schema };
  const chains = await checkChains(db);
  const deliveries = await checkDeliveries(db);
  const log = depth === 'whole' ? await findLog(db) : [];
  const payloads = await checkPayloads(db, blobs, depth);
  return {
    counts: { ...chains.counts, ...deliveries.counts, ...payloads.counts, orphans: await countOrphans(db, blobs) },
    findings: [...chains.findings, ...log, ...deliveries.findings, ...payloads.findings],
  };
}

async function findLog(db: Database): Promise<Finding[]> {
  const reason = await checkLog(db);
  return reason === null ? [] : [{ kind: 'log-differs', subject: reason }];
}

const NOTHING = { mailboxes: 0, statements: 0, deliveries: 0, payloads: 0, parts: 0, bytes: 0, orphans: 0 };

async function checkMigrations(db: Database): Promise<Finding[]> {
  const [taken, known] = [await listMigrations(db), await knownMigrations()];
  const pending = known.filter((name) => !taken.includes(name));
  const unknown = taken.filter((name) => !known.includes(name));
  return [
    ...pending.map((subject): Finding => ({ kind: 'migrations-pending', subject })),
    ...unknown.map((subject): Finding => ({ kind: 'migrations-unknown', subject })),
  ];
}
