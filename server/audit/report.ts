import { join } from 'node:path';
import { LogError } from '../../crypto/log/error.js';
import {
  type VerifierKey,
  createVerifierKey,
  encodeVerifierKey,
  parseVerifierKey,
} from '../../crypto/log/verifier-key.js';
import type { Database } from '../db/open.js';
import { RelayError } from '../error.js';
import { readIfThere } from '../private-file.js';
import { readEntry } from './entry.js';
import { auditEventFrom } from './fhir.js';
import { recordAudit } from './record.js';
import { CHECKPOINT_FILE, sealAudit } from './seal.js';
import { findIdentity, findNewestCheckpoint, listEntries } from './store.js';
import { type AuditVerdict, verifyAudit } from './verify.js';

/** What an auditor asks for (docs/spec/audit.md §5 and §7). */

export interface VerifyRequest {
  /** The key that the auditor knows; the data folder's own word for it is not taken then. */
  readonly key: string | null;
  /** Notes that the auditor kept from earlier times. */
  readonly checkpoints: readonly Uint8Array[];
}

export interface AuditReport extends AuditVerdict {
  readonly key: string;
  /** The newest one: what to keep for the next time. */
  readonly checkpoint: string | null;
}

export interface ExportRequest {
  readonly from: Date | null;
  readonly to: Date | null;
}

/** @throws RelayError `audit-missing`, `config-invalid` for a key that is none */
export async function reportAudit(
  db: Database,
  dataDir: string,
  { key, checkpoints }: VerifyRequest,
): Promise<AuditReport> {
  const identity = await findIdentity(db);
  if (identity === null) throw new RelayError('audit-missing', 'the relay has not begun an audit yet');
  const verifier = key === null ? createVerifierKey('log', identity.name, identity.publicKey) : parseKey(key);
  await sealAudit({ db });
  const own = await readIfThere(join(dataDir, CHECKPOINT_FILE));
  const kept = [...checkpoints, ...(own === null ? [] : [Buffer.from(own)])];
  const verdict = await verifyAudit(db, verifier, kept);
  const newest = await findNewestCheckpoint(db);
  return { ...verdict, key: encodeVerifierKey(verifier), checkpoint: newest?.note.toString() ?? null };
}

function parseKey(text: string): VerifierKey {
  try {
    return parseVerifierKey('log', text);
  } catch (cause) {
    if (!(cause instanceof LogError)) throw cause;
    throw new RelayError('config-invalid', '--key: not the key of an audit', { cause });
  }
}

const PAGE = 1_000;

export async function exportEvents(
  db: Database,
  site: string,
  { from, to }: ExportRequest,
  write: (event: object) => Promise<void>,
): Promise<number> {
  let count = 0;
  for (let after = 0; ;) {
    const rows = await listEntries(db, after, PAGE);
    for (const row of rows) {
      const at = Date.parse(readEntry(row.entry)?.at ?? '');
      if ((from !== null && at < from.getTime()) || (to !== null && at >= to.getTime())) continue;
      await write(auditEventFrom(row, site));
      count += 1;
    }
    if (rows.length < PAGE) break;
    after = rows.at(-1)?.seq ?? after;
  }
  await recordAudit(db, { kind: 'audit-exported', entries: count });
  return count;
}
