import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './gateways.js';

/** Other people's PACS as peers: DCMTK's dcmqrscp and Orthanc, each in a folder of its own. */
export interface PacsProgram {
  readonly port: number;
  readonly folder: string;
  /** Of Orthanc's REST interface. */
  readonly httpPort: number;
  close(): Promise<void>;
}

export interface PacsPeer {
  readonly aeTitle: string;
  readonly port: number;
}

const PATIENCE_MS = 60_000;

/** @param gateway where it sends what somebody has asked for by C-MOVE */
export async function startDcmqrscp(folder: string, gateway: PacsPeer, port?: number): Promise<PacsProgram> {
  const own = port ?? (await freePort());
  await mkdir(join(folder, 'store'), { recursive: true });
  const config = [
    `NetworkTCPPort = ${own}`,
    'MaxPDUSize = 131072',
    'MaxAssociations = 16',
    'HostTable BEGIN',
    `gateway = (${gateway.aeTitle}, 127.0.0.1, ${gateway.port})`,
    'HostTable END',
    'VendorTable BEGIN',
    'VendorTable END',
    'AETable BEGIN',
    `PACS ${join(folder, 'store')} RW (500, 1024mb) ANY`,
    'AETable END',
  ];
  await writeFile(join(folder, 'dcmqrscp.cfg'), `${config.join('\n')}\n`);
  const child = spawn('dcmqrscp', ['-c', join(folder, 'dcmqrscp.cfg')], {
    env: { ...process.env, TCP_NODELAY: '1' },
    stdio: 'ignore',
  });
  return program(child, own, folder, 0);
}

export async function startOrthanc(
  folder: string,
  gateway: PacsPeer,
  ports?: { readonly dicom: number; readonly http: number },
): Promise<PacsProgram> {
  const { dicom, http } = ports ?? { dicom: await freePort(), http: await freePort() };
  await mkdir(join(folder, 'store'), { recursive: true });
  const config = {
    ...{ Name: 'peer', StorageDirectory: join(folder, 'store'), IndexDirectory: join(folder, 'store') },
    ...{ DicomAet: 'PACS', DicomPort: dicom, HttpPort: http, RemoteAccessAllowed: false, AuthenticationEnabled: false },
    ...{ DicomServerEnabled: true, Plugins: [], StorageCompression: false, OverwriteInstances: true },
    DicomModalities: {
      gateway: { AET: gateway.aeTitle, Host: '127.0.0.1', Port: gateway.port, AllowStorageCommitment: true },
    },
  };
  await writeFile(join(folder, 'orthanc.json'), JSON.stringify(config));
  const child = spawn('Orthanc', [join(folder, 'orthanc.json')], { stdio: 'ignore' });
  return program(child, dicom, folder, http);
}

async function program(child: ChildProcess, port: number, folder: string, httpPort: number): Promise<PacsProgram> {
  const closed = once(child, 'close');
  await listening(port, child);
  if (httpPort !== 0) await listening(httpPort, child);
  return {
    ...{ port, folder, httpPort },
    async close() {
      child.kill();
      await closed;
    },
  };
}

/** Settles when the program takes connections. */
export async function listening(port: number, child: ChildProcess): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  while (Date.now() < until && child.exitCode === null) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isThere) return;
    await sleep(50);
  }
  throw new Error('the program does not listen');
}

/** Sends files by DCMTK's storescu. @returns its exit code */
export async function storescu(port: number, calledAe: string, paths: readonly string[], more: readonly string[] = []) {
  const args = [...more, '-aet', 'STORESCU', '-aec', calledAe, '127.0.0.1', String(port), ...paths];
  const child = spawn('storescu', args, { env: { ...process.env, TCP_NODELAY: '1' }, stdio: 'ignore' });
  const [code] = (await once(child, 'close')) as [number];
  return code;
}
