import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { CliError } from '../../failure.js';
import { writeText } from '../ground/certificate.js';
import { firstMissing, freePort, startServer } from '../ground/programs.js';
import { type Ground, type OpenWay, type Way } from '../ground/way.js';

/**
 * Two Orthanc servers, one as the peer of the other. Orthanc can read everything. Without TLS, because with it Debian's version lets others
 * than this machine in or nobody; TLS takes it about 1.4 times as long. Files go in and out through its REST interface;
 * this process does that, and its processor time is not counted, which favours Orthanc.
 */
export const ORTHANC_WAY: Way = {
  name: 'orthanc',
  title: 'Orthanc → Orthanc, peers over plain HTTP, readable there',
  isSealed: false,
  keepsBytes: false,
  missing: () => firstMissing(['Orthanc']),
  open: openOrthanc,
};

const AT_ONCE = 4;
const storedSchema = z.object({ ParentStudy: z.string() });
const idsSchema = z.array(z.string());

async function openOrthanc({ folder, line }: Ground): Promise<OpenWay> {
  const [portA, portB] = [await freePort(), await freePort()];
  const peer = { Url: `http://127.0.0.1:${await line(portB)}/`, Username: '', Password: '' };
  const a = await start(folder, 'a', portA, { OrthancPeers: { b: peer } });
  const b = await start(folder, 'b', portB, {});
  const ask = createAsk();
  const [urlA, urlB] = [`http://127.0.0.1:${portA}`, `http://127.0.0.1:${portB}`];
  return {
    servers: [a.pid, b.pid],
    async go({ study, out }) {
      const studies = new Set<string>();
      const entries = await readdir(study, { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
      await inParallel(files, async (file) => {
        const answer = await ask(urlA, '/instances', 'POST', await readFile(file));
        studies.add(storedSchema.parse(JSON.parse(answer.toString())).ParentStudy);
      });
      await ask(urlA, '/peers/b/store', 'POST', JSON.stringify([...studies]));
      await mkdir(out, { recursive: true });
      const instances = idsSchema.parse(JSON.parse((await ask(urlB, '/instances', 'GET')).toString()));
      await inParallel(instances, async (id) => {
        await writeFile(join(out, `${id}.dcm`), await ask(urlB, `/instances/${id}/file`, 'GET'));
      });
      for (const url of [urlA, urlB]) {
        for (const id of studies) await ask(url, `/studies/${id}`, 'DELETE');
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

type Ask = (url: string, path: string, method: string, body?: Buffer | string) => Promise<Buffer>;

function createAsk(): Ask {
  const agent = new Agent({ keepAlive: true });
  return async (url, path, method, body) => {
    const asked = request(`${url}${path}`, { method, agent });
    asked.end(body);
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    if (answer.statusCode !== 200) throw new CliError('bench-failed', `Orthanc: ${answer.statusCode} for ${path}`);
    return Buffer.concat(chunks);
  };
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
