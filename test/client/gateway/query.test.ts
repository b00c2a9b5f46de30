import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { compareWith } from '../../../client/gateway/import/candidates.js';
import { type IncomingPatient } from '../../../client/gateway/import/records.js';
import { COMMAND } from '../../../client/gateway/dimse/command.js';
import { type Key, encodeIdentifier, parseIdentifier } from '../../../client/gateway/dimse/identifier.js';
import { openAssociation } from '../../../client/gateway/dimse/requestor.js';
import { createFetchAddition } from '../../../client/gateway/query/additions.js';
import { type Fetches, openFetches } from '../../../client/gateway/query/fetches.js';
import { findPatients, findStudies } from '../../../client/gateway/query/levels.js';
import { remoteOf } from '../../../client/gateway/query/remote.js';
import { firstText } from '../../../client/gateway/received/data-set.js';
import { type TestFolder, createFolder } from '../../support/folder.js';
import { scpWith } from '../../support/gateways.js';
import { type Said, type ScriptedPacs, scriptedPacs } from '../../support/scripted-pacs.js';
import { tinyStudy } from '../../support/tiny-study.js';

const codeOf = (action: Promise<unknown>): Promise<unknown> =>
  action.then(
    () => 'none',
    (error: { code?: unknown }) => error.code,
  );
const PENDING = 0xff00;
const row = (keys: readonly Key[]): Said => ({ command: { field: COMMAND.findRsp, status: PENDING }, keys });
const over = (status = 0): Said => ({ command: { field: COMMAND.findRsp, status } });
const text = (tag: number, vr: string, value: string): Key => ({ tag, vr, value });
const patient = (id: string, name: string, birthDate: string): Said =>
  row([text(0x00100010, 'PN', name), text(0x00100020, 'LO', id), text(0x00100030, 'DA', birthDate)]);

describe('identifiers', () => {
  it('are read as they were written, whatever letters are in them', async () => {
    const value = fc
      .string({ unit: 'grapheme', maxLength: 20 })
      .map((one) => one.replaceAll(/[\\^=\p{C}]/gu, '').trim());
    await fc.assert(
      fc.asyncProperty(value, value, async (name, id) => {
        const items = [[text(0x00080060, 'CS', 'CT')]];
        const keys = [
          text(0x00100020, 'LO', id),
          text(0x00100010, 'PN', name),
          { tag: 0x00400100, vr: 'SQ', value: items },
        ];
        const read = await parseIdentifier(encodeIdentifier(keys), '1.2.840.10008.1.2');
        expect([firstText(read, '00100010'), firstText(read, '00100020')]).to.deep.equal([name, id]);
        expect(read['00400100']?.Value).to.have.length(1);
      }),
      { numRuns: 30 },
    );
  });

  it('are refused with a code when they are none', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        expect(['none', 'command']).to.include(await codeOf(parseIdentifier(bytes, '1.2.840.10008.1.2')));
      }),
      { numRuns: 50 },
    );
  });
});

describe('the search in a PACS', () => {
  const found = async (answer: Parameters<typeof scriptedPacs>[0], limit = 10) => {
    await using pacs = await scriptedPacs(answer);
    const rows = await findStudies(remoteOf(pacs.config), { patientName: 'Mül*', studyDate: '2026-' }, limit);
    return { rows, asked: pacs.asked };
  };

  it('asks for studies, with what is to match, in a character set that has the letters', async () => {
    const study = row([
      text(0x0020000d, 'UI', '1.2.3'),
      text(0x00100010, 'PN', 'Müller^Erika'),
      text(0x00201208, 'IS', '7'),
    ]);
    const { rows, asked } = await found(() => [study, row([text(0x0020000d, 'UI', '')]), over()]);
    expect(
      rows.rows.map(({ studyInstanceUid, patientName, instances }) => [studyInstanceUid, patientName, instances]),
    ).to.deep.equal([['1.2.3', 'Müller^Erika', 7]]);
    const [{ identifier } = { identifier: {} }] = asked;
    expect(['00080052', '00100010', '00080020', '00080005'].map((tag) => firstText(identifier, tag))).to.deep.equal([
      ...['STUDY', 'Mül*', '2026-', 'ISO_IR 192'],
    ]);
  });

  it('stops at its limit and says that there is more, also where the PACS never ends', async () => {
    async function* endless(): AsyncGenerator<Said> {
      for (let i = 1; ; i++) {
        // The one who reads lives in the same process.
        await setImmediate();
        yield row([text(0x0020000d, 'UI', `1.2.${i}`)]);
      }
    }
    const { rows } = await found(endless, 3);
    expect([rows.rows.length, rows.isCut]).to.deep.equal([3, true]);
  });

  it('says what went wrong when the PACS refuses, hangs up, answers to something else or is not there', async () => {
    expect(await codeOf(found(() => [over(0xa900)]))).to.equal('pacs-refused');
    expect(await codeOf(found(() => ['hang up']))).to.equal('association-broken');
    expect(await codeOf(found(() => [{ command: { field: COMMAND.moveRsp, status: 0 } }]))).to.equal(
      'association-broken',
    );
    expect(await codeOf(found(() => [{ command: { field: COMMAND.findRsp, status: 0, respondedTo: 9 } }]))).to.equal(
      'association-broken',
    );
    await using none = await scriptedPacs(
      () => [],
      () => false,
    );
    expect(await codeOf(findStudies(remoteOf(none.config), { patientId: '1' }, 1))).to.equal('pacs-rejected');
    await none[Symbol.asyncDispose]();
    expect(await codeOf(findStudies(remoteOf(none.config), { patientId: '1' }, 1))).to.equal('pacs-unreachable');
  });

  it('names each patient once', async () => {
    await using pacs = await scriptedPacs(() => [
      patient('1', 'A^B', '19600101'),
      patient('1', 'A^B', '19600101'),
      patient('2', 'A^B', ''),
      over(),
    ]);
    const { rows } = await findPatients(remoteOf(pacs.config), { patientName: 'A*' }, 10);
    expect(rows.map(({ patientId }) => patientId)).to.deep.equal(['1', '2']);
  });
});

describe('the patients of a PACS that a study may be about', () => {
  const incoming: IncomingPatient = {
    ...{ patientId: 'F-1', name: 'Müller^Erika', birthDate: '19600203', sex: 'F', accessionNumber: '', isMixed: false },
  };
  const compared = async (patients: readonly Said[], change: Partial<IncomingPatient> = {}) => {
    await using pacs = await scriptedPacs(() => [...patients, over()]);
    return await compareWith({ ...incoming, ...change }, [], { ...pacs.config, issuer: 'PRAXIS' }, 5);
  };
  const erika = patient('4711', 'MUELLER^ERIKA', '19600203');

  it('are exact when one fits exactly, with the practice as issuer of his number', async () => {
    const { verdict, candidates } = await compared([erika, patient('1', 'Meier^Hans', '19600203')]);
    expect([verdict, candidates.length]).to.deep.equal(['exact', 1]);
    expect(candidates[0]?.patient).to.deep.include({ patientId: '4711', issuer: 'PRAXIS', source: 'pacs' });
  });

  it('are for a person when two fit exactly, when the study names two, and when the list was cut', async () => {
    expect((await compared([erika, patient('4712', 'Müller^Erika', '19600203')])).verdict).to.equal('probable');
    expect((await compared([erika], { isMixed: true })).verdict).to.equal('probable');
    const many = Array.from({ length: 5 }, (_, i) => patient(`9${i}`, 'Meier^Hans', '19600203'));
    expect((await compared([erika, ...many])).verdict).to.equal('probable');
  });

  it('are none when nobody fits, and not even a broken row is one', async () => {
    expect(await compared([patient('1', 'Meier^Hans', '19700101')])).to.deep.equal({ verdict: 'none', candidates: [] });
    // Without a number, and with one that holds two.
    expect((await compared([patient('', 'Müller^Erika', '19600203')])).verdict).to.equal('none');
    expect((await compared([], { name: '', birthDate: '' })).verdict).to.equal('none');
  });
});

describe('fetching from a PACS', () => {
  let folder: TestFolder;
  let count = 0;
  before(async () => void (folder = await createFolder()));
  after(() => folder.remove());

  const study = tinyStudy({ study: 'fetched', instances: 3 });
  const UID = study[0]?.study ?? '';
  const moved = (status: number, completed: number, failed = 0): Said => {
    return {
      command: { field: COMMAND.moveRsp, status, suboperations: { remaining: 0, completed, failed, warning: 0 } },
    };
  };

  /** A PACS that sends instances to the gateway's port when it is asked to, and says so as `ends` has it. */
  async function scene(ends: (sent: number) => Said, naming: 'named' | 'unnamed' = 'named', send = 3) {
    const path = join(folder.path, String((count += 1)));
    const fetches = await openFetches({ folder: path, destination: 'BILDBOTE', ownTitle: null, maxInstanceBytes: 1e6 });
    const strays: string[] = [];
    const intake = {
      opened: () => () => undefined,
      sink: (_titles: unknown, { sopInstanceUid }: { sopInstanceUid: string }) => {
        strays.push(sopInstanceUid);
        return { write: () => Promise.resolve(), end: () => Promise.resolve(0), abandon: () => Promise.resolve() };
      },
    };
    const scp = await scpWith(0, intake, { diversion: fetches, titles: ['BILDBOTE'], callers: ['PACS'] });
    const pacs: ScriptedPacs = await scriptedPacs(async function* ({ command }) {
      if (command.field === COMMAND.findRq) return yield* findAnswer();
      const originator =
        naming === 'named' ? { moveOriginator: { aeTitle: 'BILDBOTE', messageId: command.messageId } } : {};
      const sent = await sendTo(scp.port, study.slice(0, send), originator);
      yield moved(PENDING, sent);
      yield ends(sent);
    });
    return { path, fetches, pacs, scp, strays };
  }
  const findAnswer = (): Said[] => {
    const prior = (uid: string, id: string, date: string, modality: string): Said =>
      row([
        ...[text(0x00080020, 'DA', date), text(0x00080061, 'CS', modality), text(0x00100010, 'PN', 'Müller^Erika')],
        ...[text(0x00100020, 'LO', id), text(0x00100030, 'DA', '19600203'), text(0x0020000d, 'UI', uid)],
      ]);
    return [
      ...[prior('1.2.1', 'P-17', '20200101', 'CT'), prior(UID, 'P-17', '20251231', 'CT')],
      ...[prior('1.2.2', 'P-17', '20250101', 'MR'), prior('1.2.3', 'P-18', '20250101', 'CT')],
      over(),
    ];
  };

  async function sendTo(
    port: number,
    instances: typeof study,
    more: { readonly moveOriginator?: { readonly aeTitle: string; readonly messageId: number } },
  ): Promise<number> {
    const sopClassUid = '1.2.840.10008.5.1.4.1.1.2';
    const remote = { host: '127.0.0.1', port, calledAe: 'BILDBOTE', callingAe: 'PACS', tls: null, timeoutMs: 5000 };
    const association = await openAssociation(remote, [
      { id: 1, abstractSyntax: sopClassUid, transferSyntaxes: ['1.2.840.10008.1.2.1'] },
    ]);
    let stored = 0;
    for (const [at, { bytes, sop }] of instances.entries()) {
      const dataSet = async function* () {
        yield await Promise.resolve(bytes.subarray(144 + Buffer.from(bytes).readUInt32LE(140)));
      };
      const command = {
        field: COMMAND.storeRq,
        messageId: at + 1,
        priority: 0,
        hasDataSet: true,
        sopClassUid,
        sopInstanceUid: sop,
      };
      const { command: answer } = await association.request(1, { ...command, ...more }, dataSet());
      if (answer.status === 0) stored += 1;
    }
    await association.release();
    return stored;
  }

  const all = { studyInstanceUid: UID, seriesInstanceUids: null };
  const close = async ({ fetches, pacs, scp }: Awaited<ReturnType<typeof scene>>): Promise<void> => {
    await fetches[Symbol.asyncDispose]();
    await pacs[Symbol.asyncDispose]();
    await scp[Symbol.asyncDispose]();
  };

  it('brings what the PACS sends because of it, and nothing of that goes to the rules', async () => {
    const one = await scene((sent) => moved(0, sent));
    const collection = await one.fetches.fetch(one.pacs.config, all);
    expect([collection.files.length, one.strays]).to.deep.equal([3, []]);
    const [{ command, identifier } = one.pacs.asked[0]!] = one.pacs.asked;
    expect(command.field).to.equal(COMMAND.moveRq);
    expect([firstText(identifier, '00080052'), firstText(identifier, '0020000D')]).to.deep.equal(['STUDY', UID]);
    await collection.remove();
    expect(await readdir(join(one.path, 'fetched'))).to.deep.equal([]);
    // What the PACS sends by itself, when nothing is fetched, is a study like any other.
    expect(await sendTo(one.scp.port, study.slice(0, 1), {})).to.equal(1);
    expect(one.strays).to.have.length(1);
    await close(one);
  });

  it('takes nothing from a PACS that does not say whose order it obeys, and lets nothing of it go to the rules', async () => {
    const one = await scene((sent) => moved(sent === 0 ? 0xa702 : 0, sent), 'unnamed');
    expect(await codeOf(one.fetches.fetch(one.pacs.config, all))).to.equal('pacs-refused');
    expect(one.strays).to.deep.equal([]);
    await close(one);
  });

  it('is no success when something is missing, whoever says so', async () => {
    const cases: readonly [(sent: number) => Said, string, number?][] = [
      [(sent) => moved(0xb000, sent, 1), 'fetch-incomplete'],
      [() => moved(0, 4), 'fetch-incomplete'],
      [() => moved(0, 0), 'study-unknown', 0],
      [() => moved(0xa801, 0), 'move-destination-unknown', 0],
      [() => moved(0xc000, 0), 'pacs-refused', 0],
    ];
    for (const [ends, code, send] of cases) {
      const one = await scene(ends, 'named', send ?? 3);
      expect(await codeOf(one.fetches.fetch(one.pacs.config, all))).to.equal(code);
      expect(await readdir(join(one.path, 'fetched'))).to.deep.equal([]);
      await close(one);
    }
  });

  it('finds priors by number, name, birth date, modality and age, never the study itself', async () => {
    const one = await scene((sent) => moved(0, sent));
    const orders: string[] = [];
    const fetches: Pick<Fetches, 'fetch'> = {
      fetch: (_pacs, { studyInstanceUid }) => {
        orders.push(studyInstanceUid);
        return Promise.resolve({ files: [], remove: () => Promise.resolve() } as never);
      },
    };
    const add = createFetchAddition({
      pacs: [one.pacs.config],
      fetches: fetches as Fetches,
      now: () => Date.UTC(2026, 0, 1),
    });
    const collection = await one.fetches.fetch(one.pacs.config, all);
    const priors = {
      kind: 'priors',
      pacs: 'archiv',
      most: 3,
      modalities: null,
      withinMs: null,
      patienceMs: 0,
    } as const;
    const { signal } = new AbortController();
    await add(priors, collection.files, signal);
    await add({ ...priors, modalities: ['MR', 'CT'] }, collection.files, signal);
    await add({ ...priors, modalities: ['MR', 'CT'], most: 1 }, collection.files, signal);
    await add({ ...priors, withinMs: 2 * 365 * 86_400_000 }, collection.files, signal);
    expect(orders).to.deep.equal(['1.2.1', '1.2.2', '1.2.1', '1.2.2']);
    expect(await codeOf(add({ ...priors, pacs: 'other' }, [], signal))).to.equal('pacs-unknown');
    await close(one);
  });
});
