import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { GatewayError } from '../../../client/gateway/error.js';
import { loadCollections, numberOf } from '../../../client/gateway/intake/collection.js';
import { type Intake, openIntake } from '../../../client/gateway/intake/intake.js';
import { createLog } from '../../../client/gateway/log.js';
import { type JobRequest } from '../../../client/gateway/outgoing/job.js';
import { type Outgoing } from '../../../client/gateway/outgoing/outgoing.js';
import { type Rule, rulesSchema } from '../../../client/gateway/rules/rules.js';
import { createDraft } from '../../../client/gateway/spool/draft.js';
import { type TestFolder, createFolder } from '../../support/folder.js';
import { type TinyInstance, tinyStudy } from '../../support/tiny-study.js';

const TITLES = { callingAe: 'CT1', calledAe: 'GATEWAY' };
const CT = { name: 'ct', when: { modality: 'CT' }, to: ['bob@sued.example'] };
const MR = { name: 'mr', when: { modality: 'MR' }, to: ['eva@west.example'] };

describe('the intake of studies', () => {
  let folder: TestFolder;
  let count = 0;
  let lines: string[];
  let accepted: { readonly request: JobRequest; readonly files: number }[];
  let failure: GatewayError | null;

  before(async () => void (folder = await createFolder()));
  after(() => folder.remove());
  beforeEach(() => {
    [lines, accepted, failure] = [[], [], null];
  });

  const write = (chunk: Buffer, _encoding: unknown, done: () => void): void => {
    lines.push(chunk.toString());
    done();
  };
  const opened = (path: string, rules: readonly unknown[]): Promise<Intake> => {
    const parsed: readonly Rule[] = rulesSchema.parse(rules);
    // A queue that remembers no keys: what is handed over twice is there twice.
    const outgoing: Pick<Outgoing, 'draft' | 'accept' | 'repeated'> = {
      repeated: () => Promise.resolve(null),
      draft: () => createDraft(join(path, 'drafts')),
      accept(draft, request) {
        if (failure !== null) return Promise.reject(failure);
        accepted.push({ request, files: draft.files.length });
        return Promise.resolve({ kind: 'accepted', job: { id: 'job' } } as Awaited<ReturnType<Outgoing['accept']>>);
      },
    };
    return openIntake({
      ...{ folder: path, rules: parsed, outgoing: outgoing as Outgoing, quietMs: 600_000, waitMs: 600_000 },
      ...{ log: createLog('info', new Writable({ write })), maxInstanceBytes: 1024 * 1024, expiresMs: 86_400_000 },
    });
  };
  const newFolder = async (): Promise<string> => {
    const path = join(folder.path, String((count += 1)));
    await mkdir(join(path, 'drafts'), { recursive: true });
    return path;
  };
  const store = async (intake: Intake, instances: readonly TinyInstance[]): Promise<void> => {
    for (const { bytes, sop } of instances) {
      const sink = intake.sink(TITLES, {
        ...{ sopClassUid: '1.2.840.10008.5.1.4.1.1.2', sopInstanceUid: sop, transferSyntaxUid: '1.2.840.10008.1.2.1' },
      });
      await sink.write(bytes.subarray(144 + Buffer.from(bytes).readUInt32LE(140)));
      expect(await sink.end()).to.equal(0);
    }
  };
  const ct = tinyStudy({ study: 'ct', instances: 3 });
  const mr = tinyStudy({ study: 'mr', series: 2, instances: 2 }).slice(2);
  const said = (text: string): number => lines.filter((line) => line.includes(text)).length;

  it('hands over once what a rule fits, says once and as long as it lies there what none fits, and looks again with other rules', async () => {
    const path = await newFolder();
    const first = await opened(path, [CT]);
    await store(first, [...ct, ...mr]);
    await first.settle();
    expect(accepted.map(({ files, request }) => [files, request.to])).to.deep.equal([[3, CT.to]]);
    const counts = { gathering: 0, waiting: 1, unruled: 1, awaited: 0, incomplete: 0 };
    expect(first.status()).to.deep.equal({ state: 'degraded', counts, lastFailure: 'recipient-missing' });
    // Another study goes well: the one that lies there is neither said again nor forgotten.
    await store(first, tinyStudy({ study: 'ct 2', instances: 1 }));
    await first.settle();
    expect(accepted).to.have.length(2);
    expect(first.status()).to.deep.include({ state: 'degraded', counts });
    expect(said('recipient-missing')).to.equal(1);
    await first[Symbol.asyncDispose]();

    const same = await opened(path, [CT]);
    await same.settle();
    expect([accepted.length, same.status().counts['unruled']]).to.deep.equal([2, 1]);
    await same[Symbol.asyncDispose]();
    const other = await opened(path, [CT, MR]);
    await other.settle();
    expect(accepted.slice(2).map(({ files, request }) => [files, request.to])).to.deep.equal([[2, MR.to]]);
    expect(other.status()).to.deep.include({ state: 'working', lastFailure: null });
    expect(await readdir(join(path, 'studies'))).to.deep.equal([]);
    await other[Symbol.asyncDispose]();
  });

  it('makes of each study what its rule says: recipients, profile, urgency, priors, how long; and what another rule says of another', async () => {
    const all = {
      ...{
        name: 'all',
        when: { callingAe: 'CT*', calledAe: 'GATEWAY', modality: 'CT', referringPhysician: 'hausarzt*' },
      },
      ...{ to: ['bob@sued.example'], cc: ['eva@west.example'], subject: 'CT', text: 'Bild anbei' },
      ...{ deidentify: { profile: 'basic', purpose: 'study-17' }, urgent: '2h', expires: '20d' },
      priors: { pacs: 'archiv', most: 3, modality: ['CT', 'MR'], within: '365d', patience: '5m' },
    };
    const intake = await opened(await newFolder(), [all, MR]);
    await store(intake, [...ct, ...mr]);
    await intake.settle();
    const [ruled, plain] = accepted.map(({ request }) => request);
    expect(ruled).to.deep.include({
      ...{ source: { kind: 'dicom', ...TITLES }, to: all.to, cc: all.cc, subject: 'CT', text: 'Bild anbei' },
      deidentification: { profile: 'basic', purpose: 'study-17', confirmRisk: false },
      urgency: { withinMs: 2 * 3_600_000, reason: '' },
      expiresInMs: 20 * 86_400_000,
      additions: [
        {
          ...{ kind: 'priors', pacs: 'archiv', most: 3, modalities: ['CT', 'MR'] },
          ...{ withinMs: 365 * 86_400_000, patienceMs: 300_000 },
        },
      ],
      // What a rule cannot know a person decides.
      ...{ mixedPatients: 'refuse', unreadable: 'refuse' },
    });
    expect(plain).to.deep.include({
      ...{ to: MR.to, cc: [], subject: '', deidentification: null, urgency: null, expiresInMs: 86_400_000 },
    });
    expect(plain).to.not.have.property('additions');
    await intake[Symbol.asyncDispose]();
  });

  it('keeps a study that the queue cannot take, leaves no draft of it, and hands it over when there is room', async () => {
    const path = await newFolder();
    const intake = await opened(path, [CT]);
    failure = new GatewayError('spool-full', 'no room left');
    await store(intake, ct);
    await intake.settle();
    expect(intake.status()).to.deep.include({ state: 'degraded', lastFailure: 'spool-full' });
    expect(await readdir(join(path, 'drafts'))).to.deep.equal([]);
    failure = null;
    await intake.settle();
    expect(accepted.map(({ files }) => files)).to.deep.equal([3]);
    expect(intake.status()).to.deep.include({ state: 'working', lastFailure: null });
    await intake[Symbol.asyncDispose]();
  });

  it('answers for nothing of an instance over its limit or cut off, and keeps nothing of it', async () => {
    const path = await newFolder();
    const intake = await opened(path, [CT]);
    const request = { sopClassUid: '1.2', sopInstanceUid: '1.2.3', transferSyntaxUid: '1.2.840.10008.1.2.1' };
    const large = intake.sink(TITLES, request);
    for (let i = 0; i < 5; i++) await large.write(new Uint8Array(300_000));
    expect(await large.end()).to.equal(0xc000);
    const cut = intake.sink(TITLES, request);
    await cut.write(new Uint8Array(100));
    await cut.abandon();
    await store(intake, ct.slice(0, 1));
    const [id = ''] = await readdir(join(path, 'studies'));
    const names = await readdir(join(path, 'studies', id));
    // Beside it, at most, the file that waits for the next one.
    expect(names.filter((name) => name.endsWith('.dcm'))).to.have.length(1);
    expect(names.filter((name) => name.endsWith('.part')).length).to.be.lessThan(2);
    await intake.settle();
    expect(accepted.map(({ files }) => files)).to.deep.equal([1]);
    await intake[Symbol.asyncDispose]();
  });

  it('believes of a crash what is whole, by length and CRC-32, and numbers on behind it', async () => {
    const path = await newFolder();
    const first = await opened(path, [CT]);
    await store(first, ct);
    await first[Symbol.asyncDispose]();
    const [id = ''] = await readdir(join(path, 'studies'));
    const folderOf = join(path, 'studies', id);
    const whole = (await readdir(folderOf)).filter((name) => name.endsWith('.dcm')).sort();
    expect(whole.map((name) => /^00000[123]-[0-9]+-[0-9a-f]{8}\.dcm$/.test(name))).to.deep.equal([true, true, true]);
    const [one = '', two = '', three = ''] = whole.map((name) => join(folderOf, name));
    const bytes = await readFile(two);
    // A name that was durable before its bytes were, whole and in part; a half instance; and one of an earlier version.
    await writeFile(one, bytes.subarray(0, bytes.length - 1));
    await writeFile(
      two,
      Buffer.from(bytes)
        .fill(0, 400, 401 + (bytes[400] === 0 ? 1 : 0))
        .fill(7, 402, 403),
    );
    await writeFile(join(folderOf, 'aa.part'), 'half');
    await writeFile(join(folderOf, '000009.dcm'), await readFile(three));

    const [collection] = await loadCollections(join(path, 'studies'));
    expect(collection?.files).to.deep.equal([three, join(folderOf, '000009.dcm')]);
    const left = ['000009.dcm', basename(three), 'collection.json'];
    expect((await readdir(folderOf)).sort()).to.deep.equal(left.sort());
    const sink = collection?.sink(
      { sopClassUid: '1.2', sopInstanceUid: '1.2', transferSyntaxUid: '1.2.840.10008.1.2.1' },
      100,
    );
    await sink?.write(new Uint8Array(10));
    expect(await sink?.end()).to.equal(0);
    // Far behind: a number that stood for what has become a job is not given twice.
    expect(numberOf(collection?.files.at(-1) ?? '')).to.be.greaterThan(10);
  });
});
