import { Agent as PlainAgent, type IncomingMessage, request as plainRequest } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificate } from '../../../client/cli/bench/ground/certificate.js';
import { familyOf, processorSeconds } from '../../../client/cli/bench/ground/usage.js';
import { type Database, openDatabase } from '../../../server/db/open.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../server/embedded-postgres/start.js';
import { createFolder } from '../../support/folder.js';
import { asker } from '../../support/http.js';
import { TestMailbox } from '../../support/mailbox.js';
import { type RelayProcess, spawnRelay } from '../../support/relay-process.js';
import { type Actor, enrolWith, expectStatus, invite, signIn } from '../../support/relay.js';

/** Two nodes of one relay on one PostgreSQL, as processes of their own: one plain, as behind a proxy, and one with TLS. */
export interface RelayGround extends AsyncDisposable {
  readonly folder: string;
  readonly postgres: EmbeddedPostgres;
  readonly db: Database;
  readonly plain: RelayProcess;
  readonly tls: RelayProcess;
  readonly tlsFiles: { readonly cert: string; readonly key: string };
  readonly actors: readonly Actor[];
}

const ORIGIN = 'https://relay.example';

export async function openGround(mailboxes: number): Promise<RelayGround> {
  const folder = await createFolder();
  const postgres = await startEmbeddedPostgres({ dataDir: folder.path });
  const db = openDatabase({ url: postgres.url, poolSize: 2 });
  const tlsFiles = await makeCertificate(folder.path);
  if (tlsFiles === null) throw new Error('openssl is not installed');
  const start = (name: string, tls: object) =>
    spawnRelay({
      ...{ dataDir: join(folder.path, name), databaseUrl: postgres.url, blobs: `disk:${join(folder.path, 'blobs')}` },
      ...{ origin: ORIGIN, web: 'off', messagesPerDay: 1_000_000, parallelUploads: 1_000, ...tls },
    });
  const plain = await start('plain', {});
  const tls = await start('tls', { tlsCert: tlsFiles.cert, tlsKey: tlsFiles.key });
  const actors: Actor[] = [];
  for (let i = 0; i < mailboxes; i++) {
    const mailbox = await TestMailbox.create(`praxis-${i}@nord.example`);
    const token = await invite(join(folder.path, 'plain'), `praxis-${i}@nord.example`, `Practice ${i}`);
    await expectStatus(201, enrolWith(asker(plain.url), token, mailbox));
    actors.push(await signIn(plain.url, ORIGIN, mailbox));
  }
  return {
    ...{ folder: folder.path, postgres, db, plain, tls, tlsFiles, actors },
    async [Symbol.asyncDispose]() {
      await Promise.all([plain.stop(), tls.stop()]);
      await db.destroy();
      await postgres.stop();
      await folder.remove();
    },
  };
}

export interface Ask {
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** Answers are read and thrown away. @throws for any but a 2xx @returns how many bytes came */
export type Client = (ask: Ask) => Promise<number>;

/** One client for whoever is measured: connections are kept, so many of them at most. */
export function createClient(url: string, connections: number, certificate?: string): Client & Disposable {
  const options = { keepAlive: true, maxSockets: connections };
  const ca = certificate === undefined ? undefined : readFileSync(certificate);
  const agent = url.startsWith('https:') ? new TlsAgent({ ...options, ca }) : new PlainAgent(options);
  const start = url.startsWith('https:') ? tlsRequest : plainRequest;
  const client: Client = ({ method, path, headers = {}, body }) =>
    new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': String(body.length) };
      const outgoing = start(new URL(path, url), { method, agent, headers: { ...headers, ...length } });
      outgoing.on('error', reject);
      outgoing.on('response', (answer: IncomingMessage) => {
        let bytes = 0;
        answer.on('data', (chunk: Buffer) => (bytes += chunk.length));
        answer.on('error', reject);
        answer.on('end', () => {
          const status = answer.statusCode ?? 0;
          if (status >= 200 && status < 300) resolve(bytes);
          else reject(new Error(`${method} ${path}: ${status}`));
        });
      });
      outgoing.end(body);
    });
  return Object.assign(client, { [Symbol.dispose]: () => agent.destroy() });
}

/** Does `work` for 0, 1, … `count` − 1, so many at a time. */
export async function inParallel(count: number, atOnce: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

/** Seconds on the clock and of the processor that a process and its children take for `work`. */
export async function timed(pid: number, work: () => Promise<void>): Promise<{ wallS: number; cpuS: number }> {
  const used = (): number => familyOf(pid).reduce((sum, one) => sum + processorSeconds(one, 'with'), 0);
  const [cpu, begun] = [used(), performance.now()];
  await work();
  return { wallS: (performance.now() - begun) / 1000, cpuS: used() - cpu };
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
