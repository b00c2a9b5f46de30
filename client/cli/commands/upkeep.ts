import { type Upkeep, openUpkeep, restoreRelay } from '../../../server/main.js';
import { CliError } from '../failure.js';
import { type Output } from '../output.js';
import { formatBytes } from '../progress.js';
import { UsageError } from '../usage-error.js';

interface DataOptions {
  readonly data: string;
  readonly blobs?: string;
}

async function withUpkeep<T>({ data, blobs }: DataOptions, work: (upkeep: Upkeep) => Promise<T>): Promise<T> {
  const upkeep = await openUpkeep({ dataDir: data, blobs });
  try {
    return await work(upkeep);
  } finally {
    await upkeep.close();
  }
}

type Check = Awaited<ReturnType<Upkeep['check']>>;

/** `bildbote relay check`: looks at everything a running relay holds. Exit code 1 when something is wrong. */
export async function runRelayCheck(options: DataOptions & { readonly whole: boolean }, output: Output): Promise<void> {
  const check = await withUpkeep(options, (upkeep) => upkeep.check(options.whole ? 'whole' : 'quick'));
  reportCheck(check, output);
}

/** @throws CliError `check-failed` */
function reportCheck({ counts, findings }: Check, output: Output): void {
  const ok = findings.length === 0;
  const { mailboxes, statements, deliveries, payloads, parts, bytes, orphans } = counts;
  const size = formatBytes(bytes, output.language);
  const summary =
    output.language === 'de'
      ? `${mailboxes} Postfächer, ${statements} Erklärungen, ${deliveries} Zustellungen, ${payloads} Sendungen, ${parts} Teile (${size}), ${orphans} verwaiste Blobs`
      : `${mailboxes} mailboxes, ${statements} statements, ${deliveries} deliveries, ${payloads} payloads, ${parts} parts (${size}), ${orphans} orphaned blobs`;
  const lines = findings.map(({ kind, subject }) => `${kind}  ${subject}`);
  const verdict = output.language === 'de' ? 'In Ordnung.' : 'All is well.';
  output.result({ type: 'checked', ok, counts, findings }, [summary, ...(ok ? [verdict] : lines)].join('\n'));
  if (!ok) throw new CliError('check-failed');
}

const MAX_KEPT = 1000;

/** `bildbote relay backup`: a snapshot of a relay that goes on working. */
export async function runRelayBackup(
  options: DataOptions & { readonly to: string; readonly keep: string },
  output: Output,
): Promise<void> {
  const keep = Number(options.keep);
  if (!Number.isInteger(keep) || keep < 1 || keep > MAX_KEPT) throw new UsageError(`--keep: from 1 to ${MAX_KEPT}`);
  const result = await withUpkeep(options, (upkeep) =>
    upkeep.backup(options.to, keep, (bytes) => output.progress('copy', bytes, null)),
  );
  output.progressDone();
  const size = formatBytes(result.bytes, output.language);
  const text =
    output.language === 'de'
      ? `Gesichert: ${result.rows} Zeilen, ${result.blobs} Blobs (${size}, davon ${result.newBlobs} neu) in ${result.snapshot}`
      : `Backed up: ${result.rows} rows, ${result.blobs} blobs (${size}, ${result.newBlobs} of them new) in ${result.snapshot}`;
  output.result({ type: 'backed-up', ...result }, text);
}

export interface RestoreOptions extends DataOptions {
  readonly from: string;
  readonly databaseUrl?: string;
}

/** `bildbote relay restore`: an empty data folder becomes the relay of a snapshot, and every byte is checked. */
export async function runRelayRestore(options: RestoreOptions, output: Output): Promise<void> {
  const { from, data, databaseUrl, blobs } = options;
  const { check, ...restored } = await restoreRelay(from, { dataDir: data, databaseUrl, blobs });
  const text =
    output.language === 'de'
      ? `Wiederhergestellt: ${restored.rows} Zeilen, ${restored.blobs} Blobs. Das Relay muss wieder unter ${restored.origin} erreichbar sein.`
      : `Restored: ${restored.rows} rows, ${restored.blobs} blobs. The relay must be reached under ${restored.origin} again.`;
  output.result({ type: 'restored', ...restored, ok: check.findings.length === 0 }, text);
  if (check.findings.length > 0) reportCheck(check, output);
}
