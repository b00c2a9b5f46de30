import { type AuditReport, type ExportRequest, type VerifyRequest, exportEvents, reportAudit } from './audit/report.js';
import { pruneAudit } from './audit/prune.js';
import { loadRelayRecord } from './data-folder.js';
import { openDatabase } from './db/open.js';
import { reachable } from './upkeep.js';

export type { AuditReport } from './audit/report.js';
export type { AuditFinding, AuditVerdict } from './audit/verify.js';

/** What an auditor does with the audit of a running relay, reached through its data folder (docs/spec/audit.md). */
export interface Auditor {
  /** @throws RelayError `audit-missing` when none has begun, `config-invalid` for a key that is none */
  verify(request: VerifyRequest): Promise<AuditReport>;
  /** FHIR AuditEvents, one after the other, oldest first. That it was done is recorded. */
  exportEvents(request: ExportRequest, write: (event: object) => Promise<void>): Promise<number>;
  /** Deletes entries that are older than `days`, up to a checkpoint. @returns how many */
  prune(days: number): Promise<number>;
  close(): Promise<void>;
}

/** @throws RelayError `no-relay` when none has run on the folder, `database-unreachable` */
export async function openAuditor({ dataDir }: { readonly dataDir: string }): Promise<Auditor> {
  const { databaseUrl, origin } = await loadRelayRecord(dataDir);
  const db = openDatabase({ url: databaseUrl, poolSize: 2 });
  const reaching = <T>(work: () => Promise<T>): Promise<T> => reachable(dataDir, work);
  return {
    verify: (request) => reaching(() => reportAudit(db, dataDir, request)),
    exportEvents: (request, write) => reaching(() => exportEvents(db, new URL(origin).host, request, write)),
    prune: (days) => reaching(() => pruneAudit(db, days)),
    close: () => db.destroy(),
  };
}
