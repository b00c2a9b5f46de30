import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { configSchema } from '../../../client/gateway/config/config.js';
import { parseYaml } from '../../../client/gateway/config/load.js';
import { COMMAND, STATUS } from '../../../client/gateway/dimse/command.js';
import { type Key, encodeIdentifier } from '../../../client/gateway/dimse/identifier.js';
import { openAssociation } from '../../../client/gateway/dimse/requestor.js';
import { IMPLICIT_LITTLE_ENDIAN, INSTANCE_AVAILABILITY } from '../../../client/gateway/dimse/uids.js';
import { type Intake, type IntakeOptions, openIntake } from '../../../client/gateway/intake/intake.js';
import { parseNotification } from '../../../client/gateway/intake/notification.js';
import { type JobRequest } from '../../../client/gateway/outgoing/job.js';
import { type Outgoing } from '../../../client/gateway/outgoing/outgoing.js';
import { countsOf } from '../../../client/gateway/query/counts.js';
import { rulesSchema } from '../../../client/gateway/rules/rules.js';
import { createDraft } from '../../../client/gateway/spool/draft.js';
import { type TestFolder, createFolder } from '../../support/folder.js';
import { scpWith, silent } from '../../support/gateways.js';
import { scriptedPacs } from '../../support/scripted-pacs.js';
import { type TinyInstance, tinyStudy } from '../../support/tiny-study.js';

const CT1 = { callingAe: 'CT1', calledAe: 'GATEWAY' };
const WAIT_MS = 900_000;

const text = (tag: number, vr: string, value: string): Key => ({ tag, vr, value });

/** PS3.3 Table C.4-23, as far as it says what there is. */
function notificationOf(
  instances: readonly Pick<TinyInstance, 'study' | 'series' | 'sop'>[],
  availability: (sop: string) => string = () => 'ONLINE',
): Uint8Array {
  const series = [...new Set(instances.map((one) => one.series))];
  const items = series.map((uid): readonly Key[] => [
    text(0x0020000e, 'UI', uid),
    {
      tag: 0x00081199,
      vr: 'SQ',
      value: instances
        .filter((one) => one.series === uid)
        .map(({ sop }) => [
          text(0x00080054, 'AE', 'PACS'),
          text(0x00080056, 'CS', availability(sop)),
          text(0x00081150, 'UI', '1.2.840.10008.5.1.4.1.1.2'),
          text(0x00081155, 'UI', sop),
        ]),
    },
  ]);
  return encodeIdentifier([
    { tag: 0x00081111, vr: 'SQ', value: [] },
    { tag: 0x00081115, vr: 'SQ', value: items },
    text(0x0020000d, 'UI', instances[0]?.study ?? ''),
  ]);
}

const asSent = (dataSet: Uint8Array) => ({ dataSet, transferSyntaxUid: IMPLICIT_LITTLE_ENDIAN });

describe('a study that is announced or counted', () => {
  let folder: TestFolder;
  let path: string;
  let count = 0;
  let nowMs = 1_000_000_000_000;
  /** By key, as the queue remembers them. */
  let jobs: Map<string, { readonly request: JobRequest; readonly files: number }>;
  let accepts: () => void;

  before(async () => void (folder = await createFolder()));
  after(() => folder.remove());
  beforeEach(async () => {
    jobs = new Map();
    accepts = () => undefined;
    path = join(folder.path, String((count += 1)));
    await mkdir(join(path, 'drafts'), { recursive: true });
  });

  const opened = (more: Partial<IntakeOptions> = {}): Promise<Intake> => {
    const outgoing: Pick<Outgoing, 'draft' | 'accept' | 'repeated'> = {
      repeated: (one) =>
        Promise.resolve((jobs.has(one?.key ?? '') ? {} : null) as Awaited<ReturnType<Outgoing['repeated']>>),
      draft: () => createDraft(join(path, 'drafts')),
      accept(draft, request) {
        const key = request.idempotency?.key ?? '';
        const kind = jobs.has(key) ? 'repeated' : 'accepted';
        if (kind === 'accepted') jobs.set(key, { request, files: draft.files.length });
        accepts();
        return Promise.resolve({ kind, job: { id: 'job' } } as Awaited<ReturnType<Outgoing['accept']>>);
      },
    };
    return openIntake({
      ...{ folder: path, outgoing: outgoing as Outgoing, quietMs: 600_000, waitMs: WAIT_MS, log: silent },
      ...{ rules: rulesSchema.parse([{ name: 'all', to: ['bob@sued.example'] }]), now: () => nowMs },
      ...{ maxInstanceBytes: 1024 * 1024, expiresMs: 86_400_000, ...more },
    });
  };
  const store = async (intake: Intake, instances: readonly TinyInstance[], titles = CT1): Promise<void> => {
    for (const { bytes, sop } of instances) {
      const sink = intake.sink(titles, {
        ...{ sopClassUid: '1.2.840.10008.5.1.4.1.1.2', sopInstanceUid: sop, transferSyntaxUid: '1.2.840.10008.1.2.1' },
      });
      await sink.write(bytes.subarray(144 + Buffer.from(bytes).readUInt32LE(140)));
      expect(await sink.end()).to.equal(STATUS.success);
    }
  };
  const gone = (): number[] => [...jobs.values()].map(({ files }) => files);
  const ct = tinyStudy({ study: 'announced', instances: 3 });
  const other = tinyStudy({ study: 'other', instances: 2 });
  const announce = (intake: Intake, dataSet: Uint8Array, titles = CT1): Promise<number> =>
    intake.announce(asSent(dataSet), titles);

  it('goes with its last instance, while the association is open, and not before, however quiet it is', async () => {
    await using intake = await opened();
    await store(intake, [...ct.slice(0, 1), ...other]);
    expect(await announce(intake, notificationOf(ct))).to.equal(STATUS.success);
    await store(intake, ct.slice(1, 2));
    await intake.settle();
    // Of what nobody has announced, quiet is enough.
    expect(gone()).to.deep.equal([2]);
    expect(intake.status().counts).to.deep.include({ gathering: 1, awaited: 1, incomplete: 0 });
    const closed = intake.opened(CT1);
    await store(intake, ct.slice(2));
    await intake.settle();
    expect(gone()).to.deep.equal([2, 3]);
    expect([...jobs.keys()].at(-1)).to.include(ct[0]?.study);
    closed();
    await intake.settle();
    expect(intake.status().counts).to.deep.include({ gathering: 0, awaited: 0, incomplete: 0 });
    expect(await readdir(join(path, 'studies'))).to.deep.equal([]);
    expect(gone()).to.deep.equal([2, 3]);
  });

  it('goes at once when it is announced last, and what is announced of it later is another job', async () => {
    await using intake = await opened();
    const closed = intake.opened(CT1);
    await store(intake, ct.slice(0, 2));
    expect(await announce(intake, notificationOf(ct.slice(0, 2)))).to.equal(STATUS.success);
    await intake.settle();
    expect(gone()).to.deep.equal([2]);
    // A second notification names everything again, as archives do.
    expect(await announce(intake, notificationOf(ct))).to.equal(STATUS.success);
    await intake.settle();
    expect(gone()).to.deep.equal([2]);
    await store(intake, ct.slice(2));
    await intake.settle();
    expect(gone()).to.deep.equal([2, 1]);
    closed();
  });

  it('goes as it is, and is counted, when the rest does not come in time', async () => {
    await using intake = await opened();
    await store(intake, ct.slice(0, 2));
    await announce(intake, notificationOf(ct));
    nowMs += WAIT_MS - 1;
    await intake.settle();
    expect(gone()).to.deep.equal([]);
    nowMs += 1;
    await intake.settle();
    expect(gone()).to.deep.equal([2]);
    expect(intake.status().counts).to.deep.include({ gathering: 0, awaited: 0, incomplete: 1 });
  });

  it('waits for each study by itself: what else its peer sends does not prolong it', async () => {
    await using intake = await opened();
    await store(intake, ct.slice(0, 2));
    await announce(intake, notificationOf(ct));
    nowMs += WAIT_MS - 1;
    await store(intake, other.slice(0, 1));
    await announce(intake, notificationOf(other));
    nowMs += 1;
    await intake.settle();
    expect(gone()).to.deep.equal([2]);
    expect(intake.status().counts).to.deep.include({ gathering: 1, awaited: 1, incomplete: 1 });
    await store(intake, other.slice(1));
    await intake.settle();
    expect(gone()).to.deep.equal([2, 2]);
  });

  it('does not wait for what is said to be unavailable, nor for what another peer announces', async () => {
    await using intake = await opened();
    await store(intake, ct.slice(0, 2));
    await announce(intake, notificationOf(ct), { callingAe: 'EVE', calledAe: 'GATEWAY' });
    await intake.settle();
    expect(gone()).to.deep.equal([2]);
    await store(intake, other.slice(0, 1));
    const lost = other[1]?.sop;
    await announce(
      intake,
      notificationOf(other, (sop) => (sop === lost ? 'UNAVAILABLE' : 'NEARLINE')),
    );
    await intake.settle();
    expect(gone()).to.deep.equal([2, 1]);
  });

  it('is waited for by the next run, too, and nothing is sent twice or left out after a crash between job and spool', async () => {
    const first = await opened();
    await store(first, ct.slice(0, 2));
    await announce(first, notificationOf(ct));
    await first[Symbol.asyncDispose]();
    const second = await opened();
    await second.settle();
    expect(gone()).to.deep.equal([]);
    // The job is there, and the process ends before its instances are taken out of the spool.
    const crash = new Promise<void>((resolve) => {
      accepts = () => {
        accepts = () => undefined;
        resolve();
        throw new Error('crash');
      };
    });
    await store(second, ct.slice(2));
    await crash;
    await second[Symbol.asyncDispose]();
    expect(gone()).to.deep.equal([3]);

    const third = await opened();
    expect(gone()).to.deep.equal([3]);
    // What comes now is no part of that job, whatever its file is called.
    await store(third, tinyStudy({ study: 'announced', instances: 4 }).slice(3));
    await third.settle();
    expect(gone()).to.deep.equal([3, 1]);
    await third[Symbol.asyncDispose]();
  });

  it('waits until as many are here as the PACS counts, and not for a PACS that cannot say', async () => {
    let counted: number | null = 3;
    await using intake = await opened({ expected: (ae) => Promise.resolve(ae === 'CT1' ? counted : null) });
    await store(intake, ct.slice(0, 2));
    // The same one twice is one.
    await store(intake, ct.slice(1, 2));
    await store(intake, other, { callingAe: 'MR1', calledAe: 'GATEWAY' });
    await intake.settle();
    expect(gone()).to.deep.equal([2]);
    expect(intake.status().counts['awaited']).to.equal(1);
    await store(intake, ct.slice(2));
    await intake.settle();
    expect(gone()).to.deep.equal([2, 4]);
    counted = null;
    await store(intake, ct.slice(0, 1));
    await intake.settle();
    expect(gone()).to.deep.equal([2, 4, 1]);
  });

  it('is counted by C-FIND at the PACS of the peer; a PACS that is away, or does not count, says nothing', async () => {
    const row = (instances: string) => [
      text(0x0020000d, 'UI', ct[0]?.study ?? ''),
      ...(instances === '' ? [] : [text(0x00201208, 'IS', instances)]),
    ];
    let answers = ['7'];
    const pacs = await scriptedPacs(() => [
      ...answers.map((one) => ({ command: { field: COMMAND.findRsp, status: 0xff00 }, keys: row(one) })),
      { command: { field: COMMAND.findRsp, status: 0 } },
    ]);
    const peers = [
      { aeTitle: 'CT1', from: ['127.0.0.1'], counts: 'archiv' },
      { aeTitle: 'MR1', from: ['127.0.0.1'] },
    ];
    const config = { dicom: { peers }, pacs: [pacs.config] } as unknown as Parameters<typeof countsOf>[0];
    const expected = countsOf(config) ?? expect.fail('nobody is asked');
    const study = ct[0]?.study ?? '';
    expect(await expected('CT1', study)).to.equal(7);
    expect(await expected('MR1', study)).to.equal(null);
    for (answers of [[], [''], ['7', '8']]) expect(await expected('CT1', study)).to.equal(null);
    await pacs[Symbol.asyncDispose]();
    answers = ['7'];
    expect(await expected('CT1', study)).to.equal(null);
    expect(countsOf({ pacs: [pacs.config] })).to.equal(null);
  });

  it('has a PACS that the configuration knows', () => {
    const yaml = (name: string): string => `keystore: k
dicom: { peers: [{ aeTitle: CT1, from: [127.0.0.1], counts: ${name} }], wait: 5m }
pacs: [{ name: archiv, host: pacs, port: 104, aeTitle: PACS }]`;
    const known = parseYaml(yaml('archiv'), configSchema);
    expect(known.kind === 'parsed' && known.value.dicom?.wait).to.equal(300_000);
    const unknown = parseYaml(yaml('elsewhere'), configSchema);
    expect(unknown.kind === 'refused' && unknown.problems).to.deep.equal([
      { path: 'dicom.peers[0].counts', line: 2, message: 'no PACS of this name' },
    ]);
  });
});

describe('instance availability notifications', () => {
  const ct = tinyStudy({ study: 'announced', instances: 3 });
  const intake = { opened: () => () => undefined, sink: () => expect.fail('no instance') };

  /** @returns the status, and the instance that the answer names; `refused` where the class is not taken, `aborted` where the association ends */
  async function tell(port: number, dataSet: Uint8Array | null, sopInstanceUid?: string) {
    const remote = { host: '127.0.0.1', port, calledAe: 'PACS', callingAe: 'BILDBOTE', tls: null, timeoutMs: 5000 };
    const transferSyntaxes = [IMPLICIT_LITTLE_ENDIAN];
    const association = await openAssociation(remote, [
      { id: 1, abstractSyntax: INSTANCE_AVAILABILITY, transferSyntaxes },
      { id: 3, abstractSyntax: '1.2.840.10008.1.1', transferSyntaxes },
    ]);
    try {
      if (association.accepted(1) === null) return 'refused';
      const uid = sopInstanceUid === undefined ? {} : { sopInstanceUid };
      const command = { field: COMMAND.createRq, messageId: 1, sopClassUid: INSTANCE_AVAILABILITY, ...uid };
      const bytes = async function* () {
        if (dataSet !== null) yield await Promise.resolve(dataSet);
      };
      const { command: answer } = await association.request(
        1,
        { ...command, hasDataSet: dataSet !== null },
        dataSet === null ? undefined : bytes(),
      );
      expect([answer.field, answer.respondedTo]).to.deep.equal([COMMAND.createRsp, 1]);
      return { status: answer.status, uid: answer.sopInstanceUid };
    } catch {
      return 'aborted';
    } finally {
      association.abort();
    }
  }

  it('are answered with what became of them, under the name that was given or one of ours', async () => {
    const heard: string[] = [];
    await using scp = await scpWith(0, intake, {
      async announce(notification, { callingAe }) {
        const parsed = await parseNotification(notification);
        heard.push(`${callingAe} ${parsed?.instances.length ?? 'nothing'}`);
        return parsed === null ? STATUS.missingAttribute : STATUS.success;
      },
    });
    expect(await tell(scp.port, notificationOf(ct), '1.2.3.4')).to.deep.equal({ status: 0, uid: '1.2.3.4' });
    const named = await tell(scp.port, notificationOf(ct));
    expect(typeof named === 'object' && named.uid).to.match(/^2\.25\.[0-9]+$/);
    const nothing = await tell(scp.port, notificationOf([]), '1.2.3.5');
    expect(nothing).to.deep.equal({ status: STATUS.missingAttribute, uid: '1.2.3.5' });
    expect(await tell(scp.port, null, '1.2.3.6')).to.equal('aborted');
    // One byte more than is read.
    expect(await tell(scp.port, new Uint8Array(16 * 1024 * 1024 + 1), '1.2.3.7')).to.equal('aborted');
    expect(heard).to.deep.equal(['BILDBOTE 3', 'BILDBOTE 3', 'BILDBOTE nothing']);
  });

  it('are not taken where nobody wants to know', async () => {
    await using scp = await scpWith(0, intake);
    expect(await tell(scp.port, notificationOf(ct))).to.equal('refused');
  });

  it('name each instance that can be had once', async () => {
    const parsed = await parseNotification(asSent(notificationOf([...ct, ...ct])));
    expect(parsed).to.deep.equal({ studyInstanceUid: ct[0]?.study, instances: ct.map(({ sop }) => sop) });
  });

  it('that are anything else are nothing, and never an error', () =>
    fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 400 }),
          fc
            .tuple(fc.nat(2000), fc.nat(255))
            .map(([at, byte]) => notificationOf(ct).map((old, i) => (i === at ? byte : old))),
          fc.nat(2000).map((length) => notificationOf(ct).subarray(0, length)),
        ),
        async (bytes) => {
          const parsed = await parseNotification(asSent(bytes));
          for (const uid of parsed?.instances ?? []) expect(uid).to.match(/^[0-9.]{1,64}$/);
        },
      ),
      { numRuns: 150 },
    ));

  it('of a study or an instance that is no UID are refused', async () => {
    const wrong = [
      { study: '1.2/../3', series: '1.2', sop: '1.2.3' },
      { study: '1.2', series: '1.2', sop: 'x' },
      { study: '', series: '1.2', sop: '1.2.3' },
    ];
    for (const one of wrong) expect(await parseNotification(asSent(notificationOf([one])))).to.equal(null);
  });
});
