import { spawnSync } from 'node:child_process';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openDiskBlobs } from '../../../server/blobs/disk.js';
import type { BlobStore } from '../../../server/blobs/store.js';
import { openS3Blobs } from '../../../server/blobs/s3.js';
import { type Database, openDatabase } from '../../../server/db/open.js';
import type { RelayOptions } from '../../../server/main.js';
import type { DatabaseKind } from '../../support/database.js';
import { type S3Server, startS3Server } from '../../support/s3-server.js';
import { FAIR, type Line, startLine } from './line.js';
import { type Node, startNode } from './processes.js';

export type StoreKind = 'disk' | 's3';

/** Several relays on one database and one blob store, each of which can fail. */
export interface Site {
  readonly url: string;
  readonly nodes: number;
  readonly line: Line;
  readonly db: Database;
  /** Its end can be cut off without the relays being told. */
  readonly databaseLine: Line;
  readonly s3: S3Server | null;
  /** Null where this user may not make a file system that fills up. */
  readonly disk: FullDisk | null;
  readonly dataDir: string;
  /** Everything the relays wrote. */
  log(): string;
  killNode(i: number): Promise<void>;
  stopNode(i: number): Promise<void>;
  /** Of the relays' bytes, once nobody writes any more. */
  openStore(): Promise<BlobStore>;
  healDatabase(): void;
  close(): Promise<void>;
}

export interface FullDisk {
  fill(): Promise<void>;
  empty(): Promise<void>;
}

const DISK_MEGABYTES = 400;

export async function openSite(folder: string, kind: DatabaseKind, store: StoreKind, count: number): Promise<Site> {
  const database = await kind.create();
  const [line, databaseLine] = [await startLine(), await startLine()];
  databaseLine.use([database.url]);
  const throughLine = new URL(database.url);
  throughLine.port = new URL(databaseLine.url).port;
  const s3 = store === 's3' ? await startS3Server() : null;
  const blobs = join(folder, 'blobs');
  await mkdir(blobs);
  const isMounted = s3 === null && mount(blobs);
  let log = '';
  const options = (i: number): RelayOptions => ({
    ...{ dataDir: join(folder, `node-${i}`), databaseUrl: throughLine.href, origin: line.url },
    ...placeOf(s3, blobs),
  });
  const nodes: (Node | null)[] = [];
  const urls = (): string[] => nodes.flatMap((node) => (node === null ? [] : [node.url]));
  const start = async (i: number): Promise<void> => {
    // While the database is away a relay does not start: whoever runs it starts it again.
    for (;;) {
      try {
        nodes[i] = await startNode(options(i), (text) => void (log += text));
        return void line.use(urls());
      } catch {
        await new Promise((again) => setTimeout(again, 200));
      }
    }
  };
  for (let i = 0; i < count; i++) await start(i);
  const again = async (i: number, how: 'kill' | 'stop'): Promise<void> => {
    const node = nodes[i];
    if (node === undefined || node === null) return;
    nodes[i] = null;
    if (how === 'stop') line.use(urls());
    await node[how]();
    line.use(urls());
    await start(i);
  };
  const db = openDatabase({ url: database.url, poolSize: 1 });
  return {
    ...{ url: line.url, nodes: count, line, db, databaseLine, s3, dataDir: join(folder, 'node-0') },
    disk: isMounted ? fullDisk(blobs) : null,
    log: () => log,
    killNode: (i) => again(i, 'kill'),
    stopNode: (i) => again(i, 'stop'),
    openStore: () => openStore(s3, blobs),
    healDatabase: () => databaseLine.use([database.url]),
    close: async () => {
      line.weather(FAIR);
      for (const node of nodes) await node?.kill();
      await Promise.all([line.close(), databaseLine.close(), db.destroy()]);
      await s3?.close();
      if (isMounted) spawnSync('umount', [blobs]);
      await database.drop();
    },
  };
}

function placeOf(s3: S3Server | null, blobs: string): RelayOptions {
  if (s3 === null) return { blobs: `disk:${blobs}` };
  const { accessKeyId: s3AccessKeyId, secretAccessKey: s3SecretAccessKey } = s3.credentials;
  return { blobs: `s3://${s3.bucket}/x/`, s3Endpoint: s3.endpoint, s3AccessKeyId, s3SecretAccessKey };
}

async function openStore(s3: S3Server | null, blobs: string): Promise<BlobStore> {
  if (s3 === null) return openDiskBlobs(blobs);
  const { endpoint, credentials, bucket } = s3;
  return openS3Blobs({ bucket, prefix: 'x/', endpoint, region: 'us-east-1', credentials });
}

/** A file system of its own in memory, where this user may make one. */
function mount(folder: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MEGABYTES}m,mode=700`, 'tmpfs', folder]).status === 0;
}

function fullDisk(folder: string): FullDisk {
  const ballast = join(folder, '..', 'blobs', 'ballast');
  return {
    async fill() {
      const handle = await open(ballast, 'w');
      const megabyte = new Uint8Array(1024 * 1024);
      try {
        for (let i = 0; i < DISK_MEGABYTES + 1; i++) await handle.write(megabyte);
      } catch {
        // Full, which was wanted.
      } finally {
        await handle.close();
      }
    },
    empty: () => rm(ballast, { force: true }),
  };
}
