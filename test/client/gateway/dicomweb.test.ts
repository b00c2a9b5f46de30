import { createRequire } from 'node:module';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inflateSync } from 'node:zlib';
import { expect } from 'chai';
import { createPixelWorker } from '../../../client/core/pixels/work.js';
import { createCodecModules } from '../../../client/node/pixels/codec-modules.js';
import { decodeDct } from '../../../client/core/pixels/jpeg/decode-dct.js';
import { dicomWebRoutes } from '../../../client/gateway/dicomweb/routes.js';
import { openReceivedIndex, type ReceivedIndex } from '../../../client/gateway/received/received.js';
import { type GatewayHttp, startGatewayHttp, writeMessage } from '../../support/gateway-http.js';
import { CORPUS_FOLDER } from '../../support/corpus.js';
import { filesOf, tinyStudy } from '../../support/tiny-study.js';

const run = promisify(execFile);
const require = createRequire(import.meta.url);

/** What is used of it; its own types ask for a browser's. */
interface WebClient {
  searchForStudies(options?: object): Promise<Record<string, { Value?: unknown[] }>[]>;
  searchForSeries(options: object): Promise<Record<string, { Value?: unknown[] }>[]>;
  searchForInstances(options: object): Promise<Record<string, { Value?: unknown[] }>[]>;
  retrieveStudyMetadata(options: object): Promise<Record<string, { Value?: unknown[]; BulkDataURI?: string }>[]>;
  retrieveStudy(options: object): Promise<ArrayBuffer[]>;
  retrieveInstance(options: object): Promise<ArrayBuffer>;
  retrieveInstanceFrames(options: object): Promise<ArrayBuffer[]>;
  retrieveInstanceRendered(options: object): Promise<[ArrayBuffer]>;
}

/** A CT in JPEG-LS. */
const COMPRESSED =
  'cornerstone3D/packages/dicomImageLoader/testImages/CTImage.dcm_JPEGLSLosslessTransferSyntax_1.2.840.10008.1.2.4.80.dcm';

const A = tinyStudy({ study: 'a', series: 2, instances: 3 });
const B = tinyStudy({
  study: 'b',
  patientName: 'Ärmel^Jörg=愛^羽',
  patientId: 'P-18',
  studyDate: '20250101',
  accessionNumber: 'ACC*2',
});

describe('DICOMweb over received studies', () => {
  let http: GatewayHttp;
  let index: ReceivedIndex;

  before(async () => {
    http = await startGatewayHttp(async ({ keys, folder }) => {
      index = openReceivedIndex(join(folder, 'index'));
      for (const [name, study, receivedAt] of [
        ['m1', A, '2026-11-24T10:00:00Z'],
        ['m2', B, '2026-11-25T10:00:00Z'],
      ] as const) {
        await writeMessage(join(folder, name), filesOf(study));
        expect(await index.add({ name, folder: join(folder, name), receivedAt })).to.equal(true);
      }
      const work = createPixelWorker({ modules: createCodecModules(), reader: null });
      const origin = (request: { headers: { host?: string | undefined } }): string => `http://${request.headers.host}`;
      return [['/dicomweb', dicomWebRoutes({ index, keys, work, intake: null, origin })]];
    });
  });
  after(() => http.close());

  const study = (uid: string): string => `/dicomweb/studies/${uid}`;
  const instance = (one = A[0]!): string => `${study(one.study)}/series/${one.series}/instances/${one.sop}`;
  const search = async (query: string): Promise<Record<string, { Value?: unknown[] }>[]> => {
    const answer = await http.ask('GET', `/dicomweb/studies?${query}`);
    expect(answer.status, query).to.equal(200);
    return answer.json as Record<string, { Value?: unknown[] }>[];
  };
  const uids = async (query: string): Promise<unknown[]> =>
    (await search(query)).map((one) => one['0020000D']?.Value?.[0]);

  describe('with the client library from npm', () => {
    let client: WebClient;

    before(() => {
      // The library is written for browsers: it asks for this one class.
      (globalThis as { XMLHttpRequest?: unknown }).XMLHttpRequest = FetchRequest;
      const { api } = require('dicomweb-client') as { api: { DICOMwebClient: new (options: object) => WebClient } };
      client = new api.DICOMwebClient({
        url: `${http.url}/dicomweb`,
        headers: { Authorization: `Bearer ${http.token}` },
      });
    });
    after(() => {
      delete (globalThis as { XMLHttpRequest?: unknown }).XMLHttpRequest;
    });

    it('finds studies, series and instances', async () => {
      const studies = await client.searchForStudies({ queryParams: { PatientID: 'P-17' } });
      expect(studies).to.have.length(1);
      expect(studies[0]?.['00201206']?.Value).to.deep.equal([2]);
      expect(studies[0]?.['00201208']?.Value).to.deep.equal([6]);
      expect(studies[0]?.['00080061']?.Value).to.deep.equal(['CT', 'MR']);
      const studyInstanceUID = A[0]!.study;
      const series = await client.searchForSeries({ studyInstanceUID, queryParams: { Modality: 'MR' } });
      expect(series.map((one) => one['0020000E']?.Value?.[0])).to.deep.equal([A[3]!.series]);
      const instances = await client.searchForInstances({ studyInstanceUID, seriesInstanceUID: A[0]!.series });
      expect(instances.map((one) => one['00080018']?.Value?.[0])).to.deep.equal(A.slice(0, 3).map(({ sop }) => sop));
    });

    it('gets instances byte for byte, metadata, frames and pictures', async () => {
      const ids = { studyInstanceUID: A[0]!.study, seriesInstanceUID: A[0]!.series, sopInstanceUID: A[0]!.sop };
      const all = await client.retrieveStudy({ studyInstanceUID: A[0]!.study });
      expect(all.map((one) => Buffer.from(one).toString('base64'))).to.deep.equal(
        A.map(({ bytes }) => Buffer.from(bytes).toString('base64')),
      );
      expect(Buffer.from(await client.retrieveInstance(ids)).equals(A[0]!.bytes)).to.equal(true);
      const metadata = await client.retrieveStudyMetadata({ studyInstanceUID: A[0]!.study });
      expect(metadata).to.have.length(6);
      expect(metadata[0]?.['00100010']?.Value).to.deep.equal([{ Alphabetic: 'Müller^Erika' }]);
      expect(metadata[0]?.['7FE00010']?.BulkDataURI).to.match(/\/pixeldata$/);
      const [frame] = await client.retrieveInstanceFrames({ ...ids, frameNumbers: [1] });
      expect([...new Uint16Array(frame ?? new ArrayBuffer(0))]).to.deep.equal([...A[0]!.pixels]);
      const [png] = await client.retrieveInstanceRendered({ ...ids, mediaTypes: [{ mediaType: 'image/png' }] });
      const picture = Buffer.from(png);
      expect(picture.subarray(1, 4).toString()).to.equal('PNG');
    });
  });

  it('is read by curl', async () => {
    const { stdout } = await run(
      'curl',
      ['-s', '-H', `Authorization: Bearer ${http.token}`, '-H', 'Accept: application/dicom', http.url + instance()],
      { encoding: 'buffer' },
    );
    expect(stdout.equals(A[0]!.bytes)).to.equal(true);
  });

  describe('searching', () => {
    it('matches by value, wild card, range and list, names without case and accents', async () => {
      const [a, b] = [A[0]!.study, B[0]!.study];
      expect(await uids('')).to.deep.equal([b, a]);
      expect(await uids('00100020=P-18')).to.deep.equal([b]);
      expect(await uids('PatientName=MULLER*')).to.deep.equal([a]);
      expect(await uids('PatientName=m?ller^erika')).to.deep.equal([a]);
      expect(await uids(`PatientName=${encodeURIComponent('愛^羽')}`)).to.deep.equal([b]);
      expect(await uids('StudyDate=20260101-20261231')).to.deep.equal([a]);
      expect(await uids('StudyDate=-20251231')).to.deep.equal([b]);
      expect(await uids('StudyDate=20250101')).to.deep.equal([b]);
      expect(await uids(`StudyInstanceUID=${a},${b}`)).to.deep.equal([b, a]);
      expect(await uids('ModalitiesInStudy=MR')).to.deep.equal([a]);
      expect(await uids(`SeriesInstanceUID=${B[0]!.series}`)).to.deep.equal([b]);
      expect(await uids('PatientID=P-1')).to.deep.equal([]);
      // A star in a value is matched by a star, and by itself among others.
      expect(await uids('AccessionNumber=ACC*2')).to.deep.equal([b]);
    });

    it('gives a page, says how many there are and warns that there is more', async () => {
      const answer = await http.ask('GET', '/dicomweb/studies?limit=1&offset=1');
      expect((answer.json as unknown[]).length).to.equal(1);
      expect(answer.headers.get('x-total-count')).to.equal('2');
      expect(answer.headers.get('warning')).to.equal(null);
      expect((await http.ask('GET', '/dicomweb/studies?limit=1')).headers.get('warning')).to.match(/^299 /);
    });

    it('includes what is asked for, from the instance where the index has it not', async () => {
      const [usual] = await search('PatientID=P-17');
      expect(usual).to.not.have.property('00281050');
      const [more] = await search('PatientID=P-17&includefield=WindowCenter&includefield=00080008');
      expect(more?.['00281050']?.Value).to.deep.equal([240]);
      expect(more?.['00080008']?.Value).to.deep.equal(['ORIGINAL', 'PRIMARY', 'AXIAL']);
    });

    it('refuses what it cannot match rather than find too much', async () => {
      for (const query of [
        'NoSuchThing=1',
        'PixelData=1',
        'WindowCenter=240',
        'limit=-1',
        'limit=x',
        'includefield=No*',
        '00100020x=1',
      ]) {
        const answer = await http.ask('GET', `/dicomweb/studies?${query}`);
        expect([answer.status, answer.code], query).to.deep.equal([400, 'request-invalid']);
      }
      const many = Array.from({ length: 65 }, () => 'PatientID=1').join('&');
      expect((await http.ask('GET', `/dicomweb/studies?${many}`)).status).to.equal(400);
    });

    it('takes no longer for a pattern that was made to take long', async () => {
      const startedMs = performance.now();
      await search(`PatientName=${'*a'.repeat(400)}b`);
      expect(performance.now() - startedMs).to.be.lessThan(1000);
    });
  });

  describe('negotiation', () => {
    const status = async (path: string, accept: string): Promise<number> =>
      (await http.ask('GET', path, { headers: { Accept: accept } })).status;

    it('gives what it has and nothing else', async () => {
      const stored = '1.2.840.10008.1.2.1';
      for (const [accept, expected] of [
        ['*/*', 200],
        ['multipart/related; type="application/dicom"', 200],
        [`multipart/related; type="application/dicom"; transfer-syntax=${stored}`, 200],
        ['multipart/related; type="application/dicom"; transfer-syntax=*', 200],
        ['multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.4.90', 406],
        ['multipart/related; type="image/jpeg"', 406],
        ['application/dicom; transfer-syntax=1.2.840.10008.1.2.4.50', 406],
        ['text/html', 406],
        ['*/*; q=0', 406],
      ] as const) {
        expect(await status(instance(), accept), accept).to.equal(expected);
      }
      expect(await status(`${study(A[0]!.study)}/metadata`, 'application/dicom+xml')).to.equal(406);
      expect(await status('/dicomweb/studies', 'multipart/related; type="application/dicom+xml"')).to.equal(406);
      expect(await status(`${instance()}/rendered`, 'video/mp4')).to.equal(406);
      expect(await status(`${instance()}/frames/1`, 'multipart/related; type="image/jls"')).to.equal(406);
      // PS3.18 §8.3.3.1: the query's word goes before the header's.
      expect(await status(`${study(A[0]!.study)}/metadata?accept=application/dicom%2Bjson`, 'text/html')).to.equal(200);
    });

    it('needs a key that may', async () => {
      const bare = await fetch(`${http.url}/dicomweb/studies`);
      expect([bare.status, bare.headers.get('www-authenticate')]).to.deep.equal([401, 'Bearer']);
      const wrong = await http.tokenFor('messages:read');
      const refused = await fetch(`${http.url}/dicomweb/studies`, { headers: { Authorization: `Bearer ${wrong}` } });
      expect(refused.status).to.equal(403);
      const right = await http.tokenFor('images:read');
      const basic = Buffer.from(`viewer:${right}`).toString('base64');
      expect(
        (await fetch(`${http.url}/dicomweb/studies`, { headers: { Authorization: `Basic ${basic}` } })).status,
      ).to.equal(200);
    });

    it('knows nothing of what is not there, and takes no UID that is none', async () => {
      for (const path of [
        study('1.2.3'),
        `${study(A[0]!.study)}/series/1.2`,
        `${instance()}/frames/2`,
        '/dicomweb/nothing',
      ]) {
        expect((await http.ask('GET', path)).code, path).to.equal('not-found');
      }
      for (const path of [
        study('..%2f..'),
        study('1.02'),
        study('9'.repeat(65)),
        `${instance()}/frames/0x1`,
        `${instance()}/frames/1,1/rendered`,
      ]) {
        expect((await http.ask('GET', path)).code, path).to.equal('request-invalid');
      }
    });
  });

  describe('pictures', () => {
    it('show the window, smaller where that is asked for', async () => {
      const answer = await http.ask('GET', `${instance()}/rendered?window=250,2,linear&viewport=4,4`, {
        headers: { Accept: 'image/png' },
      });
      expect(answer.headers.get('content-type')).to.equal('image/png');
      expect([answer.bytes.readUInt32BE(16), answer.bytes.readUInt32BE(20)]).to.deep.equal([4, 3]);
      const full = (
        await http.ask('GET', `${instance()}/rendered?window=250,2,linear`, { headers: { Accept: 'image/png' } })
      ).bytes;
      const rows = inflateSync(full.subarray(41, full.length - 16));
      const shown = A[0]!.pixels.map((_, at) => rows[Math.floor(at / 8) * 9 + 1 + (at % 8)]!);
      expect([...shown]).to.deep.equal([...A[0]!.pixels].map((value) => (value > 250 ? 255 : 0)));
    });

    it('are JPEG when nothing is said, near the same picture', async () => {
      const answer = await http.ask('GET', `${instance()}/rendered?quality=100`, { headers: { Accept: '*/*' } });
      expect(answer.headers.get('content-type')).to.equal('image/jpeg');
      const { width, height, samples } = decodeDct(answer.bytes);
      expect([width, height]).to.deep.equal([8, 6]);
      const expected = [...A[0]!.pixels].map((value) =>
        Math.round(255 * Math.min(1, Math.max(0, (value - 239.5) / 479 + 0.5))),
      );
      expect(Math.max(...expected.map((value, at) => Math.abs(value - samples[at]!)))).to.be.lessThan(8);
    });

    it('exist of a study and a series, too, and obey or refuse every parameter', async () => {
      expect((await http.ask('GET', `${study(A[0]!.study)}/thumbnail`)).headers.get('content-type')).to.equal(
        'image/jpeg',
      );
      for (const query of ['annotation=patient', 'viewport=0,1', 'window=1,2', 'quality=0', 'viewport=10,10,1,1,2,2']) {
        expect((await http.ask('GET', `${instance()}/rendered?${query}`)).code, query).to.equal('request-invalid');
      }
    });
  });

  it('gives compressed frames as they are, and decoded where somebody needs samples', async function () {
    const path = join(CORPUS_FOLDER, COMPRESSED);
    if (!existsSync(path)) this.skip();
    const bytes = await readFile(path);
    await writeMessage(join(http.folder, 'm3'), new Map([['x.dcm', { bytes, sop: '1' }]]));
    await index.add({ name: 'm3', folder: join(http.folder, 'm3'), receivedAt: '2026-11-26T00:00:00Z' });
    const newest = index.studies()[0]!;
    const one = [...[...newest.series.values()][0]!.instances.values()][0]!;
    const base = `${study(one.studyInstanceUid)}/series/${one.seriesInstanceUid}/instances/${one.sopInstanceUid}`;
    const frame = async (accept: string): Promise<string> => {
      const answer = await http.ask('GET', `${base}/frames/1`, { headers: { Accept: accept } });
      expect(answer.status, accept).to.equal(200);
      return answer.bytes.toString('latin1');
    };
    expect(await frame('multipart/related; type="image/jls"')).to.match(
      /Content-Type: image\/jls; transfer-syntax=1.2.840.10008.1.2.4.80/,
    );
    expect(await frame('multipart/related; type=application/octet-stream; transfer-syntax=*')).to.match(
      /transfer-syntax=1.2.840.10008.1.2.4.80/,
    );
    const decoded = await frame('multipart/related; type="application/octet-stream"');
    expect(decoded).to.match(/application\/octet-stream; transfer-syntax=1.2.840.10008.1.2.1\r/);
    expect(decoded.length).to.be.greaterThan(512 * 512 * 2);
    await index.remove('m3');
    expect((await http.ask('GET', base)).code).to.equal('not-found');
  });

  it('A19: gives no instance out whole that was altered after it had been verified', async () => {
    const altered = tinyStudy({ study: 'c', instances: 1 });
    const folder = join(http.folder, 'm4');
    await writeMessage(folder, filesOf(altered));
    await index.add({ name: 'm4', folder, receivedAt: '2026-11-27T00:00:00Z' });
    const bytes = Buffer.from(altered[0]!.bytes);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(join(folder, altered[0]!.path), bytes);
    const error = await http.ask('GET', instance(altered[0])).then(
      () => null,
      (cause: unknown) => cause,
    );
    expect(error).to.not.equal(null);
    expect(http.failures.length).to.be.greaterThan(0);
    await index.remove('m4');
  });

  it('knows a message again after a restart without reading its instances', async () => {
    await writeFile(join(http.folder, 'm1', A[0]!.path), 'not read');
    const again = openReceivedIndex(join(http.folder, 'index'));
    expect(await again.add({ name: 'm1', folder: join(http.folder, 'm1'), receivedAt: 'x' })).to.equal(true);
    expect(again.study(A[0]!.study)?.series.size).to.equal(2);
    await writeFile(join(http.folder, 'm1', A[0]!.path), A[0]!.bytes);
  });

  it('does not know a message whose manifest does not say that it is complete', async () => {
    const folder = join(http.folder, 'm5');
    await writeMessage(folder, filesOf(tinyStudy({ study: 'd' })));
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as object;
    await writeFile(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, complete: false }));
    expect(await index.add({ name: 'm5', folder, receivedAt: 'x' })).to.equal(false);
  });
});

/** The part of XMLHttpRequest that the library uses, on fetch. */
class FetchRequest {
  responseType = '';
  status = 0;
  readyState = 0;
  response: unknown = null;
  responseText = '';
  onloadstart: (() => void) | null = null;
  onloadend: (() => void) | null = null;
  onprogress: ((event: object) => void) | null = null;
  onreadystatechange: (() => void) | null = null;
  #request: { method: string; url: string; headers: Record<string, string> } | null = null;
  #answer: Headers = new Headers();

  open(method: string, url: string): void {
    this.#request = { method, url, headers: {} };
  }

  setRequestHeader(name: string, value: string): void {
    if (this.#request !== null) this.#request.headers[name] = value;
  }

  getResponseHeader(name: string): string | null {
    return this.#answer.get(name);
  }

  getAllResponseHeaders(): string {
    return [...this.#answer].map(([name, value]) => `${name}: ${value}`).join('\r\n');
  }

  send(): void {
    const { url, ...init } = this.#request ?? { url: '' };
    void fetch(url, init).then(async (answer) => {
      const bytes = await answer.arrayBuffer();
      this.#answer = answer.headers;
      this.status = answer.status;
      this.readyState = 4;
      this.responseText = this.responseType === 'arraybuffer' ? '' : Buffer.from(bytes).toString();
      this.response = this.responseType === 'json' ? JSON.parse(Buffer.from(bytes).toString()) : bytes;
      this.onreadystatechange?.();
      this.onloadend?.();
    });
  }
}
