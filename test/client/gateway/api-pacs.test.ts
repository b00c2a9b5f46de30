import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Router as ExpressRouter, Router } from 'express';
import type { Desk } from '../../../client/core/desk.js';
import { connectEvents } from '../../../client/gateway/api/event-sources.js';
import { importEndpoints } from '../../../client/gateway/api/imports.js';
import { pacsEndpoints } from '../../../client/gateway/api/pacs.js';
import { sendEndpoints } from '../../../client/gateway/api/send.js';
import type { ApiDeps } from '../../../client/gateway/api/deps.js';
import { COMMAND } from '../../../client/gateway/dimse/command.js';
import { createApp } from '../../../client/gateway/http/app.js';
import { mount } from '../../../client/gateway/http/endpoint.js';
import { hostNames } from '../../../client/gateway/http/guard.js';
import { openKeys } from '../../../client/gateway/http/keys.js';
import { type Listening, listen } from '../../../client/gateway/http/listen.js';
import { type Imports, openImports } from '../../../client/gateway/import/imports.js';
import { type Incoming } from '../../../client/gateway/incoming/incoming.js';
import { type Outgoing } from '../../../client/gateway/outgoing/outgoing.js';
import { type EventLog, openEventLog } from '../../../client/gateway/webhooks/event-log.js';
import { type JobRequest } from '../../../client/gateway/outgoing/job.js';
import { openLocalPatients } from '../../../client/gateway/patients/local-patients.js';
import { createDraft } from '../../../client/gateway/spool/draft.js';
import { type TestFolder, createFolder } from '../../support/folder.js';
import { type Ask, gatewayAsker } from '../../support/http.js';
import { type Said, type ScriptedPacs, scriptedPacs } from '../../support/scripted-pacs.js';
import { tinyStudy } from '../../support/tiny-study.js';

const MESSAGE = '0123456789abcdef0123456789abcdef';
const [ONE] = tinyStudy({ study: 'api-pacs', instances: 1 });
const UID = ONE?.study ?? '';

/** The routes alone, on a real port, with a PACS that answers what is written here. */
describe("the gateway's interface to the PACS", () => {
  let folder: TestFolder;
  let pacs: ScriptedPacs;
  let listening: Listening;
  let ask: Ask;
  let reader: Ask;
  let imports: Imports;
  let events: EventLog;
  const accepted: JobRequest[] = [];

  const answer = (): Said[] => [
    {
      command: { field: COMMAND.findRsp, status: 0xff00 },
      keys: [
        ...[
          { tag: 0x0020000d, vr: 'UI', value: '1.2.3' },
          { tag: 0x00100020, vr: 'LO', value: '4711' },
        ],
        ...[
          { tag: 0x0020000e, vr: 'UI', value: '1.2.3.1' },
          { tag: 0x00080060, vr: 'CS', value: 'CT' },
        ],
      ],
    },
    { command: { field: COMMAND.findRsp, status: 0 } },
  ];

  before(async () => {
    folder = await createFolder();
    pacs = await scriptedPacs(({ command }) =>
      command.field === COMMAND.echoRq ? [{ command: { field: COMMAND.echoRsp, status: 0 } }] : answer(),
    );
    events = await openEventLog(join(folder.path, 'events'));
    const patients = await openLocalPatients(folder.path);
    const compare = () => Promise.resolve({ verdict: 'probable' as const, candidates: [] });
    imports = await openImports({
      folder: folder.path,
      patients,
      modifiedBy: 'a@b.example',
      now: () => Date.now(),
      compare,
    });
    const away = { ...pacs.config, name: 'away', port: 1 };
    await mkdir(join(folder.path, 'drafts'));
    const outgoing = {
      repeated: () => Promise.resolve(null),
      draft: () => createDraft(join(folder.path, 'drafts')),
      accept: (_draft: unknown, request: JobRequest) => {
        accepted.push(request);
        const job = {
          id: 'a'.repeat(32),
          seq: 1,
          acceptedMs: 0,
          state: { kind: 'accepted' },
          attempts: 0,
          messageId: null,
          counts: null,
        };
        return Promise.resolve({ kind: 'accepted', job: { ...job, skipped: [] } });
      },
      events: { subscribe: () => ({ [Symbol.dispose]: () => undefined }) },
    };
    const deps = {
      ...{ pacs: [pacs.config, away], patients, imports, outgoing, uploads: join(folder.path, 'uploads'), rules: [] },
      expiresMs: 30 * 86_400_000,
    } as unknown as ApiDeps;
    const keys = openKeys(join(folder.path, 'keys'));
    const router: ExpressRouter = Router();
    mount(router, [...pacsEndpoints(deps), ...importEndpoints(deps), ...sendEndpoints(deps)], keys);
    const log = { done: () => undefined, failed: () => undefined };
    listening = await listen('127.0.0.1', 0, null, (port) => {
      const names = hostNames('127.0.0.1', port, 'http', []);
      const guard = { hosts: () => names, scheme: 'http' as const, origins: new Set<string>() };
      return createApp({ guard, log, routers: [['/', router]] });
    });
    const url = `http://127.0.0.1:${listening.port}`;
    ask = gatewayAsker(url, (await keys.add('PVS', ['pacs', 'imports', 'messages:send'])).token);
    reader = gatewayAsker(url, (await keys.add('Reader', ['messages:read'])).token);
  });
  after(async () => {
    await listening[Symbol.asyncDispose]();
    await pacs[Symbol.asyncDispose]();
    await events[Symbol.asyncDispose]();
    await folder.remove();
  });

  it('searches patients, studies and series, and tries the connection', async () => {
    const studies = await ask('GET', '/pacs/archiv/studies?patientId=4711&modality=CT');
    expect(studies.json).to.deep.include({ more: false });
    expect((studies.json as { studies: unknown[] }).studies[0]).to.deep.include({
      studyInstanceUid: '1.2.3',
      patientId: '4711',
    });
    const patients = (await ask('GET', '/pacs/archiv/patients?patientName=M*')).json;
    expect(Object.keys((patients as { patients: object[] }).patients[0] ?? {}).sort()).to.deep.equal([
      ...['birthDate', 'issuer', 'patientId', 'patientName', 'sex'],
    ]);
    const series = (await ask('GET', '/pacs/archiv/studies/1.2.3/series')).json;
    expect(series).to.deep.include({ more: false });
    expect((await ask('POST', '/pacs/archiv/echo')).status).to.equal(204);
    expect((await ask('GET', '/pacs')).json).to.deep.equal({
      pacs: ['archiv', 'away'].map((name) => ({ pacs: name, aeTitle: 'PACS', store: 'match' })),
    });
  });

  it('refuses what is too wide, unknown, away, or not for this key', async () => {
    const statusOf = async (path: string, by = ask): Promise<[number, string | null]> => {
      const { status, code } = await by('GET', path);
      return [status, code];
    };
    expect(await statusOf('/pacs/archiv/studies')).to.deep.equal([400, 'request-invalid']);
    expect(await statusOf('/pacs/archiv/studies?patientName=**&limit=5')).to.deep.equal([400, 'request-invalid']);
    expect(await statusOf('/pacs/archiv/studies?unknown=1')).to.deep.equal([400, 'request-invalid']);
    expect(await statusOf('/pacs/other/studies?patientId=1')).to.deep.equal([404, 'not-found']);
    expect(await statusOf('/pacs/away/studies?patientId=1')).to.deep.equal([502, 'pacs-failed']);
    for (const path of ['/pacs', '/imports', '/local-patients', '/pacs/archiv/patients?patientId=1']) {
      expect(await statusOf(path, reader)).to.deep.equal([403, 'scope-missing']);
    }
  });

  it('promises to send a study that it has to fetch, and not one of a PACS that it does not know', async () => {
    const json = { to: ['praxis@sued.example'], studies: [{ studyInstanceUid: '1.2.3', pacs: 'archiv' }] };
    expect((await ask('POST', '/messages', { json })).status).to.equal(202);
    const fetched = { kind: 'study', pacs: 'archiv', studyInstanceUid: '1.2.3', seriesInstanceUids: null };
    expect(accepted.map(({ additions }) => additions)).to.deep.equal([[fetched]]);
    const other = { ...json, studies: [{ studyInstanceUid: '1.2.3', pacs: 'other' }] };
    expect((await ask('POST', '/messages', { json: other })).code).to.equal('not-found');
  });

  /** As the gateway connects them, with nothing in the mailbox. */
  const sources = (): Promise<AsyncDisposable> => {
    const silent = { subscribe: () => ({ [Symbol.dispose]: () => undefined }) };
    const nothing = { list: () => [], events: silent } as unknown as Incoming & Outgoing;
    const desk = { account: { state: { cursor: 0, receipts: new Map() } } } as unknown as Desk;
    const onComplete = (): Promise<void> => Promise.resolve();
    return connectEvents({ desk, incoming: nothing, outgoing: nothing, events, imports, onComplete });
  };

  it('shows what waits for a person, and takes one decision, with a name', async () => {
    const absolute = join(folder.path, '1.dcm');
    await writeFile(absolute, ONE?.bytes ?? new Uint8Array());
    const file = { path: '1.dcm', absolute, bytes: 1, sha256: '', sopInstanceUid: ONE?.sop ?? '' };
    await imports.treatments({ name: MESSAGE, from: 'befund@nord.example' }, pacs.config, [file]);
    const waiting = async (): Promise<Record<string, unknown>[]> =>
      ((await ask('GET', '/imports?state=waiting')).json as { imports: Record<string, unknown>[] }).imports;
    await (await sources())[Symbol.asyncDispose]();
    // Told once, also when the gateway is started again.
    await (await sources())[Symbol.asyncDispose]();
    expect(events.after(0, 10).map(({ type, data }) => [type, data])).to.deep.equal([
      ['import.waiting', { message: MESSAGE }],
    ]);
    const [one] = await waiting();
    expect(one).to.deep.include({ message: MESSAGE, studyInstanceUid: UID, verdict: 'probable', decision: null });
    const path = `/messages/${MESSAGE}/imports/${UID}`;
    const decide = async (json: unknown): Promise<number> => (await ask('POST', path, { json })).status;
    const patient = { patientId: '4711', name: 'Müller^Erika', birthDate: '19600203', sex: 'F' };
    expect(await decide({ decision: 'assign-other', patient })).to.equal(400);
    expect(
      await decide({ decision: 'assign-other', person: 'A. Meier', patient: { ...patient, patientId: 'a\\b' } }),
    ).to.equal(400);
    expect(await decide({ decision: 'assign', person: 'A. Meier', patientId: '9999' })).to.equal(404);
    expect(await decide({ decision: 'assign-other', person: 'A. Meier', patient })).to.equal(204);
    expect(await decide({ decision: 'refuse', person: 'A. Meier' })).to.equal(404);
    expect(await waiting()).to.deep.equal([]);
    const [record] = imports.of(MESSAGE);
    expect(record?.decision).to.deep.include({ kind: 'assign', by: 'A. Meier' });
  });

  it('knows the patients that practice software names, until they are forgotten', async () => {
    const json = {
      patientId: '4711',
      issuer: 'PRAXIS',
      name: 'Müller^Erika',
      birthDate: '19600203',
      sex: 'F',
      keepMinutes: 5,
    };
    expect((await ask('PUT', '/local-patients', { json })).status).to.equal(204);
    const list = async (): Promise<unknown[]> =>
      ((await ask('GET', '/local-patients')).json as { patients: unknown[] }).patients;
    expect(await list()).to.deep.equal([
      {
        patientId: '4711',
        issuer: 'PRAXIS',
        name: 'Müller^Erika',
        birthDate: '19600203',
        sex: 'F',
        accessionNumber: '',
        source: 'pvs',
      },
    ]);
    for (const wrong of [
      { ...json, patientId: ' ' },
      { ...json, birthDate: '1960' },
      { ...json, sex: 'x' },
      { ...json, more: 1 },
    ]) {
      expect((await ask('PUT', '/local-patients', { json: wrong })).status).to.equal(400);
    }
    expect((await ask('DELETE', '/local-patients?patientId=4711&issuer=PRAXIS')).status).to.equal(204);
    expect(await list()).to.deep.equal([]);
  });
});
