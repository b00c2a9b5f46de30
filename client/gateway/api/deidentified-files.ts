import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AccountContent } from '../../core/account/content.js';
import { practiceSecret } from '../../core/deidentification/practice-secret.js';
import type { Profile } from '../../core/deidentification/profile.js';
import { type ReportContent, createReport } from '../../core/deidentification/report.js';
import { throwIfAborted } from '../../core/error.js';
import { mapOrdered } from '../../core/send/concurrency.js';
import { type DeidentifyJob, type WrittenInstance, deidentifyFile } from '../../node/deidentify-folder.js';
import { openDeidentifyThreads } from '../../node/deidentify-thread.js';
import { deidentifiersOf, recipeOf } from '../../node/deidentifier.js';
import { programVersion } from '../../node/program-version.js';

/** Files into de-identified files, with the pseudonyms of the practice. */

export interface DeidentifyFilesOptions {
  /** Where the copies go; it need not be there. */
  readonly folder: string;
  readonly profile: Profile;
  readonly purpose: string;
  readonly decision: 'hold' | 'confirmed';
  readonly content: AccountContent;
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

export interface DeidentifiedFiles {
  readonly report: ReportContent;
  /** By the place of the input, from 1. */
  readonly files: readonly { readonly input: number; readonly path: string }[];
  readonly refused: readonly { readonly input: number; readonly reason: string }[];
}

/** Threads for many files; for a few they would take longer to start than the files. */
const FEW_FILES = 8;
const TOGETHER = 4;

/** @throws CoreError `aborted` */
export async function deidentifyFiles(
  paths: readonly string[],
  options: DeidentifyFilesOptions,
): Promise<DeidentifiedFiles> {
  const { profile, folder, nowMs, signal } = options;
  const software = `Bildbote ${programVersion()}`;
  const report = createReport({ profile, software, secret: 'keystore', createdMs: nowMs });
  const files: { input: number; path: string }[] = [];
  const refused: { input: number; reason: string }[] = [];
  const jobs = await Promise.all(paths.map((path, index) => jobOf(path, join(folder, `${index + 1}.dcm`))));
  await using workers = openWorkers(jobs.length, options);
  const results = mapOrdered(listsOf(jobs), workers.atOnce, async (list) => {
    throwIfAborted(signal);
    return { list, done: await workers.run(list) };
  });
  let input = 0;
  for await (const { list, done } of results) {
    for (const [at, { target }] of list.entries()) {
      input += 1;
      const result = await judged(done[at], target, options);
      if (result.kind === 'written') {
        report.written(result.facts, result.digests, result.bytes);
        files.push({ input, path: target });
      } else {
        report.refused(result.reason);
        refused.push({ input, reason: result.reason });
      }
    }
  }
  return { report: report.finish(), files, refused };
}

async function* listsOf(jobs: readonly DeidentifyJob[]): AsyncGenerator<readonly DeidentifyJob[], void, undefined> {
  for (let at = 0; at < jobs.length; at += TOGETHER) yield await Promise.resolve(jobs.slice(at, at + TOGETHER));
}

async function jobOf(path: string, target: string): Promise<DeidentifyJob> {
  return { path, target, size: (await stat(path)).size, masks: [], digests: 'both' };
}

/** What only a person may decide does not leave by itself. */
async function judged(
  result: WrittenInstance | undefined,
  target: string,
  { decision }: DeidentifyFilesOptions,
): Promise<WrittenInstance> {
  if (result === undefined) throw new RangeError('a job without a result');
  if (result.kind === 'refused' || decision === 'confirmed') return result;
  if (!result.facts.risks.some(({ blocks }) => blocks)) return result;
  await rm(target, { force: true });
  return { kind: 'refused', reason: 'risk' };
}

interface Workers extends AsyncDisposable {
  readonly atOnce: number;
  run(jobs: readonly DeidentifyJob[]): Promise<readonly WrittenInstance[]>;
}

function openWorkers(count: number, { profile, purpose, content }: DeidentifyFilesOptions): Workers {
  if (count > FEW_FILES) return openDeidentifyThreads({ profile, secret: practiceSecret(content, purpose) });
  const deidentifier = deidentifiersOf(content)(recipeOf(profile, purpose));
  return {
    atOnce: 1,
    run: (jobs) => Promise.all(jobs.map((job) => deidentifyFile(deidentifier, job, (work) => work()))),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
