import { join } from 'node:path';
import { GatewayError } from '../error.js';
import { type Addition, type Job } from './job.js';
import { type JobStore } from './job-store.js';

/** What a job wants from a PACS is fetched before it is sent, once: it becomes files of the job like others. */

export interface AddedFiles {
  /** Durable, and of no other use: they are linked into the job. */
  readonly paths: readonly string[];
  remove(): Promise<void>;
}

/** @param instances of the job itself, absolute: whose priors they are stands in them. @throws GatewayError */
export type FetchAddition = (
  addition: Addition,
  instances: readonly string[],
  signal: AbortSignal,
) => Promise<readonly AddedFiles[]>;

export interface AdditionOptions {
  readonly fetch: FetchAddition | undefined;
  readonly store: JobStore;
  readonly save: (next: Partial<Job>) => Promise<Job>;
  readonly signal: AbortSignal;
}

/** What stands in `skipped` for priors that could not be had. */
export const PRIORS = 'priors';

/** @throws GatewayError: the job is tried again, or waits for a person */
export async function addMissing(first: Job, options: AdditionOptions): Promise<void> {
  let job = first;
  const { additions = [] } = job.request;
  for (let at = job.added ?? 0; at < additions.length; at += 1) {
    const addition = additions[at];
    if (addition !== undefined) job = await add(job, addition, at + 1, options);
  }
}

async function add(job: Job, addition: Addition, added: number, options: AdditionOptions): Promise<Job> {
  const { store, save } = options;
  const outcome = await fetchOrLeave(job, addition, options);
  if (outcome.kind === 'left') {
    return save({ added, skipped: [...job.skipped, { path: PRIORS, reason: outcome.reason }] });
  }
  const paths = outcome.fetched.flatMap((one) => one.paths);
  const files = await store.addInstances(job, paths);
  const next = await save({ added, files: [...job.files, ...files] });
  for (const one of outcome.fetched) await one.remove();
  return next;
}

type Outcome =
  | { readonly kind: 'fetched'; readonly fetched: readonly AddedFiles[] }
  | { readonly kind: 'left'; readonly reason: string };

async function fetchOrLeave(job: Job, addition: Addition, { fetch, store, signal }: AdditionOptions): Promise<Outcome> {
  const instances = job.files
    .filter(({ kind }) => kind === 'instance')
    .map(({ path }) => join(store.folderOf(job), path));
  try {
    if (fetch === undefined) throw new GatewayError('pacs-unknown', 'no PACS');
    return { kind: 'fetched', fetched: await fetch(addition, instances, signal) };
  } catch (error) {
    const isLeft = addition.kind === 'priors' && Date.now() - job.acceptedMs >= addition.patienceMs;
    if (isLeft && error instanceof GatewayError && !signal.aborted) return { kind: 'left', reason: error.code };
    throw error;
  }
}
