import { access } from 'node:fs/promises';
import { loadConfig } from '../../gateway/config/load.js';
import { GatewayError } from '../../gateway/error.js';
import { dropDecision } from '../../gateway/import/decision-inbox.js';
import { candidateOf, importsFolder } from '../../gateway/import/imports.js';
import { type Decision, type ImportRecord, loadImports } from '../../gateway/import/records.js';
import { importTexts } from '../import-texts.js';
import { type Output } from '../output.js';
import { UsageError } from '../usage-error.js';

export interface ImportOptions {
  readonly config: string;
}

interface DecideOptions extends ImportOptions {
  readonly person?: string;
  readonly patient?: string;
  readonly issuer?: string;
  readonly pacs?: string;
}

const MAX_PERSON = 100;

/** `bildbote gateway imports list`: studies that wait for a person; with `--all` also the decided ones. */
export async function runImportList(
  options: ImportOptions & { readonly all?: boolean },
  output: Output,
): Promise<void> {
  const texts = importTexts[output.language];
  for (const [message, records] of await importsOf(options)) {
    for (const record of records) {
      if (record.decision !== null && options.all !== true) continue;
      output.result({ message, ...record }, lineOf(message, record, texts));
    }
  }
}

function lineOf(message: string, record: ImportRecord, texts: (typeof importTexts)['en']): string {
  const { studyInstanceUid, pacs, verdict, instances, incoming, candidates, decision } = record;
  const state = decision === null ? texts.verdicts[verdict] : `${texts.decisions[decision.kind]} (${decision.by})`;
  const person = (name: string, birthDate: string, number: string): string =>
    [name.split('=')[0]?.replaceAll('^', ' ').trim(), birthDate, number].filter((one) => one !== '').join(', ');
  return [
    `${message}  ${studyInstanceUid}  ${pacs}  ${instances}  ${state}`,
    `    ${texts.incoming}: ${person(incoming.name, incoming.birthDate, incoming.patientId)}`,
    ...candidates.map(({ patient: { name, birthDate, patientId }, verdict: one }) => {
      return `    ${texts.verdicts[one]}: ${person(name, birthDate, patientId)}`;
    }),
  ].join('\n');
}

/** `… imports assign MESSAGE STUDY --patient NUMBER --person NAME` */
export async function runImportAssign(
  message: string,
  study: string,
  options: DecideOptions,
  output: Output,
): Promise<void> {
  const { patient: patientId, issuer = null } = options;
  if (patientId === undefined) throw new UsageError('imports assign: --patient NUMBER');
  const records = (await importsOf(options)).get(message) ?? [];
  const patient = candidateOf(records, study, patientId, issuer);
  await decide({ message, study, options, output }, { kind: 'assign', patient, ...by(options) });
}

/** `… imports as-signed MESSAGE STUDY --person NAME`: under the sender's patient number. */
export function runImportAsSigned(message: string, study: string, options: DecideOptions, output: Output) {
  return decide({ message, study, options, output }, { kind: 'as-signed', ...by(options) });
}

/** `… imports refuse MESSAGE STUDY --person NAME`: it stays out of the PACS. */
export function runImportRefuse(message: string, study: string, options: DecideOptions, output: Output) {
  return decide({ message, study, options, output }, { kind: 'refuse', ...by(options) });
}

function by({ person = '' }: DecideOptions): { readonly by: string; readonly atMs: number } {
  if (person.trim() === '' || person.length > MAX_PERSON) throw new UsageError('imports: --person NAME, who decides');
  return { by: person.trim(), atMs: Date.now() };
}

interface Deciding {
  readonly message: string;
  readonly study: string;
  readonly options: DecideOptions;
  readonly output: Output;
}

async function decide({ message, study, options, output }: Deciding, decision: Decision): Promise<void> {
  const { data } = await loadConfig(options.config);
  const { pacs = null } = options;
  const waiting = ((await importsOf(options)).get(message) ?? []).filter(
    (one) => one.studyInstanceUid === study && one.decision === null && (pacs === null || one.pacs === pacs),
  );
  if (waiting.length === 0) throw new GatewayError('decision-unknown', 'nothing waits for this');
  await dropDecision(data, { message, studyInstanceUid: study, pacs, decision });
  const { kind } = decision;
  output.result({ type: 'decided', message, study, decision: kind }, importTexts[output.language].decisions[kind]);
}

async function importsOf({ config }: ImportOptions): Promise<ReadonlyMap<string, readonly ImportRecord[]>> {
  const folder = importsFolder((await loadConfig(config)).data);
  const isThere = await access(folder).then(
    () => true,
    () => false,
  );
  return isThere ? loadImports(folder) : new Map<string, readonly ImportRecord[]>();
}
