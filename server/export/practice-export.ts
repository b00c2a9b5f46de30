import { recordAudit } from '../audit/record.js';
import type { BlobStore } from '../blobs/store.js';
import { BlobError, blobKeyFrom } from '../blobs/store.js';
import { inSnapshot } from '../db/copy.js';
import type { Database, Transaction } from '../db/open.js';
import { RelayError } from '../error.js';
import { type ExportedTable, findExportedTables } from './exported-tables.js';

/**
 * Everything that the relay holds about one practice, as a practice, its data protection officer or a court may ask for it: rows of
 * all tables that belong to it, the audit's entries that name it, and on request its sealed parts. Nothing of it can be read
 * as content without the practice's keys; with them, all of it can.
 */

/** A line of the export. */
export interface ExportLine {
  readonly kind: string;
  readonly [column: string]: unknown;
}

export interface ExportTarget {
  line(line: ExportLine): Promise<void>;
  /** Sealed bytes of a part; null where they are not wanted. */
  readonly part: ((name: string, bytes: AsyncIterable<Uint8Array>) => Promise<void>) | null;
}

export interface PracticeExported {
  readonly lines: number;
  readonly parts: number;
  /** Parts that went while the export ran: what expires does not wait. */
  readonly missing: number;
}

const ROWS_AT_ONCE = 200;

/** @throws RelayError `practice-unknown` */
export async function exportPractice(
  { db, blobs }: { readonly db: Database; readonly blobs: BlobStore },
  name: string,
  target: ExportTarget,
): Promise<PracticeExported> {
  const parts: { payloadId: string; firstSegment: number; bytes: number; blobKey: Buffer }[] = [];
  const counted = await inSnapshot(db, async (trx) => {
    const practiceId = await findPracticeId(trx, name);
    let lines = 0;
    const tell = async (line: ExportLine): Promise<void> => {
      await target.line(line);
      lines += 1;
    };
    await tell({ kind: 'bildbote-practice-export', version: 1, madeAt: new Date().toISOString(), practice: name });
    for (const table of await findExportedTables(trx)) await tellTable(trx, table, practiceId, tell);
    await tellAudit(trx, practiceId, tell);
    if (target.part !== null) parts.push(...(await listParts(trx, practiceId)));
    return { practiceId, lines };
  });
  await recordAudit(db, { kind: 'practice-exported', practiceId: counted.practiceId });
  let missing = 0;
  for (const { payloadId, firstSegment, bytes, blobKey } of parts) {
    const isThere = await writePart(target, `${payloadId}-${firstSegment}`, blobs.read(blobKeyFrom(blobKey), 0, bytes));
    if (!isThere) missing += 1;
  }
  return { lines: counted.lines, parts: parts.length - missing, missing };
}

async function writePart({ part }: ExportTarget, name: string, bytes: AsyncIterable<Uint8Array>): Promise<boolean> {
  try {
    await part?.(name, bytes);
    return true;
  } catch (error) {
    if (error instanceof BlobError && error.code === 'blob-missing') return false;
    throw error;
  }
}

async function findPracticeId(trx: Transaction, name: string): Promise<number> {
  const row = await trx('practices')
    .where({ name: name.normalize('NFC').trim() })
    .first<{ practice_id: number } | undefined>('practice_id');
  if (row !== undefined) return row.practice_id;
  throw new RelayError('practice-unknown', `no practice is called ${JSON.stringify(name)}`);
}

/** By a cursor: a busy practice has more envelopes than fit in memory. */
async function tellTable(
  trx: Transaction,
  { name, columns, condition }: ExportedTable,
  practiceId: number,
  tell: (line: ExportLine) => Promise<void>,
): Promise<void> {
  const query = `select ${columns.map((one) => `t."${one}"`).join(', ')} from "${name}" t where ${condition}`;
  await trx.raw(`declare export_rows no scroll cursor for ${query}`, { practiceId });
  for (;;) {
    const { rows } = await trx.raw<{ rows: Record<string, unknown>[] }>(`fetch ${ROWS_AT_ONCE} from export_rows`);
    for (const row of rows) await tell({ kind: name, ...wireOf(row) });
    if (rows.length < ROWS_AT_ONCE) break;
  }
  await trx.raw('close export_rows');
}

function wireOf(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, Buffer.isBuffer(value) ? value.toString('base64url') : value]),
  );
}

/** Entries that name the practice or a mailbox of it: what others did there is part of the answer. */
async function tellAudit(
  trx: Transaction,
  practiceId: number,
  tell: (line: ExportLine) => Promise<void>,
): Promise<void> {
  const { rows } = await trx.raw<{ rows: { seq: number; entry: string }[] }>(
    `select e.seq, e.entry from audit_entries e
     where e.entry::jsonb @> jsonb_build_object('practiceId', :practiceId::bigint)
        or exists (select 1 from mailboxes m where m.practice_id = :practiceId
                   and position(encode(m.mailbox_id, 'hex') in e.entry::text) > 0)
     order by e.seq`,
    { practiceId },
  );
  for (const { seq, entry } of rows) await tell({ kind: 'audit', seq, entry: JSON.parse(entry) as unknown });
}

async function listParts(trx: Transaction, practiceId: number) {
  const { rows } = await trx.raw<{
    rows: { payloadId: string; firstSegment: number; bytes: number; blobKey: Buffer }[];
  }>(
    `select encode(p.payload_id, 'hex') as "payloadId", a.first_segment as "firstSegment", a.bytes, a.blob_key as "blobKey"
     from parts a join payloads p using (payload_number)
     where p.creator_mailbox_id in (select mailbox_id from mailboxes where practice_id = :practiceId)
     order by p.payload_number, a.first_segment`,
    { practiceId },
  );
  return rows;
}
