import { open, readFile } from 'node:fs/promises';
import { type AuditFinding, type AuditReport, type Auditor, openAuditor } from '../../../server/main.js';
import { CliError } from '../failure.js';
import { type Output } from '../output.js';
import { parseDuration } from '../parse.js';
import { UsageError } from '../usage-error.js';

interface DataOptions {
  readonly data: string;
}

async function withAuditor<T>({ data }: DataOptions, work: (auditor: Auditor) => Promise<T>): Promise<T> {
  const auditor = await openAuditor({ dataDir: data });
  try {
    return await work(auditor);
  } finally {
    await auditor.close();
  }
}

export interface VerifyOptions extends DataOptions {
  readonly key?: string;
  readonly checkpoint: readonly string[];
}

/** `bildbote audit verify`: names what is not as it was recorded. Exit code 1 when something is not. */
export async function runAuditVerify(options: VerifyOptions, output: Output): Promise<void> {
  const checkpoints = await Promise.all(options.checkpoint.map((path) => readFile(path)));
  const report = await withAuditor(options, (auditor) => auditor.verify({ key: options.key ?? null, checkpoints }));
  const ok = report.findings.length === 0;
  output.result({ type: 'verified', ok, ...report }, textOf(report, output));
  if (!ok) throw new CliError('audit-differs');
}

function textOf({ entries, checkpoints, unsigned, findings, key, checkpoint }: AuditReport, output: Output): string {
  const german = output.language === 'de';
  const summary = german
    ? `${entries} Einträge, ${checkpoints} Unterschriften, ${unsigned} noch nicht unterschrieben`
    : `${entries} entries, ${checkpoints} checkpoints, ${unsigned} not signed yet`;
  const verdict = german ? 'Unverändert.' : 'Nothing was altered.';
  const keep = german ? 'Für die nächste Prüfung aufbewahren' : 'Keep for the next verification';
  const notes = [`${keep}:`, key, ...(checkpoint === null ? [] : [checkpoint.trimEnd()])];
  return [summary, ...(findings.length === 0 ? [verdict] : findings.map(lineOf)), ...notes].join('\n');
}

function lineOf(finding: AuditFinding): string {
  const range =
    'through' in finding && finding.through > finding.seq ? `${finding.seq}-${finding.through}` : finding.seq;
  return `${finding.kind}  ${range}`;
}

export interface ExportOptions extends DataOptions {
  readonly out: string;
  readonly from?: string;
  readonly to?: string;
}

/** `bildbote audit export`: FHIR AuditEvents, one a line. */
export async function runAuditExport(options: ExportOptions, output: Output): Promise<void> {
  const range = { from: momentOf(options.from, '--from'), to: momentOf(options.to, '--to') };
  const file = await open(options.out, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? new CliError('file-exists', options.out) : error;
  });
  try {
    const write = async (event: object): Promise<void> => void (await file.write(`${JSON.stringify(event)}\n`));
    const events = await withAuditor(options, (auditor) => auditor.exportEvents(range, write));
    await file.sync();
    const text =
      output.language === 'de' ? `${events} Ereignisse in ${options.out}` : `${events} events in ${options.out}`;
    output.result({ type: 'exported', events, out: options.out }, text);
  } finally {
    await file.close();
  }
}

function momentOf(text: string | undefined, option: string): Date | null {
  if (text === undefined) return null;
  const date = /^\d{4}-\d\d-\d\d(T[\d:.]+Z)?$/.test(text) ? new Date(text) : null;
  if (date === null || Number.isNaN(date.getTime()))
    throw new UsageError(`${option}: like 2026-01-31 or 2026-01-31T08:00:00Z`);
  return date;
}

const DAY_MS = 86_400_000;
const MIN_DAYS = 90;

/** `bildbote audit prune`: what is older goes, up to a checkpoint. */
export async function runAuditPrune(options: DataOptions & { readonly older: string }, output: Output): Promise<void> {
  const days = parseDuration(options.older, '--older') / DAY_MS;
  if (!Number.isInteger(days) || days < MIN_DAYS) throw new UsageError(`--older: whole days, at least ${MIN_DAYS}d`);
  const deleted = await withAuditor(options, (auditor) => auditor.prune(days));
  const text = output.language === 'de' ? `${deleted} Einträge gelöscht` : `${deleted} entries deleted`;
  output.result({ type: 'pruned', deleted }, text);
}
