import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { GatewayError } from '../../../client/gateway/error.js';
import { type FetchAddition, addMissing } from '../../../client/gateway/outgoing/additions.js';
import { jobFailureOf } from '../../../client/gateway/outgoing/attempt.js';
import { type Addition, type Job, jobSchema } from '../../../client/gateway/outgoing/job.js';
import { openJobStore } from '../../../client/gateway/outgoing/job-store.js';
import { type TestFolder, createFolder } from '../../support/folder.js';

const codeOf = (action: Promise<unknown>): Promise<unknown> =>
  action.then(
    () => 'none',
    (error: { code?: unknown }) => error.code,
  );
describe('what a job wants from a PACS', () => {
  let folder: TestFolder;
  before(async () => void (folder = await createFolder()));
  after(() => folder.remove());

  const PRIOR = {
    kind: 'priors',
    pacs: 'archiv',
    most: 1,
    modalities: null,
    withinMs: null,
    patienceMs: 60_000,
  } as const;
  const STUDY = { kind: 'study', pacs: 'archiv', studyInstanceUid: '1.2.3', seriesInstanceUids: null } as const;
  const job = (id: string, additions: readonly Addition[], acceptedMs = Date.now()): Job => ({
    ...{ id: id.repeat(32), seq: 1, acceptedMs, files: [], attempts: 1, messageId: null, counts: null, skipped: [] },
    state: { kind: 'sending', nextMs: 0, failure: null },
    request: {
      ...{ source: { kind: 'api', client: '' }, idempotency: null, to: [], cc: [], bcc: [], subject: '', text: '' },
      ...{ replyTo: null, forwards: null, urgency: null, expiresInMs: 1, deidentification: null, additions },
      ...{ mixedPatients: 'refuse', unreadable: 'refuse' },
    },
  });
  const broken = (): Promise<never> => Promise.reject(new GatewayError('pacs-unreachable', 'away'));

  async function added(first: Job, fetch: FetchAddition | undefined) {
    const store = await openJobStore(folder.path);
    await store.accept({ folder: (await store.draft()).folder }, first);
    let last = first;
    const save = async (next: Partial<Job>): Promise<Job> => {
      last = { ...last, ...next };
      await store.save(last);
      return last;
    };
    const { signal } = new AbortController();
    const run = (again: FetchAddition | undefined): Promise<void> =>
      addMissing(last, { fetch: again, store, save, signal });
    return { code: await codeOf(run(fetch)), run, saved: () => last, folder: store.folderOf(first) };
  }

  it('becomes files of it, once, whatever a crash has left beside them', async () => {
    const source = join(folder.path, 'came.dcm');
    await writeFile(source, 'instance');
    let fetched = 0;
    const fetch: FetchAddition = () => {
      fetched += 1;
      return Promise.resolve([{ paths: [source, source], remove: () => Promise.resolve() }]);
    };
    const one = await added(job('a', [STUDY, STUDY]), undefined);
    expect(one.code).to.equal('pacs-unknown');
    await mkdir(join(one.folder, 'instances'));
    await writeFile(join(one.folder, 'instances', '000009.dcm'), 'half');
    await one.run(fetch);
    await one.run(fetch);
    expect([fetched, one.saved().added]).to.deep.equal([2, 2]);
    const names = ['000001.dcm', '000002.dcm', '000003.dcm', '000004.dcm'];
    expect((await readdir(join(one.folder, 'instances'))).sort()).to.deep.equal(names);
    expect(one.saved().files.map(({ path }) => path)).to.deep.equal(names.map((name) => `instances/${name}`));
    expect(jobSchema.parse(JSON.parse(await readFile(join(one.folder, 'job.json'), 'utf8'))).added).to.equal(2);
  });

  it('is waited for; priors are left out and named when their time is over, a study never', async () => {
    expect((await added(job('b', [PRIOR]), broken)).code).to.equal('pacs-unreachable');
    const late = await added(job('c', [PRIOR], 0), broken);
    expect([late.code, late.saved().skipped]).to.deep.equal(['none', [{ path: 'priors', reason: 'pacs-unreachable' }]]);
    expect((await added(job('d', [STUDY], 0), broken)).code).to.equal('pacs-unreachable');
    const kinds = ['pacs-unreachable', 'study-unknown'] as const;
    const failures = kinds.map((code) => jobFailureOf(new GatewayError(code, '')).kind);
    expect(failures).to.deep.equal(['transient', 'permanent']);
  });
});
