import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';
import { join } from 'node:path';
import { expect } from 'chai';
import { Router } from 'express';
import type * as Deidentify from '../../../client/gateway/api/deidentify.js';
import type { ApiDeps } from '../../../client/gateway/api/deps.js';
import type * as App from '../../../client/gateway/http/app.js';
import type * as Endpoints from '../../../client/gateway/http/endpoint.js';
import { hostNames } from '../../../client/gateway/http/guard.js';
import { type KeyFolder, openKeys } from '../../../client/gateway/http/keys.js';
import { type Listening, listen } from '../../../client/gateway/http/listen.js';
import { type GatewayClient, type GatewayProblem, createGatewayClient } from '../../../client/gateway/sdk/client.js';
import { memorySource } from '../../../client/core/deidentification/open-instance.js';
import { readZipDirectory } from '../../../client/core/archive/zip-directory.js';
import { scanSource } from '../../../client/core/dicom/scan.js';
import { type TestFolder, createFolder } from '../../support/folder.js';
import { built } from '../../support/gateway-office.js';
import { gatewayAsker } from '../../support/http.js';
import { tinyStudy } from '../../support/tiny-study.js';

const NAME = 'Mustermann^Erika';

/** The route alone, as it is compiled: many files are de-identified in threads, which read no TypeScript. */
describe('de-identified copies over the interface', () => {
  let folder: TestFolder;
  let keys: KeyFolder;
  let listening: Listening;
  let url: string;
  let client: GatewayClient;
  const study = tinyStudy({ study: 'copies', instances: 3, patientName: NAME, description: 'Thorax' });

  before(async () => {
    folder = await createFolder();
    keys = openKeys(join(folder.path, 'keys'));
    const { deidentifyEndpoints } = await built<typeof Deidentify>('api/deidentify.js');
    const { mount } = await built<typeof Endpoints>('http/endpoint.js');
    const { createApp } = await built<typeof App>('http/app.js');
    const instances = new Map<string, { readonly path: string }>();
    for (const { sop, bytes } of study) {
      instances.set(sop, { path: join(folder.path, `${sop}.dcm`) });
      await writeFile(join(folder.path, `${sop}.dcm`), bytes);
    }
    const series = new Map([['s', { seriesInstanceUid: study[0]?.series, instances }]]);
    await mkdir(join(folder.path, 'uploads'));
    const deps = {
      uploads: join(folder.path, 'uploads'),
      index: { study: (uid: string) => (uid === study[0]?.study ? { series } : null) },
      desk: {
        account: { content: { identitySeed: new Uint8Array(32).fill(7), device: { sigSeed: new Uint8Array(32) } } },
        clock: { now: () => Date.UTC(2026, 10, 25) },
      },
    } as unknown as ApiDeps;
    const router = Router();
    mount(router, deidentifyEndpoints(deps), keys);
    const log = { done: () => undefined, failed: (entry: unknown) => expect.fail(JSON.stringify(entry)) };
    listening = await listen('127.0.0.1', 0, null, (port) => {
      const names = hostNames('127.0.0.1', port, 'http', []);
      const guard = { hosts: () => names, scheme: 'http' as const, origins: new Set<string>() };
      return createApp({ guard, log, routers: [['/api/v1', router]] });
    });
    url = `http://127.0.0.1:${listening.port}`;
    client = await clientOf('deidentify', 'images:read');
  });
  after(async () => {
    await listening[Symbol.asyncDispose]();
    await folder.remove();
  });

  const tokenOf = async (...scopes: Parameters<KeyFolder['add']>[1]): Promise<string> =>
    (await keys.add('PVS', scopes)).token;
  const clientOf = async (...scopes: Parameters<KeyFolder['add']>[1]): Promise<GatewayClient> =>
    createGatewayClient({ url, key: await tokenOf(...scopes) });
  const codeOf = (answer: Promise<unknown>): Promise<string> =>
    answer.then(
      () => 'answered',
      ({ code }: GatewayProblem) => code,
    );
  const scanned = async (bytes: Uint8Array) => {
    const scan = await scanSource(memorySource(bytes));
    return scan.kind === 'instance' ? scan : expect.fail(scan.kind);
  };
  /** Nothing of a request stays; the folder goes right behind the answer. */
  afterEach(async () => {
    const left = () => readdir(join(folder.path, 'uploads'));
    for (let tries = 0; tries < 1000 && (await left()).length > 0; tries++) await new Promise(setImmediate);
    expect(await left()).to.deep.equal([]);
  });

  it('are of the instances that were handed in, without whose they are, and with a report of each', async () => {
    const { files, copies, refused, report } = await client.deidentify(
      { profile: 'basic' },
      study.map(({ bytes }) => bytes),
    );
    expect(files).to.deep.equal([1, 2, 3].map((input) => ({ input, name: `instances/00000${input}.dcm` })));
    expect(refused).to.deep.equal([]);
    for (const [at, { name }] of files.entries()) {
      const copy = copies.get(name) ?? expect.fail(name);
      const scan = await scanned(copy);
      expect(copy.includes('Mustermann') || copy.includes(study[at]?.sop ?? '')).to.equal(false);
      expect(scan.patient.name).to.not.equal(NAME);
    }
    expect(report).to.deep.include({ files: 3, secret: 'keystore', refused: {} });
    const listed = report['instances'] as readonly { readonly output: string; readonly bytes: number }[];
    expect(listed.map(({ bytes }) => bytes)).to.deep.equal([...copies.values()].map(({ length }) => length));
    expect(JSON.stringify(report)).to.not.include('Mustermann');
  });

  it('of a received study are the same as of its files, with the same pseudonyms for a purpose, and others for another', async () => {
    const [one] = study;
    const named = { profile: 'basic', studies: [{ studyInstanceUid: one?.study ?? '' }] };
    const of = async (purpose: string) => [...(await client.deidentify({ ...named, purpose })).copies.values()];
    const first = await of('study-17');
    expect(first).to.have.length(3);
    expect(await of('study-17')).to.deep.equal(first);
    const uidOf = async (bytes: Uint8Array | undefined) => (await scanned(bytes ?? expect.fail())).studyInstanceUid;
    expect(await uidOf((await of('study-18'))[0])).to.not.equal(await uidOf(first[0]));
    const handedIn = await client.deidentify({ profile: 'basic', purpose: 'study-17' }, [one?.bytes ?? expect.fail()]);
    expect([...handedIn.copies.values()]).to.deep.equal(first.slice(0, 1));
  });

  it('come as a zip when nobody asks for anything else, many of them as well', async () => {
    const many = tinyStudy({ study: 'many', instances: 10, patientName: NAME, description: 'Thorax' });
    const form = new FormData();
    form.set('order', '{"profile":"basic"}');
    for (const { bytes } of many) form.append('instance', new Blob([Uint8Array.from(bytes)]));
    const headers = { Authorization: `Bearer ${await tokenOf('deidentify')}` };
    const answer = await fetch(`${url}/api/v1/deidentify`, { method: 'POST', headers, body: form });
    expect([answer.status, answer.headers.get('Content-Type')]).to.deep.equal([200, 'application/zip']);
    const zip = Buffer.from(await answer.arrayBuffer());
    const { entries } = await readZipDirectory(memorySource(zip));
    expect(entries.map(({ claimedName }) => claimedName)).to.deep.equal([
      'deidentification.json',
      ...many.map((_, at) => `instances/${String(at + 1).padStart(6, '0')}.dcm`),
    ]);
    // The local header of the first entry, and its deflated bytes behind.
    const start = 30 + zip.readUInt16LE(26) + zip.readUInt16LE(28);
    const about = JSON.parse(inflateRawSync(zip.subarray(start)).toString()) as { readonly files: readonly unknown[] };
    expect(about.files).to.have.length(10);
    expect(zip.includes('Mustermann')).to.equal(false);
  });

  it('are all or none, unless the others are asked for: what cannot be de-identified is named by its place', async () => {
    const good = study[0]?.bytes ?? expect.fail();
    const files = [good, Buffer.from('no instance'), good.subarray(0, good.length - 10)];
    const headers = { Authorization: `Bearer ${await tokenOf('deidentify')}` };
    const form = new FormData();
    form.set('order', '{"profile":"basic"}');
    for (const one of files) form.append('instance', new Blob([Uint8Array.from(one)]), `${NAME}.dcm`);
    const answer = await fetch(`${url}/api/v1/deidentify`, { method: 'POST', headers, body: form });
    const problem = (await answer.json()) as { readonly code: string; readonly fields: readonly string[] };
    expect([answer.status, problem.code]).to.deep.equal([422, 'content-refused']);
    expect(problem.fields.map((one) => one.split(':')[0])).to.deep.equal(['instance 2', 'instance 3']);
    const some = await client.deidentify({ profile: 'basic', refused: 'leave-out' }, files);
    expect(some.files.map(({ input }) => input)).to.deep.equal([1]);
    expect(some.refused.map(({ input }) => input)).to.deep.equal([2, 3]);
    expect(some.copies.size).to.equal(1);
  });

  it('are not made where a picture shows a face, until somebody has looked', async () => {
    const photograph = Buffer.from(study[0]?.bytes ?? expect.fail());
    const modality = Buffer.from('\x08\0\x60\0CS\x02\0', 'latin1');
    photograph.write('XC', photograph.indexOf(modality) + modality.length, 'latin1');
    const files = [photograph];
    const held = await client.deidentify({ profile: 'basic', refused: 'leave-out' }, files);
    expect(held.refused).to.deep.equal([{ input: 1, reason: 'risk' }]);
    expect(held.copies.size).to.equal(0);
    expect((await client.deidentify({ profile: 'basic', confirmRisk: true }, files)).copies.size).to.equal(1);
  });

  it('are refused to other keys, other profiles, and requests for nothing', async () => {
    const files = [study[0]?.bytes ?? expect.fail()];
    const named = { profile: 'basic', studies: [{ studyInstanceUid: study[0]?.study ?? '' }] };
    const reader = await clientOf('images:read', 'messages:send');
    expect(await codeOf(reader.deidentify({ profile: 'basic' }, files))).to.equal('scope-missing');
    const stranger = createGatewayClient({ url, key: 'bbk_0123456789ab_none' });
    expect(await codeOf(stranger.deidentify({ profile: 'basic' }, files))).to.equal('key-required');
    // Without leave to read images a study cannot be read this way either.
    const limited = await clientOf('deidentify');
    expect(await codeOf(limited.deidentify(named))).to.equal('scope-missing');
    expect(await codeOf(limited.deidentify({ profile: 'basic' }, files))).to.equal('answered');
    // The profile that changes nothing, one that is a file of the gateway's machine, and an option that is none.
    for (const profile of ['treatment', '/etc/passwd', '../basic', ''])
      expect(await codeOf(client.deidentify({ profile }, files)), profile).to.equal('request-invalid');
    expect(await codeOf(client.deidentify({ profile: 'basic', options: ['none'] }, files))).to.equal('content-refused');
    expect(await codeOf(client.deidentify({ profile: 'basic' }))).to.equal('request-invalid');
    const unknown = { profile: 'basic', studies: [{ studyInstanceUid: '1.2.3' }] };
    expect(await codeOf(client.deidentify(unknown))).to.equal('not-found');
  });

  it('are read in documented forms only', async () => {
    const ask = gatewayAsker(url, await tokenOf('deidentify', 'images:read'));
    const post = async (body: Buffer | null, type: string, accept = '*/*'): Promise<string | null> => {
      const headers = { ...(body === null ? {} : { 'Content-Type': type }), Accept: accept };
      const { code, status } = await ask('POST', '/api/v1/deidentify', { ...(body === null ? {} : { body }), headers });
      return code ?? String(status);
    };
    const json = Buffer.from(JSON.stringify({ profile: 'basic', studies: [{ studyInstanceUid: study[0]?.study }] }));
    expect(await post(json, 'application/json')).to.equal('200');
    expect(await post(json, 'application/json', 'text/html')).to.equal('not-acceptable');
    expect(await post(json, 'application/dicom')).to.equal('media-type-unsupported');
    expect(await post(null, '')).to.equal('request-invalid');
    const formOf = (...parts: readonly (readonly [name: string, body: string])[]): Buffer =>
      Buffer.from(
        `${parts.map(([name, body]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${body}\r\n`).join('')}--b--\r\n`,
      );
    const type = 'multipart/form-data; boundary=b';
    const order = ['order', '{"profile":"basic"}'] as const;
    expect(await post(formOf(['instance', 'x']), type)).to.equal('request-invalid');
    expect(await post(formOf(order, order), type)).to.equal('request-invalid');
    expect(await post(formOf(order, ['report', 'x']), type)).to.equal('request-invalid');
    expect(await post(formOf(['order', `{"profile":"basic","x":"${'y'.repeat(70_000)}"}`]), type)).to.equal(
      'too-large',
    );
    expect(await post(formOf(order).subarray(0, 60), type)).to.equal('request-invalid');
  });
});
