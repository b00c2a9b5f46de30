import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { receiptsOf } from '../../client/core/receive/receipts.js';
import { sentLetters } from '../../client/core/receive/inbox.js';
import { type Gateway } from '../../client/gateway/gateway.js';
import { storeFiles } from '../../client/gateway/pacs/store.js';
import { findPlanned } from '../../client/gateway/query/levels.js';
import { createAuthority } from '../support/certificates.js';
import { databases } from '../support/database.js';
import { enrolIn, freePort, gatewayIn } from '../support/gateways.js';
import { type PacsProgram, listening, startOrthanc, storescu } from '../support/pacs-programs.js';
import { closeAll } from '../support/hooks.js';
import { hasProgram } from '../support/programs.js';
import { startTestRelay } from '../support/relay.js';
import { tinyStudy } from '../support/tiny-study.js';

/**
 * `npm run campaign:peers -- [SLICES]`: DCMTK's and Orthanc's programs on both sides of two gateways and a relay: a CT study from Orthanc through the mailbox into
 * another practice's Orthanc, under that practice's patient and with a prior; TLS both ways; a worklist. Says for each check whether it held; ends with 1 when one did not.
 */

const slices = Number(process.argv[2] ?? 60);
const NORD = 'befund@radiologie-nord.example';
const OST = 'praxis@hausarzt-ost.example';
const LOCAL = { id: '4711', name: 'Muster^Erika', birthDate: '19540712' };
const root = await mkdtemp(join(tmpdir(), 'bildbote-peers-'));
const wrong: string[] = [];

function check(what: string, isTrue: boolean, seen: unknown = ''): void {
  if (!isTrue) wrong.push(what);
  process.stdout.write(`${isTrue ? 'true ' : 'FALSE'}  ${what}${seen === '' ? '' : `  (${JSON.stringify(seen)})`}\n`);
}

async function ask(program: PacsProgram, path: string, body?: unknown): Promise<unknown> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const answer = await fetch(`http://127.0.0.1:${program.httpPort}${path}`, init);
  return answer.json();
}

async function run(program: string, args: readonly string[]): Promise<number> {
  const child = spawn(program, args, { env: { ...process.env, TCP_NODELAY: '1' }, stdio: 'ignore' });
  const [code] = (await once(child, 'close')) as [number];
  return code;
}

async function filesIn(name: string, all: Iterable<{ readonly bytes: Uint8Array }>): Promise<string[]> {
  await mkdir(join(root, name));
  const paths: string[] = [];
  for (const { bytes } of all) {
    paths.push(join(root, name, `${String(paths.length).padStart(5, '0')}.dcm`));
    await writeFile(paths.at(-1) ?? '', bytes);
  }
  return paths;
}

/** A value changed in files, by DCMTK. */
async function modified(paths: readonly string[], changes: readonly string[]): Promise<void> {
  const args = ['-nb', '-imt', ...changes.flatMap((one) => ['-m', one]), ...paths];
  if ((await run('dcmodify', args)) !== 0) throw new Error('dcmodify');
}

async function settled(gateway: Gateway, is: () => boolean): Promise<boolean> {
  const until = Date.now() + 180_000;
  while (!is() && Date.now() < until) {
    await gateway.incoming.sync().catch(() => undefined);
    await gateway.pacs.settle();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return is();
}

async function throughTheMailbox(): Promise<void> {
  const [kind] = databases();
  if (kind === undefined) throw new Error('no database');
  const relay = await startTestRelay(kind);
  const ports = { nord: await freePort(), ost: await freePort() };
  for (const name of ['nord', 'ost', 'pacs-nord', 'pacs-ost']) await mkdir(join(root, name));
  const nordPacs = await startOrthanc(join(root, 'pacs-nord'), { aeTitle: 'BILDBOTE', port: ports.nord });
  const ostPacs = await startOrthanc(join(root, 'pacs-ost'), { aeTitle: 'BILDBOTE', port: ports.ost });
  await enrolIn(relay, join(root, 'nord'), NORD);
  await enrolIn(relay, join(root, 'ost'), OST);
  const dicom = (port: number): string =>
    `dicom: { port: ${port}, peers: [{ aeTitle: PACS, from: [127.0.0.1] }], quiet: 1s }`;
  const nord = await gatewayIn(
    join(root, 'nord'),
    `${dicom(ports.nord)}
pacs: [{ name: archiv, host: 127.0.0.1, port: ${nordPacs.port}, aeTitle: PACS }]
rules: [{ name: ost, when: { modality: CT }, to: [${OST}], priors: { pacs: archiv, most: 1 } }]`,
  );
  const ost = await gatewayIn(
    join(root, 'ost'),
    `${dicom(ports.ost)}
pacs: [{ name: archiv, host: 127.0.0.1, port: ${ostPacs.port}, aeTitle: PACS, store: match, issuer: OST }]
receiving: { poll: 1s }`,
  );
  try {
    const study = await filesIn('ct', ctStudy({ slices }));
    const prior = await filesIn('prior', tinyStudy({ study: 'prior', instances: 2, studyDate: '20200101' }));
    const known = await filesIn('known', tinyStudy({ study: 'known', instances: 1 }));
    const foreign = ['(0010,0010)=Muster^Erika', '(0010,0030)=19540712', '(0010,0020)=N-99', '(0010,0040)=F'];
    await modified(study, foreign);
    await modified(prior, foreign);
    await modified(known, [`(0010,0020)=${LOCAL.id}`, `(0010,0010)=${LOCAL.name}`, `(0010,0030)=${LOCAL.birthDate}`]);
    check('storescu stores in Orthanc', (await storescu(nordPacs.port, 'PACS', [...study, ...prior])) === 0);
    check('the other practice knows its patient', (await storescu(ostPacs.port, 'PACS', known)) === 0);
    await fromOrthancToOrthanc({ nord, ost, nordPacs, ostPacs });
  } finally {
    await nord[Symbol.asyncDispose]();
    await ost[Symbol.asyncDispose]();
    await nordPacs.close();
    await ostPacs.close();
    await relay.close();
  }
}

interface Scene {
  readonly nord: Gateway;
  readonly ost: Gateway;
  readonly nordPacs: PacsProgram;
  readonly ostPacs: PacsProgram;
}

interface OrthancStudy {
  readonly ID: string;
  readonly MainDicomTags: Readonly<Record<string, string>>;
  readonly PatientMainDicomTags: Readonly<Record<string, string>>;
}

async function fromOrthancToOrthanc({ nord, ost, nordPacs, ostPacs }: Scene): Promise<void> {
  const expected = slices + 2;
  const studies = (await ask(nordPacs, '/studies?expand')) as OrthancStudy[];
  const ct = studies.find(({ MainDicomTags }) => MainDicomTags['StudyDate'] !== '20200101')?.ID ?? '';
  const begin = performance.now();
  await ask(nordPacs, '/modalities/gateway/store', { Resources: [ct], Synchronous: true, Timeout: 600 });
  await settled(nord, () => nord.outgoing.list({ afterSeq: 0, limit: 1 })[0]?.state.kind === 'sent');
  const [job] = nord.outgoing.list({ afterSeq: 0, limit: 1 });
  check('a study from Orthanc is sent, with its prior', job?.counts?.instances === expected, job?.counts);
  const isImported = (): boolean => ost.incoming.list({ afterSeq: -1, limit: 1 })[0]?.deeds[0]?.state === 'done';
  await settled(ost, isImported);
  const [deed] = ost.incoming.list({ afterSeq: -1, limit: 1 })[0]?.deeds ?? [];
  check(`Orthanc has confirmed ${expected} of ${expected}, by storage commitment`, deed?.instances === expected, deed);
  const seconds = (performance.now() - begin) / 1000;
  await nord.incoming.sync();
  const [letter] = sentLetters(nord.office.account);
  const receipts = letter === undefined ? [] : receiptsOf(nord.office.account, letter).map(({ receipt }) => receipt);
  const imported = receipts.find((one) => one.kind === 'imported');
  check(
    `the sender has the receipt imported ${expected} of ${expected}`,
    imported?.instances === expected && imported.total === expected,
  );
  process.stdout.write(`       ${slices} slices and the prior in ${seconds.toFixed(1)} s\n`);
  const [patient, ...others] = (await ask(ostPacs, '/patients?expand')) as {
    MainDicomTags: Record<string, string>;
    Studies: string[];
  }[];
  check(
    'they lie under the one patient of the practice',
    others.length === 0 && patient?.MainDicomTags['PatientID'] === LOCAL.id,
  );
  check('with the study that was there', patient?.Studies.length === 3, patient?.Studies.length);
  await comparePixels(nordPacs, ostPacs);
}

/** Every instance of the one PACS in the other: all but what was changed the same, and pixels byte for byte. */
async function comparePixels(nordPacs: PacsProgram, ostPacs: PacsProgram): Promise<void> {
  const hashes = async (program: PacsProgram): Promise<Map<string, string>> => {
    const all = (await ask(program, '/instances?expand')) as { ID: string; MainDicomTags: Record<string, string> }[];
    const found = new Map<string, string>();
    for (const { ID, MainDicomTags } of all) {
      const answer = await fetch(`http://127.0.0.1:${program.httpPort}/instances/${ID}/content/7fe0-0010/0`);
      const digest = await crypto.subtle.digest('SHA-256', await answer.arrayBuffer());
      found.set(MainDicomTags['SOPInstanceUID'] ?? '', Buffer.from(digest).toString('hex'));
    }
    return found;
  };
  const [sent, stored] = [await hashes(nordPacs), await hashes(ostPacs)];
  const same = [...sent].filter(([uid, hash]) => stored.get(uid) === hash).length;
  check('every instance has the pixels that were sent', same === sent.size && sent.size === slices + 2, same);
  const all = (await ask(ostPacs, '/instances')) as string[];
  let kept = 0;
  for (const id of all) {
    const tags = (await ask(ostPacs, `/instances/${id}/tags?short`)) as Record<string, unknown>;
    const [item] = (tags['0400,0561'] ?? []) as Record<string, unknown>[];
    const [original] = ((item ?? {})['0400,0550'] ?? []) as Record<string, unknown>[];
    if (original?.['0010,0020'] === 'N-99') kept += 1;
  }
  check('Orthanc reads the former patient number in Original Attributes Sequence', kept === slices + 2, kept);
}

async function overTls(): Promise<void> {
  const authority = createAuthority('Test');
  const certificate = authority.issue({ name: 'localhost', hosts: ['127.0.0.1', 'localhost'] });
  const client = authority.issue({ name: 'client', hosts: [], usage: 'client' });
  const path = (name: string): string => join(root, name);
  await writeFile(path('ca.pem'), authority.cert);
  for (const [name, one] of Object.entries({ server: certificate, client })) {
    await writeFile(path(`${name}.pem`), one.cert);
    await writeFile(path(`${name}.key`), one.key);
  }
  const [file = ''] = await filesIn('tls', tinyStudy({ study: 'tls', instances: 1 }));
  const port = await freePort();
  await mkdir(path('tls-out'));
  const args = [
    '+tls',
    path('server.key'),
    path('server.pem'),
    '+cf',
    path('ca.pem'),
    '-od',
    path('tls-out'),
    String(port),
  ];
  const scp = spawn('storescp', args, { stdio: 'ignore' });
  await listening(port, scp);
  const tls = { ca: path('ca.pem'), cert: path('client.pem'), key: path('client.key') };
  const pacs = { host: '127.0.0.1', port, aeTitle: 'STORESCP', callingAeTitle: 'BILDBOTE', timeout: 10_000 };
  const instance = { path: file, absolute: file, bytes: 0, sha256: '', sopInstanceUid: '1' };
  const kinds: string[] = [];
  const { signal } = new AbortController();
  await storeFiles({ ...pacs, tls }, [instance], signal, (_file, { kind }) => Promise.resolve(void kinds.push(kind)));
  check('storescp takes an instance over TLS, with a client certificate', kinds.join() === 'stored');
  let code = 'stored';
  await storeFiles({ ...pacs, tls: { ca: path('ca.pem') } }, [instance], signal, () => Promise.resolve()).catch(
    (error: { code?: string }) => (code = String(error.code)),
  );
  check('and none without one', code !== 'stored', code);
  scp.kill();
  await once(scp, 'close');
  await intoTheGatewayOverTls(path, file);
}

async function intoTheGatewayOverTls(path: (name: string) => string, file: string): Promise<void> {
  const { openScp } = await import('../../client/gateway/intake/scp.js');
  const { silent } = await import('../support/gateways.js');
  let stored = 0;
  const sink = {
    write: () => Promise.resolve(),
    end: () => Promise.resolve(0 * (stored += 1)),
    abandon: () => Promise.resolve(),
  };
  const intake = { opened: () => () => undefined, sink: () => sink };
  await using scp = await openScp({
    ...{ host: '127.0.0.1', port: 0, log: silent, intake: intake as never, titles: ['BILDBOTE'], sopClasses: [] },
    tls: { cert: path('server.pem'), key: path('server.key'), clientCa: path('ca.pem') },
    peers: [{ aeTitle: 'STORESCU', from: ['127.0.0.1'] }],
    ...{ maxPduBytes: 131_072, maxAssociations: 4, idleMs: 10_000 },
  });
  const secure = ['+tls', path('client.key'), path('client.pem'), '+cf', path('ca.pem')];
  const code = await storescu(scp.port, 'BILDBOTE', [file], secure);
  check('storescu stores in the gateway over TLS, with a client certificate', code === 0 && stored === 1);
  const anonymous = await storescu(scp.port, 'BILDBOTE', [file], ['+tla', '+cf', path('ca.pem')]);
  check('and does not without one', anonymous !== 0 && stored === 1);
  const plain = await storescu(scp.port, 'BILDBOTE', [file]);
  check('nor without TLS', plain !== 0 && stored === 1);
}

async function worklist(): Promise<void> {
  if (!hasProgram('wlmscpfs') || !hasProgram('dump2dcm')) return check('wlmscpfs is installed', false);
  const folder = join(root, 'worklist', 'WORKLIST');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'lockfile'), '');
  const dump = [
    '(0008,0005) CS [ISO_IR 100]',
    '(0008,0050) SH [ORDER-1]',
    '(0010,0010) PN [Muster^Erika]',
    '(0010,0020) LO [4711]',
    '(0010,0030) DA [19540712]',
    '(0010,0040) CS [F]',
    '(0020,000d) UI [1.2.3.4]',
    '(0032,1060) LO [CT]',
    '(0040,0100) SQ',
    '(fffe,e000) -',
    '(0008,0060) CS [CT]',
    '(0040,0001) AE [CT1]',
    '(0040,0002) DA [20261125]',
    '(0040,0003) TM [120000]',
    '(0040,0009) SH [S1]',
    '(fffe,e00d) -',
    '(fffe,e0dd) -',
    '(0040,1001) SH [R1]',
  ];
  await writeFile(join(root, 'wl.dump'), `${dump.join('\n')}\n`);
  await run('dump2dcm', ['-q', join(root, 'wl.dump'), join(folder, 'one.wl')]);
  const port = await freePort();
  const child = spawn('wlmscpfs', ['-dfr', '-dfp', join(root, 'worklist'), String(port)], { stdio: 'ignore' });
  await listening(port, child);
  const remote = { host: '127.0.0.1', port, calledAe: 'WORKLIST', callingAe: 'BILDBOTE', tls: null, timeoutMs: 10_000 };
  const { rows } = await findPlanned(remote, { patientName: 'Muster*' }, 10);
  check(
    'the worklist of wlmscpfs names the patient and the order',
    rows[0]?.patientId === '4711' && rows[0].accessionNumber === 'ORDER-1',
    rows,
  );
  child.kill();
  await once(child, 'close');
}

try {
  for (const name of ['Orthanc', 'storescu', 'storescp', 'dcmodify']) {
    if (!hasProgram(name)) throw new Error(`${name} is not installed`);
  }
  await overTls();
  await worklist();
  await throughTheMailbox();
} finally {
  await closeAll();
  await rm(root, { recursive: true, force: true });
}
process.stdout.write(wrong.length === 0 ? 'all true\n' : `${wrong.length} false\n`);
process.exitCode = wrong.length === 0 ? 0 : 1;
