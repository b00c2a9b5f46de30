import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openS3Blobs } from '../../server/blobs/s3.js';

/**
 * `npm run campaign:s3`: the suite of the S3 store against a real one, a Ceph object gateway with everything in memory. Its
 * programs are those of the Debian packages radosgw, ceph-mon and ceph-osd: installed, or unpacked below BILDBOTE_CAMPAIGN_CEPH.
 */

const ROOT = process.env['BILDBOTE_CAMPAIGN_CEPH'] ?? '/';
const repository = resolve(import.meta.dirname, '../..');
const libraries = [...['usr/lib', 'lib'].map((lib) => join(ROOT, lib, 'x86_64-linux-gnu'))];
const env: NodeJS.ProcessEnv = {
  ...process.env,
  LD_LIBRARY_PATH: [...libraries, join(ROOT, 'usr/lib/x86_64-linux-gnu/ceph')].join(':'),
  PYTHONPATH: join(ROOT, 'usr/lib/python3/dist-packages'),
};
const program = (name: string): string => join(ROOT, 'usr/bin', name);
const READY_MS = 90_000;

for (const name of ['ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'ceph', 'monmaptool']) {
  if (existsSync(program(name))) continue;
  process.stderr.write(`needs ${name}: apt-get install radosgw ceph-mon ceph-osd\n`);
  process.exit(2);
}

const folder = await mkdtemp(join(tmpdir(), 'bildbote-ceph-'));
const conf = join(folder, 'ceph.conf');
const children: ChildProcess[] = [];

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

const run = (name: string, ...args: readonly string[]): string =>
  execFileSync(program(name), [...args], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: READY_MS,
  });
const ceph = (...args: readonly string[]): string => run('ceph', '-c', conf, '--connect-timeout', '30', ...args);

function start(name: string, ...args: readonly string[]): void {
  const child = spawn(program(name), ['-f', '-c', conf, ...args], { env, stdio: 'ignore' });
  children.push(child);
}

async function startCeph(port: number): Promise<void> {
  const [monitor, fsid] = [await freePort(), randomUUID()];
  const lib = join(ROOT, 'usr/lib/x86_64-linux-gnu');
  await writeFile(
    conf,
    `[global]
fsid = ${fsid}
mon host = v2:127.0.0.1:${monitor}
mon initial members = a
public addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
mon max pg per osd = 1000
osd objectstore = memstore
memstore device bytes = 1073741824
osd class dir = ${join(lib, 'rados-classes')}
erasure code dir = ${join(lib, 'ceph/erasure-code')}
plugin dir = ${join(lib, 'ceph')}
run dir = ${folder}
admin socket =
log file = ${join(folder, '$name.log')}
mon data = ${join(folder, 'mon')}
osd data = ${join(folder, 'osd')}
pid file =
keyring = /dev/null
ms mon client mode = crc
`,
  );
  for (const name of ['mon', 'osd']) await mkdir(join(folder, name));
  const map = join(folder, 'monmap');
  run('monmaptool', '--create', '--fsid', fsid, '--addv', 'a', `[v2:127.0.0.1:${monitor}]`, map);
  run('ceph-mon', '-c', conf, '--mkfs', '-i', 'a', '--monmap', map);
  start('ceph-mon', '-i', 'a');
  const uuid = randomUUID();
  ceph('osd', 'new', uuid);
  run('ceph-osd', '-c', conf, '-i', '0', '--mkfs', '--osd-uuid', uuid);
  start('ceph-osd', '-i', '0');
  start('radosgw', '-n', 'client.rgw', '--rgw-frontends', `beast endpoint=127.0.0.1:${port}`);
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + READY_MS;
  while (!(await isSo().catch(() => false))) {
    if (Date.now() > end) throw new Error(`${what} did not come up`);
    await new Promise((wake) => setTimeout(wake, 500));
  }
}

async function main(): Promise<number> {
  const port = await freePort();
  await startCeph(port);
  const endpoint = `http://127.0.0.1:${port}`;
  await until('the object gateway', async () => (await fetch(endpoint)).status < 500);
  const [accessKeyId, secretAccessKey] = [randomBytes(8).toString('hex'), randomBytes(24).toString('hex')];
  const keys = ['--access-key', accessKeyId, '--secret-key', secretAccessKey];
  run(
    'radosgw-admin',
    '-c',
    conf,
    '-n',
    'client.rgw',
    'user',
    'create',
    '--uid=relay',
    '--display-name=relay',
    ...keys,
  );
  const bucket = 'sealed';
  await makeBucket({ endpoint, bucket, accessKeyId, secretAccessKey });
  const tests = ['--no-config', '--import=tsx', '--timeout', '60000', 'test/server/blobs-s3.test.ts'];
  const suite = spawn(process.execPath, [join(repository, 'node_modules/mocha/bin/mocha.js'), ...tests], {
    cwd: repository,
    env: { ...process.env, BILDBOTE_TEST_S3: [endpoint, bucket, accessKeyId, secretAccessKey].join(' ') },
    stdio: 'inherit',
  });
  const [code] = (await once(suite, 'exit')) as [number | null];
  return code ?? 1;
}

interface NewBucket {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Buckets are the operator's to make, never the relay's. */
async function makeBucket({ endpoint, bucket, ...credentials }: NewBucket): Promise<void> {
  const { CreateBucketCommand, S3Client } = await import('@aws-sdk/client-s3');
  const client = new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  await using store = openS3Blobs({ endpoint, bucket, credentials, prefix: '', region: 'us-east-1' });
  await store.check();
}

try {
  process.exitCode = await main();
} finally {
  for (const child of children.reverse()) {
    if (child.exitCode !== null) continue;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(late);
  }
  await rm(folder, { recursive: true, force: true });
}
