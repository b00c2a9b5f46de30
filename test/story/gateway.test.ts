import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { scanSource } from '../../client/core/dicom/scan.js';
import { diskFile } from '../../client/node/disk-source.js';
import { COMMAND } from '../../client/gateway/dimse/command.js';
import { encodeIdentifier } from '../../client/gateway/dimse/identifier.js';
import { openAssociation } from '../../client/gateway/dimse/requestor.js';
import { IMPLICIT_LITTLE_ENDIAN, INSTANCE_AVAILABILITY } from '../../client/gateway/dimse/uids.js';
import { receiptsOf } from '../../client/core/receive/receipts.js';
import { receivedLetters, sentLetters } from '../../client/core/receive/inbox.js';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { askToImport, importsOf } from '../../client/core/work/imports.js';
import { type Gateway } from '../../client/gateway/gateway.js';
import { type Job } from '../../client/gateway/outgoing/job.js';
import { keysFolder } from '../../client/gateway/http-side.js';
import { openKeys } from '../../client/gateway/http/keys.js';
import { storeFiles } from '../../client/gateway/pacs/store.js';
import { type GatewayProblem, createGatewayClient } from '../../client/gateway/sdk/client.js';
import { databases } from '../support/database.js';
import { type TestFolder, createFolder } from '../support/folder.js';
import { enrolIn, freePort, gatewayIn, memoryPacs } from '../support/gateways.js';
import { hasProgram } from '../support/programs.js';
import { type TestRelay, startTestRelay } from '../support/relay.js';

const NORD = 'befund@radiologie-nord.example';
const OST = 'praxis@hausarzt-ost.example';

/** From a modality's C-STORE in one practice to the PACS's C-STORE in the other. */
describe('the practice gateway', function () {
  this.timeout(120_000);
  let relay: TestRelay;
  let folder: TestFolder;
  let nord: Gateway;
  let ost: Gateway;
  let pacsPort: number;
  let files: { path: string; dataSet: Buffer }[];

  const nordYaml = `
dicom: { port: 0, peers: [{ aeTitle: BILDBOTE, from: [127.0.0.1] }, { aeTitle: STORESCU, from: [127.0.0.1] }], quiet: 600s }
rules:
  - { name: ost, when: { calledAe: OST, modality: CT }, to: [${OST}], subject: CT }
`;
  const ostYaml = (): string => `
pacs: [{ name: archiv, host: 127.0.0.1, port: ${pacsPort}, aeTitle: PACS, store: all, timeout: 20s }]
receiving: { poll: 1s }
http: { port: 0 }
`;

  before(async () => {
    const [kind] = databases();
    if (kind === undefined) throw new Error('no database');
    relay = await startTestRelay(kind);
    folder = await createFolder();
    pacsPort = await freePort();
    for (const [name, address] of [
      ['nord', NORD],
      ['ost', OST],
    ] as const)
      await enrolIn(relay, join(folder.path, name), address);
    nord = await gatewayIn(join(folder.path, 'nord'), nordYaml);
    ost = await gatewayIn(join(folder.path, 'ost'), ostYaml());
    files = [];
    await mkdir(join(folder.path, 'ct'));
    for (const [index, one] of [...ctStudy({ slices: 5 })].entries()) {
      const bytes = Buffer.from(one.bytes);
      const path = join(folder.path, 'ct', `${index}.dcm`);
      await writeFile(path, bytes);
      const metaLength = bytes.readUInt32LE(140);
      files.push({ path, dataSet: bytes.subarray(144 + metaLength) });
    }
  });
  after(async () => {
    await nord[Symbol.asyncDispose]();
    await ost[Symbol.asyncDispose]();
    await relay.close();
    await folder.remove();
  });

  const modality = (calledAe: string) => ({
    ...{
      name: 'modality',
      host: '127.0.0.1',
      port: nord.scp?.port ?? 0,
      aeTitle: calledAe,
      callingAeTitle: 'BILDBOTE',
    },
    ...{ timeout: 20_000, store: 'all' as const },
  });
  const send = async (calledAe: string): Promise<string[]> => {
    const kinds: string[] = [];
    const asReceived = files.map(({ path }) => ({ path, absolute: path, bytes: 0, sha256: '', sopInstanceUid: '1' }));
    await storeFiles(modality(calledAe), asReceived, new AbortController().signal, (_file, { kind }) =>
      Promise.resolve(void kinds.push(kind)),
    );
    return kinds;
  };
  const ended = (gateway: Gateway, id: string): Promise<Job> =>
    new Promise((resolve) => {
      const look = (job: Job): void => {
        if (job.id === id && ['sent', 'failed'].includes(job.state.kind)) resolve(job);
      };
      gateway.outgoing.events.subscribe((event) => void (event.kind === 'job' && look(event.job)));
      look(gateway.outgoing.get(id));
    });

  it('answers a C-STORE with success, and makes a job of the study for the recipient that the rule names', async () => {
    expect(await send('OST')).to.deep.equal(files.map(() => 'stored'));
    await nord.intake.settle();
    const [job] = nord.outgoing.list({ afterSeq: 0, limit: 10 });
    expect(job?.request).to.deep.include({ to: [OST], subject: 'CT' });
    expect(job?.files).to.have.length(files.length);
    const done = await ended(nord, job?.id ?? '');
    expect(done.state.kind).to.equal('sent');
    expect(done.counts?.instances).to.equal(files.length);
    expect(done.files).to.deep.equal([]);
  });

  it('refuses an AE title that nothing is configured for', async () => {
    let code = '';
    await send('ELSE').catch((error: { code: string }) => (code = error.code));
    expect(code).to.equal('pacs-rejected');
  });

  it('keeps a complete message while the PACS is down, and stores every instance as it was sent when it is back', async () => {
    await ost.incoming.sync();
    await ost.pacs.settle();
    const [message] = ost.incoming.list({ afterSeq: -1, limit: 10 });
    expect(message?.state).to.equal('complete');
    expect(message?.deeds[0]).to.deep.include({ state: 'waiting', code: 'pacs-unreachable', instances: 0 });

    // The gateway is started anew in between: it goes on by itself.
    await ost[Symbol.asyncDispose]();
    const pacs = await memoryPacs(pacsPort);
    ost = await gatewayIn(join(folder.path, 'ost'), ostYaml());
    await ost.pacs.settle();
    await pacs[Symbol.asyncDispose]();
    const [again] = ost.incoming.list({ afterSeq: -1, limit: 10 });
    expect(again?.deeds[0]).to.deep.include({ state: 'done', instances: files.length, total: files.length });
    const sent = files.map(({ dataSet }) => dataSet.toString('base64')).sort();
    expect(pacs.stored.map(({ bytes }) => bytes.toString('base64')).sort()).to.deep.equal(sent);
  });

  it('tells the sender how many of how many the PACS has confirmed', async () => {
    await nord.incoming.sync();
    const { account } = nord.office;
    const [letter] = sentLetters(account);
    const receipts = letter === undefined ? [] : receiptsOf(account, letter).map(({ receipt }) => receipt);
    const imported = receipts.find(({ kind }) => kind === 'imported');
    expect(imported).to.deep.include({ instances: files.length, total: files.length, target: 'PACS' });
  });

  it('stores what a member asks for, once for each asking, and tells how many the PACS has confirmed', async () => {
    await using pacs = await memoryPacs(pacsPort);
    const { account } = ost.office;
    const [letter] = receivedLetters(account);
    if (letter === undefined) throw new Error('no message');
    await ost.incoming.sync();
    expect([...account.state.own.pacs.values()]).to.deep.equal([['archiv']]);
    await askToImport(ost.office, letter, 'archiv');
    await askToImport(ost.office, letter, 'of somebody else');
    for (let i = 0; i < 3; i++) {
      await ost.incoming.sync();
      await ost.pacs.settle();
    }
    expect(pacs.stored).to.have.length(files.length);
    const imports = importsOf(account, letter);
    expect(imports.get('archiv')?.stored).to.deep.include({ instances: files.length, total: files.length });
    expect(imports.get('of somebody else')?.stored).to.equal(null);
  });

  it('stores what practice software asks for, and says what it does not know', async () => {
    await using pacs = await memoryPacs(pacsPort);
    const { token } = await openKeys(keysFolder(join(folder.path, 'ost', 'data'))).add('PVS', [
      'pacs',
      'messages:read',
    ]);
    const client = createGatewayClient({ url: ost.listening['http'] ?? '', key: token });
    const [message] = (await client.list()).messages;
    const name = message?.message ?? expect.fail('no message');
    await client.storeInPacs('archiv', name);
    for (let i = 0; i < 3; i++) {
      await ost.incoming.sync();
      await ost.pacs.settle();
    }
    expect(pacs.stored).to.have.length(files.length);
    const [deed] = await client.deeds(name);
    expect(deed).to.deep.include({ target: 'archiv', state: 'done', instances: files.length, total: files.length });
    const refused = [client.storeInPacs('elsewhere', name), client.storeInPacs('archiv', 'f'.repeat(32))];
    for (const one of refused) expect(await one.catch(({ code }: GatewayProblem) => code)).to.equal('not-found');
    expect(pacs.stored).to.have.length(files.length);
  });

  it('takes the same study from storescu of DCMTK', async function () {
    if (!hasProgram('storescu')) return this.skip();
    const port = String(nord.scp?.port);
    const args = ['-aet', 'STORESCU', '-aec', 'OST', '127.0.0.1', port, ...files.map(({ path }) => path)];
    const child = spawn('storescu', args, { env: { ...process.env, TCP_NODELAY: '1' } });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code).to.equal(0);
    await nord.intake.settle();
    const jobs = nord.outgoing.list({ afterSeq: 1, limit: 10 });
    expect(jobs.map((job) => job.files.length || job.counts?.instances)).to.deep.equal([files.length]);
  });

  it('sends a study at once when its sender has announced everything that is here, long before it is quiet', async () => {
    const next = new Promise<Job>((resolve) => {
      nord.outgoing.events.subscribe((event) => void (event.kind === 'job' && resolve(event.job)));
    });
    const ids: { study: string; sop: string }[] = [];
    for (const { path } of files) {
      const scan = await scanSource(await diskFile(path));
      if (scan.kind === 'instance') ids.push({ study: scan.studyInstanceUid, sop: scan.sopInstanceUid });
    }
    expect(await send('OST')).to.deep.equal(files.map(() => 'stored'));
    const item = ({ sop }: { readonly sop: string }) => [{ tag: 0x00081155, vr: 'UI', value: sop }];
    const dataSet = encodeIdentifier([
      { tag: 0x00081115, vr: 'SQ', value: [[{ tag: 0x00081199, vr: 'SQ', value: ids.map(item) }]] },
      { tag: 0x0020000d, vr: 'UI', value: ids[0]?.study ?? '' },
    ]);
    const { name: _, aeTitle: calledAe, callingAeTitle: callingAe, timeout: timeoutMs, ...where } = modality('OST');
    const context = { id: 1, abstractSyntax: INSTANCE_AVAILABILITY, transferSyntaxes: [IMPLICIT_LITTLE_ENDIAN] };
    const association = await openAssociation({ ...where, calledAe, callingAe, timeoutMs, tls: null }, [context]);
    const bytes = async function* () {
      yield await Promise.resolve(dataSet);
    };
    const command = { field: COMMAND.createRq, messageId: 1, hasDataSet: true, sopClassUid: INSTANCE_AVAILABILITY };
    expect((await association.request(1, command, bytes())).command.status).to.equal(0);
    await association.release();
    expect((await next).files.length).to.equal(files.length);
  });
});
