import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { startRelay } from '../../../server/main.js';
import { openAdministration } from '../../../server/administration.js';
import { parseAddress } from '../../core/ids.js';
import { replaceFile } from '../../node/durable.js';
import { childEnvironment } from '../environment.js';
import { CliError } from '../failure.js';
import { type Output } from '../output.js';
import { parsePort } from '../parse.js';
import { formatBytes } from '../progress.js';
import { prepareWitness } from './demo-witness.js';
import { ctStudy } from './phantom.js';

/**
 * `npm start`: a relay, two practices with their keystores, and a first study carried from one to the other by the same
 * commands that everybody uses, each in a process of its own. A second start keeps what is there.
 */

export interface DemoOptions {
  readonly data: string;
  readonly port?: string;
  readonly once?: boolean;
}

interface Practice {
  readonly name: string;
  readonly address: string;
  readonly folder: string;
  readonly member: string;
}

const NORD: Practice = {
  name: 'Radiologie Nord',
  address: 'befund@radiologie-nord.example',
  folder: 'radiologie-nord',
  member: 'Dr. A. Meier',
};
const SUED: Practice = {
  name: 'Hausarztpraxis Süd',
  address: 'praxis@hausarzt-sued.example',
  folder: 'hausarztpraxis-sued',
  member: 'Dr. B. Schulz',
};
const SLICES = 40;

interface Demo {
  readonly root: string;
  readonly passphrase: string;
  readonly output: Output;
}

export async function runDemo(options: DemoOptions, output: Output): Promise<void> {
  const root = resolve(options.data);
  const stop = stopSignal();
  await mkdir(root, { recursive: true, mode: 0o700 });
  const witness = await prepareWitness(root);
  const relay = await startRelay({
    port: await demoPort(root, options.port),
    host: '127.0.0.1',
    dataDir: join(root, 'relay'),
    witnesses: witness.policyFile,
    logLevel: 'error',
  });
  await replaceFile(join(root, PORT_FILE), Buffer.from(`${new URL(relay.url).port}\n`));
  try {
    await witness.start(await openLogKey(join(root, 'relay')));
    output.note(say(output, `Das Relay läuft unter ${relay.url}`, `The relay listens on ${relay.url}`));
    const demo: Demo = { root, passphrase: await demoPassphrase(root), output };
    for (const practice of [NORD, SUED]) await ensurePractice(demo, practice);
    const carried = await ensureStudy(demo);
    const json = { type: 'ready', url: relay.url, pid: process.pid, data: root, ...carried };
    output.result(json, readyText(demo, relay.url));
    if (options.once !== true) await stop;
  } finally {
    await relay.close();
    await witness.stop();
  }
}

async function openLogKey(dataDir: string): Promise<string> {
  const administration = await openAdministration({ dataDir });
  try {
    return await administration.logKey();
  } finally {
    await administration.close();
  }
}

const PORT_FILE = 'port.txt';
const USUAL_PORT = 8080;

/** The keystores know the relay by its address, so a second start takes the same port; the first one a free one. */
async function demoPort(root: string, wanted: string | undefined): Promise<number> {
  if (wanted !== undefined) return parsePort(wanted);
  const path = join(root, PORT_FILE);
  if (existsSync(path)) return parsePort((await readFile(path, 'utf8')).trim());
  return (await isFree(USUAL_PORT)) ? USUAL_PORT : 0;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((tell) => {
    const probe = createServer();
    probe.once('error', () => tell(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => tell(true)));
  });
}

function stopSignal(): Promise<void> {
  return new Promise((done) => {
    process.once('SIGTERM', () => done());
    process.once('SIGINT', () => done());
  });
}

function say(output: Output, german: string, english: string): string {
  return output.language === 'de' ? german : english;
}

/** The demo's keystores are locked like all others; their passphrase lies beside them, for this user alone. */
async function demoPassphrase(root: string): Promise<string> {
  const path = join(root, 'passphrase.txt');
  if (!existsSync(path)) await replaceFile(path, Buffer.from(`${randomBytes(18).toString('base64url')}\n`));
  return (await readFile(path, 'utf8')).trim();
}

function keystoreOf(demo: Demo, practice: Practice): string {
  return join(demo.root, practice.folder);
}

async function ensurePractice(demo: Demo, practice: Practice): Promise<void> {
  const keystore = keystoreOf(demo, practice);
  if (existsSync(join(keystore, 'keystore')) && !existsSync(join(keystore, 'enrolment.log'))) return;
  const invitationFile = join(demo.root, `${practice.folder}.invitation`);
  if (!existsSync(invitationFile)) await replaceFile(invitationFile, Buffer.from(await invite(demo, practice)));
  const invitation = (await readFile(invitationFile, 'utf8')).trim();
  const device = ['--device', 'Demo', '--member', practice.member];
  const [enrolled] = await bildbote(demo, ['enrol', invitation, '--keystore', keystore, ...device]);
  await rm(invitationFile, { force: true });
  const words = (enrolled?.['recoveryWords'] as readonly string[] | undefined) ?? [];
  await writeFile(join(demo.root, `${practice.folder}.recovery.txt`), `${words.join(' ')}\n`, { mode: 0o600 });
  const { output } = demo;
  output.note(say(output, `Praxis eingerichtet: ${practice.name}`, `Practice is ready: ${practice.name}`));
}

async function invite(demo: Demo, practice: Practice): Promise<string> {
  const administration = await openAdministration({ dataDir: join(demo.root, 'relay') });
  try {
    const address = parseAddress(practice.address);
    const made = await administration.invite({ practiceName: practice.name, address, expiresInDays: 14 });
    return `${made.invitation}\n`;
  } finally {
    await administration.close();
  }
}

/** Sends, fetches and verifies the first study, unless an earlier start has done so. */
async function ensureStudy(
  demo: Demo,
): Promise<{ readonly messageId: string; readonly instances: number; readonly complete: boolean }> {
  const done = join(demo.root, 'first-study.json');
  if (existsSync(done)) return JSON.parse(await readFile(done, 'utf8')) as Awaited<ReturnType<typeof ensureStudy>>;
  const studyFolder = join(demo.root, 'study');
  await writeStudy(studyFolder);
  const messageId = await sendStudy(demo, studyFolder);
  const out = join(demo.root, 'received');
  const [fetched] = await bildbote(demo, ['fetch', messageId, '--keystore', keystoreOf(demo, SUED), '--out', out]);
  if (fetched?.['complete'] !== true) throw new CliError('payload-incomplete');
  await bildbote(demo, ['receipts', messageId, '--keystore', keystoreOf(demo, NORD)]);
  const carried = { messageId, instances: Number(fetched['instances']), complete: true };
  await replaceFile(done, Buffer.from(`${JSON.stringify(carried)}\n`));
  const size = formatBytes(Number(fetched['bytes']), demo.output.language);
  const { output } = demo;
  output.note(
    say(
      output,
      `Gesendet, geholt und geprüft: ${carried.instances} Instanzen, ${size}, Byte für Byte gleich`,
      `Sent, fetched and verified: ${carried.instances} instances, ${size}, byte for byte`,
    ),
  );
  return carried;
}

async function sendStudy(demo: Demo, folder: string): Promise<string> {
  const text = 'CT Schädel nativ: kein Hinweis auf frische Blutung. (Erzeugte Bilder, keine Patientendaten.)';
  const letter = ['--subject', 'CT Schädel, Probe', '--text', text];
  const keystore = ['--keystore', keystoreOf(demo, NORD)];
  const [sent] = await bildbote(demo, ['send', ...keystore, '--to', SUED.address, ...letter, folder]);
  return String(sent?.['messageId']);
}

async function writeStudy(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length >= SLICES) return;
  for (const { name, bytes } of ctStudy({ slices: SLICES, patientName: 'Muster^Erika' })) {
    const path = join(folder, name);
    await mkdir(resolve(path, '..'), { recursive: true });
    await writeFile(path, bytes);
  }
}

/** Runs a command as its own process; the passphrase goes through the environment, never through the arguments. */
async function bildbote(demo: Demo, args: readonly string[]): Promise<Readonly<Record<string, unknown>>[]> {
  const script = process.argv[1] ?? '';
  const child = spawn(process.execPath, [script, ...args, '--json'], {
    env: childEnvironment(demo.passphrase),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => void (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => void (errors += chunk.toString()));
  const code = await new Promise<number | null>((done) => child.once('close', done));
  if (code !== 0) throw failureOf(errors, args[0] ?? '');
  const lines = out.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line['type'] !== 'progress');
}

/** The child's own error, told again. */
function failureOf(errors: string, command: string): CliError {
  const line = errors.split('\n').find((text) => text.startsWith('{"type":"error"'));
  const code: unknown = line === undefined ? null : (JSON.parse(line) as { readonly code?: unknown }).code;
  return new CliError(typeof code === 'string' ? code : 'internal-error', command);
}

function readyText(demo: Demo, url: string): string {
  const { root, output } = demo;
  const sued = keystoreOf(demo, SUED);
  const nord = keystoreOf(demo, NORD);
  const lines = [
    '',
    say(output, `Bildbote läuft: ${url}   (beenden mit Strg-C)`, `Bildbote is running: ${url}   (end it with Ctrl-C)`),
    '',
    say(output, 'Probieren Sie in einem zweiten Terminal:', 'Try in a second terminal:'),
    '',
    `  export BILDBOTE_PASSPHRASE="$(cat ${join(root, 'passphrase.txt')})"`,
    `  npx bildbote inbox --keystore ${sued}`,
    `  npx bildbote send --keystore ${nord} --to ${SUED.address} --subject Test ${join(root, 'study')}`,
    `  npx bildbote fetch --all --keystore ${sued} --out ${join(root, 'received')}`,
    `  npx bildbote directory search praxis --keystore ${nord}`,
    `  npx bildbote directory verify ${SUED.address} --keystore ${nord}`,
    '',
  ];
  return lines.join('\n');
}
