import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type Balancer, startBalancer } from '../support/balancer.js';
import { PASSPHRASE, ok, start } from '../support/cli.js';
import { freePort } from '../support/gateways.js';

/** The processes of a radiology's session: each can be killed and comes back, and the line between them can be cut. */

export interface Actor {
  readonly name: string;
  /** kill -9, or nothing while it is down. */
  kill(): Promise<void>;
  up(): Promise<void>;
}

export const SENDER = 'befund@radiologie-nord.example';
export const RECIPIENT = 'praxis@hausarzt-ost.example';

export interface Session {
  readonly actors: readonly Actor[];
  readonly line: { cut(): void; mend(): void };
  readonly dicomPort: number;
  /** Asks a gateway's interface; null while it is down. */
  ask(which: 'A' | 'B', path: string): Promise<unknown>;
  /** Instances in the PACS of B: SHA-256-able bytes by place; a name for every C-STORE that was taken. */
  storedFiles(): Promise<readonly Buffer[]>;
  end(): Promise<void>;
}

function actor(name: string, launch: () => Promise<ChildProcess>): Actor {
  let child: ChildProcess | null = null;
  return {
    name,
    async up() {
      child ??= await launch();
      const mine = child;
      mine.once('exit', () => void (child === mine && (child = null)));
    },
    async kill() {
      if (child === null) return;
      const mine = child;
      child = null;
      const gone = once(mine, 'close');
      mine.kill('SIGKILL');
      await gone;
    },
  };
}

/** A command of the command line that says where it listens. */
const command =
  (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  async (): Promise<ChildProcess> => {
    const running = start(args, { env });
    running.done.catch(() => undefined);
    await running.until(({ type }) => type === 'listening');
    return running.child;
  };

async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function startSession(root: string, peer: 'dcmtk' | 'orthanc'): Promise<Session> {
  const [relayPort, dicomPort, pacsPort, webPort] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const httpPorts = { A: await freePort(), B: await freePort() };
  const line = await startBalancer();
  const mend = (): void => line.use([`http://127.0.0.1:${relayPort}`]);
  mend();
  const data = join(root, 'relay');
  const relay = actor(
    'relay',
    command(['relay', '--port', String(relayPort), '--host', '127.0.0.1', '--data', data], {
      BILDBOTE_ORIGIN: line.url,
      BILDBOTE_RATE_LIMIT: 'off',
    }),
  );
  await relay.up();
  await enrol(root, data, 'A', SENDER);
  await enrol(root, data, 'B', RECIPIENT);
  const pacsFolder = join(root, 'pacs');
  await mkdir(pacsFolder);
  const pacs = actor('pacs', () =>
    peer === 'dcmtk' ? storescp(pacsFolder, pacsPort) : orthanc(root, pacsPort, webPort),
  );
  await pacs.up();
  const keys = {
    A: await configure(root, 'A', httpPorts.A, dicomYaml(dicomPort)),
    B: await configure(root, 'B', httpPorts.B, pacsYaml(pacsPort)),
  };
  const gateways = (['A', 'B'] as const).map((name) =>
    actor(`gateway ${name}`, command(['gateway', '--config', join(root, name, 'gateway.yaml')])),
  );
  for (const one of gateways) await one.up();
  return {
    actors: [relay, pacs, ...gateways],
    line: { cut: () => line.cut(), mend },
    dicomPort,
    ask: (which, path) => ask(httpPorts[which], keys[which], path),
    storedFiles: () => (peer === 'dcmtk' ? filesIn(pacsFolder) : filesOf(webPort)),
    end: () => endAll([...gateways, pacs, relay], line),
  };
}

async function endAll(actors: readonly Actor[], line: Balancer): Promise<void> {
  for (const one of actors) await one.kill();
  await line.close();
}

async function enrol(root: string, data: string, name: string, mailbox: string): Promise<void> {
  const invite = await ok(['practice', 'invite', '--data', data, '--name', `Practice ${name}`, '--mailbox', mailbox]);
  const invitation = String(invite.lines[0]?.['invitation']);
  const keystore = join(root, name, 'keystore');
  await ok(['enrol', invitation, '--keystore', keystore, '--device', 'Gateway', '--member', 'Gateway']);
}

async function configure(root: string, name: string, port: number, yaml: string): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder, { recursive: true });
  const config = join(folder, 'gateway.yaml');
  await writeFile(join(folder, 'passphrase'), `${PASSPHRASE}\n`, { mode: 0o600 });
  const own = `data: ${join(folder, 'data')}\nkeystore: ${join(folder, 'keystore')}\npassphraseFile: ${join(folder, 'passphrase')}\n`;
  await writeFile(config, `${own}log: warn\nhttp: { port: ${port} }\n${yaml}`);
  const { lines } = await ok(['gateway', 'key', 'add', 'campaign', '--config', config, '--scope', 'all']);
  return String(lines[0]?.['token']);
}

const dicomYaml = (port: number): string => `
dicom: { port: ${port}, peers: [{ aeTitle: STORESCU, from: [127.0.0.1] }], quiet: 3s }
sending: { coding: fast }
rules: [{ name: all, to: [${RECIPIENT}], subject: CT }]
`;

const pacsYaml = (port: number): string => `
receiving: { poll: 2s }
pacs: [{ name: archiv, host: 127.0.0.1, port: ${port}, aeTitle: PACS, store: all, timeout: 20s }]
`;

/** Every instance that it takes is a file of its own, also one that comes twice. */
async function storescp(folder: string, port: number): Promise<ChildProcess> {
  const args = ['+B', '-aet', 'PACS', '-od', folder, '-fe', '.dcm', '+uf', String(port)];
  const child = spawn('storescp', args, { stdio: 'ignore' });
  await listening(port);
  return child;
}

async function orthanc(root: string, port: number, webPort: number): Promise<ChildProcess> {
  const folder = join(root, 'orthanc');
  await mkdir(folder, { recursive: true });
  const config = join(folder, 'orthanc.json');
  await writeFile(
    config,
    JSON.stringify({
      ...{ Name: 'PACS', StorageDirectory: folder, IndexDirectory: folder, Plugins: [], HttpPort: webPort },
      ...{ RemoteAccessAllowed: false, AuthenticationEnabled: false, DicomAet: 'PACS', DicomPort: port },
      ...{ DicomCheckCalledAet: true, DicomAlwaysAllowStore: true, StorageCompression: false },
    }),
  );
  const child = spawn('Orthanc', [config], { stdio: 'ignore' });
  await listening(port);
  await listening(webPort);
  return child;
}

async function ask(port: number, key: string, path: string): Promise<unknown> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
      headers: { Authorization: `Bearer ${key}` },
    });
    return answer.ok ? ((await answer.json()) as unknown) : null;
  } catch {
    return null;
  }
}

async function filesIn(folder: string): Promise<Buffer[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.dcm'));
  return Promise.all(names.map((name) => readFile(join(folder, name))));
}

async function filesOf(webPort: number): Promise<Buffer[]> {
  const get = async (path: string) => fetch(`http://127.0.0.1:${webPort}${path}`);
  try {
    const files: Buffer[] = [];
    for (const id of (await (await get('/instances')).json()) as string[]) {
      files.push(Buffer.from(await (await get(`/instances/${id}/file`)).arrayBuffer()));
    }
    return files;
  } catch {
    return [];
  }
}
