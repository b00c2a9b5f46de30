import { mkdir, readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isNotFound, privateFolder, replaceFile, syncFolder } from '../../node/durable.js';
import { type Draft, type SpoolFile, commitFolder, createDraft, linkOrCopy } from '../spool/draft.js';
import { type Job, jobSchema } from './job.js';

/**
 * A folder for each job (docs/spec/spool.md §2): `drafts/ID` while it is filled, `jobs/ID` from the moment it is accepted. `job.json` is replaced as a
 * whole at every change.
 */
export interface JobStore {
  draft(): Promise<Draft>;
  /** Writes `job.json` and renames the draft into the queue. Durable when it returns. */
  accept(draft: Pick<Draft, 'folder'>, job: Job): Promise<void>;
  save(job: Job): Promise<void>;
  /** Instances that have come after the job was accepted, behind those it has; durable, and part of it once the job is saved with them. */
  addInstances(job: Job, paths: readonly string[]): Promise<readonly SpoolFile[]>;
  /** The job stays, its files go. */
  removeFiles(job: Job): Promise<void>;
  remove(job: Job): Promise<void>;
  folderOf(job: Pick<Job, 'id'>): string;
  /** All jobs by seq. `damaged` counts folders whose `job.json` cannot be read: they are left where they are, for a person. */
  load(): Promise<{ readonly jobs: readonly Job[]; readonly damaged: number }>;
}

const FILE = 'job.json';

export async function openJobStore(root: string): Promise<JobStore> {
  const [drafts, jobs] = [join(root, 'drafts'), join(root, 'jobs')];
  await privateFolder(jobs);
  // What was never accepted was never promised.
  await rm(drafts, { recursive: true, force: true });
  await privateFolder(drafts);
  const folderOf = ({ id }: Pick<Job, 'id'>): string => join(jobs, id);
  const write = (folder: string, job: Job): Promise<void> =>
    replaceFile(join(folder, FILE), Buffer.from(`${JSON.stringify(job, null, 1)}\n`));
  return {
    folderOf,
    draft: () => createDraft(drafts),
    async accept({ folder }, job) {
      await write(folder, job);
      await commitFolder(folder, folderOf(job));
    },
    save: (job) => write(folderOf(job), job),
    addInstances: (job, paths) => addInstances(folderOf(job), job.files, paths),
    async removeFiles(job) {
      const names = await readdir(folderOf(job));
      const left = names.filter((name) => name === 'instances' || name === 'documents');
      for (const name of left) await rm(join(folderOf(job), name), { recursive: true, force: true });
      if (left.length > 0) await syncFolder(folderOf(job));
    },
    remove: (job) => rm(folderOf(job), { recursive: true, force: true }),
    load: () => loadJobs(jobs),
  };
}

async function addInstances(
  folder: string,
  known: readonly SpoolFile[],
  paths: readonly string[],
): Promise<readonly SpoolFile[]> {
  const instances = join(folder, 'instances');
  await mkdir(instances, { recursive: true, mode: 0o700 });
  const listed = new Set(known.map(({ path }) => path));
  // Of an attempt that a crash has ended: everything in the folder is sent.
  for (const name of await readdir(instances)) if (!listed.has(`instances/${name}`)) await rm(join(instances, name));
  const added: SpoolFile[] = [];
  for (const source of paths) {
    const path = `instances/${String(known.length + added.length + 1).padStart(6, '0')}.dcm`;
    await linkOrCopy(source, join(folder, path));
    const { size: bytes } = await stat(join(folder, path));
    added.push({ kind: 'instance', name: '', mediaType: 'application/dicom', path, bytes });
  }
  await syncFolder(instances);
  await syncFolder(folder);
  return added;
}

async function loadJobs(folder: string): Promise<{ jobs: Job[]; damaged: number }> {
  const jobs: Job[] = [];
  let damaged = 0;
  for (const id of await readdir(folder)) {
    const job = await loadJob(join(folder, id, FILE));
    if (job?.id === id) jobs.push(job);
    else damaged += 1;
  }
  return { jobs: jobs.sort((a, b) => a.seq - b.seq), damaged };
}

async function loadJob(path: string): Promise<Job | null> {
  try {
    return jobSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (isNotFound(error) || error instanceof SyntaxError || (error instanceof Error && error.name === 'ZodError'))
      return null;
    throw error;
  }
}
