import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { type PacsConfig } from '../../../client/gateway/config/config.js';
import { type Scp } from '../../../client/gateway/intake/scp.js';
import { createCommitments } from '../../../client/gateway/pacs/commitment.js';
import { echo, referencesOf, storeFiles } from '../../../client/gateway/pacs/store.js';
import { type Fetches, openFetches } from '../../../client/gateway/query/fetches.js';
import { findPatients, findSeries, findStudies } from '../../../client/gateway/query/levels.js';
import { remoteOf } from '../../../client/gateway/query/remote.js';
import { type TestFolder, createFolder } from '../../support/folder.js';
import { freePort, scpWith } from '../../support/gateways.js';
import { type PacsProgram, startDcmqrscp, startOrthanc, storescu } from '../../support/pacs-programs.js';
import { hasProgram } from '../../support/programs.js';
import { tinyStudy } from '../../support/tiny-study.js';

const STUDY = tinyStudy({ study: 'peers', series: 2, instances: 2 });
const UID = STUDY[0]?.study ?? '';

/** Everything as `npm run campaign:peers` has it, in small: another one's program instead of ours. */
for (const [name, programs, start] of [
  ['dcmqrscp', ['dcmqrscp', 'storescu'], startDcmqrscp],
  ['Orthanc', ['Orthanc', 'storescu'], startOrthanc],
] as const) {
  describe(`${name} as PACS`, function () {
    this.timeout(60_000);
    let folder: TestFolder;
    let program: PacsProgram;
    let pacs: PacsConfig;
    let fetches: Fetches;
    let scp: Scp;
    const commitments = createCommitments();
    const files: { path: string; absolute: string; bytes: number; sha256: string; sopInstanceUid: string }[] = [];

    before(async function () {
      if (!programs.every(hasProgram)) return this.skip();
      folder = await createFolder();
      const port = await freePort();
      program = await start(folder.path, { aeTitle: 'BILDBOTE', port });
      pacs = {
        ...{ name: 'peer', host: '127.0.0.1', port: program.port, aeTitle: 'PACS', callingAeTitle: 'BILDBOTE' },
        ...{ timeout: 20_000, store: 'match', commitment: 'auto', commitmentWait: 60_000 },
      };
      const limits = { ownTitle: null, maxInstanceBytes: 1e8 };
      fetches = await openFetches({ folder: join(folder.path, 'data'), destination: 'BILDBOTE', ...limits });
      const intake = { opened: () => () => undefined, sink: () => expect.fail('nothing is sent on') };
      const report: typeof commitments.report = (one, titles) => commitments.report(one, titles);
      scp = await scpWith(port, intake, { diversion: fetches, report, titles: ['BILDBOTE'], callers: ['PACS'] });
      await mkdir(join(folder.path, 'files'));
      for (const [at, { bytes, sop }] of STUDY.entries()) {
        const absolute = join(folder.path, 'files', `${at}.dcm`);
        await writeFile(absolute, bytes);
        files.push({ path: `${at}.dcm`, absolute, bytes: bytes.length, sha256: '', sopInstanceUid: sop });
      }
    });
    after(async () => {
      await fetches?.[Symbol.asyncDispose]();
      await scp?.[Symbol.asyncDispose]();
      await program?.close();
      await folder?.remove();
    });

    it('answers C-ECHO, and stores what the gateway sends', async () => {
      await echo(pacs);
      const kinds: string[] = [];
      await storeFiles(pacs, files, new AbortController().signal, (_file, { kind }) =>
        Promise.resolve(void kinds.push(kind)),
      );
      expect(kinds).to.deep.equal(files.map(() => 'stored'));
    });

    it('is searched for patients, studies and series', async () => {
      const remote = remoteOf(pacs);
      const patients = await findPatients(remote, { birthDate: '19600203' }, 10);
      expect(patients.rows.map(({ patientId, patientName }) => [patientId, patientName])).to.deep.equal([
        ['P-17', 'Müller^Erika'],
      ]);
      const studies = await findStudies(remote, { patientId: 'P-17', studyDate: '20261101-20261130' }, 10);
      expect(studies.rows.map(({ studyInstanceUid }) => studyInstanceUid)).to.deep.equal([UID]);
      const series = await findSeries(remote, UID, 10);
      expect(series.rows.map(({ modality }) => modality).sort()).to.deep.equal(['CT', 'MR']);
      expect((await findStudies(remote, { patientId: 'nobody' }, 10)).rows).to.deep.equal([]);
    });

    it('sends a study, or a series of it, when it is asked to', async () => {
      const all = await fetches.fetch(pacs, { studyInstanceUid: UID, seriesInstanceUids: null });
      expect(all.files).to.have.length(STUDY.length);
      const one = await fetches.fetch(pacs, { studyInstanceUid: UID, seriesInstanceUids: [STUDY[0]?.series ?? ''] });
      expect(one.files).to.have.length(2);
    });

    it('says what it keeps, where it offers storage commitment', async () => {
      const answered = new Promise<void>((resolve) => commitments.events.subscribe(() => resolve()));
      const absent = { sopClassUid: '1.2.840.10008.5.1.4.1.1.2', sopInstanceUid: '1.2.3.4' };
      const asked = await commitments.ask(pacs, 'message', [...(await referencesOf(files)), absent]);
      expect(asked).to.equal(name === 'Orthanc' ? 'asked' : 'not-offered');
      if (asked === 'not-offered') return;
      await answered;
      const state = commitments.state('message');
      const kept = state?.kind === 'answered' ? [...state.kept].sort() : [];
      expect(kept).to.deep.equal(STUDY.map(({ sop }) => sop).sort());
    });
  });
}

describe('storescu of DCMTK', () => {
  it('is refused under an AE title that nobody has configured, and the port goes on', async function () {
    if (!hasProgram('storescu')) return this.skip();
    const folder = await createFolder();
    const path = join(folder.path, '1.dcm');
    await writeFile(path, STUDY[0]?.bytes ?? new Uint8Array());
    let stored = 0;
    const intake = {
      opened: () => () => undefined,
      sink: () => {
        stored += 1;
        return { write: () => Promise.resolve(), end: () => Promise.resolve(0), abandon: () => Promise.resolve() };
      },
    };
    await using scp = await scpWith(0, intake, { callers: ['STORESCU'] });
    expect(await storescu(scp.port, 'ELSE', [path])).to.not.equal(0);
    expect([await storescu(scp.port, 'PACS', [path]), stored]).to.deep.equal([0, 1]);
    await folder.remove();
  });
});
