import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { makeCertificate, writeText } from '../certificate.js';
import { firstMissing, freePort, startServer } from '../programs.js';
import { type Ground, type OpenWay, type Way } from '../way.js';

/**
 * Two Orthanc servers, one as the peer of the other over TLS. Orthanc can read everything. Files go in and out through its REST interface;
 * this process does that, and its processor time is not counted, which favours Orthanc.
 */
export const ORTHANC_WAY: Way = {
  name: 'orthanc',
  title: 'Orthanc → Orthanc, peers over TLS, readable there',
  isSealed: false,
  missing: () => firstMissing(['Orthanc', 'openssl']),
  open: openOrthanc,
};

const AT_ONCE = 4;
const storedSchema = z.object({ ParentStudy: z.string() });
const idsSchema = z.array(z.string());

async function openOrthanc({ folder, line }: Ground): Promise<OpenWay> {
  const tls = await makeCertificate(folder);
  if (tls === null) throw new TypeError('openssl has been looked for');
  const pem = await writeText(join(folder, 'both.pem'), `${await text(tls.cert)}${await text(tls.key)}`);
  const [portA, portB] = [await freePort(), await freePort()];
  const near = await line(portB);
  const peer = { Url: `https://localhost:${near}/`, Username: '', Password: '' };
  const a = await start(folder, 'a', portA, { OrthancPeers: { b: peer }, HttpsCACertificates: tls.authority });
  const b = await start(folder, 'b', portB, { SslEnabled: true, SslCertificate: pem });
  // The recipient's own reading from its own server is over loopback without TLS: a third door is not to be had, so it is through TLS as well.
  const [urlA, urlB] = [`http://127.0.0.1:${portA}`, `https://localhost:${portB}`];
  return {
    servers: [a.pid, b.pid],
    async go({ study, out }) {
      const studies = new Set<string>();
      await inParallel(await readdir(study), async (name) => {
        const body = await readFile(join(study, name));
        const answer = await fetch(`${urlA}/instances`, { method: 'POST', body });
        studies.add(storedSchema.parse(await answer.json()).ParentStudy);
      });
      const stored = await fetch(`${urlA}/peers/b/store`, { method: 'POST', body: JSON.stringify([...studies]) });
      if (!stored.ok) throw new TypeError('Orthanc did not store');
      await mkdir(out, { recursive: true });
      const instances = idsSchema.parse(await (await fetch(`${urlB}/instances`)).json());
      await inParallel(instances, async (id) => {
        const answer = await fetch(`${urlB}/instances/${id}/file`);
        await writeFile(join(out, `${id}.dcm`), Buffer.from(await answer.arrayBuffer()));
      });
      for (const url of [urlA, urlB]) {
        for (const id of studies) await fetch(`${url}/studies/${id}`, { method: 'DELETE' });
      }
      return { wireBytes: null, firstAtMs: null };
    },
    async [Symbol.asyncDispose]() {
      await a[Symbol.asyncDispose]();
      await b[Symbol.asyncDispose]();
    },
  };
}

async function start(folder: string, name: string, port: number, more: Readonly<Record<string, unknown>>) {
  const storage = join(folder, name);
  await mkdir(storage);
  const config = {
    ...{ Name: name, StorageDirectory: storage, IndexDirectory: storage, HttpPort: port, DicomServerEnabled: false },
    ...{ RemoteAccessAllowed: false, AuthenticationEnabled: false, OverwriteInstances: true, KeepAlive: true },
    ...{ HttpThreadsCount: 8, Plugins: [] },
    ...more,
  };
  return startServer('Orthanc', [await writeText(join(folder, `${name}.json`), JSON.stringify(config))], port);
}

function text(path: string): Promise<string> {
  return readFile(path, 'utf8');
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
