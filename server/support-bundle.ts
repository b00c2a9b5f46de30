import { resolve } from 'node:path';
import { recordAudit } from './audit/record.js';
import { reportAudit } from './audit/report.js';
import { openBlobs } from './blobs/open.js';
import { checkRelay } from './check/check.js';
import { loadConfig } from './config.js';
import { loadRelayRecord } from './data-folder.js';
import { openDatabase } from './db/open.js';
import { type SupportBundle, makeBundle } from './support/bundle.js';

export type { SupportBundle } from './support/bundle.js';

export interface SupportRequest {
  readonly dataDir: string;
  /** How many lines of the log. */
  readonly logLines: number;
}

/** Of a relay that runs or does not: what cannot be asked is said to be unanswered. @throws RelayError `no-relay`, `config-invalid` */
export async function makeSupportBundle({ dataDir, logLines }: SupportRequest): Promise<SupportBundle> {
  const path = resolve(dataDir);
  const record = await loadRelayRecord(path);
  const config = loadConfig({ dataDir: path, blobs: record.blobs });
  const db = openDatabase({ url: record.databaseUrl, poolSize: 2 });
  try {
    // What leaves the house is written down, where the database can be written to.
    await recordAudit(db, { kind: 'support-bundle-made' }).catch(() => undefined);
    return await makeBundle({
      ...{ dataDir: path, record, db, logLines, metricsToken: config.metricsToken ?? null },
      check: async () => {
        await using blobs = await openBlobs(config.blobs);
        return await checkRelay({ db, blobs, depth: 'quick' });
      },
      audit: async () => {
        const { entries, checkpoints, unsigned, findings } = await reportAudit(db, path, {
          key: null,
          checkpoints: [],
        });
        return { entries, checkpoints, unsigned, findings };
      },
    });
  } finally {
    await db.destroy();
  }
}
