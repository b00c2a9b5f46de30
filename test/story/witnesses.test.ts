import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { encodeVerifierKey } from '../../crypto/log/verifier-key.js';
import { type Running, ok, run, start } from '../support/cli.js';
import { createFolder, type TestFolder } from '../support/folder.js';
import { ForkedLog } from '../support/forked-log.js';
import { asker } from '../support/http.js';
import { type LyingProxy, startLyingProxy } from '../support/lying-relay.js';
import { readCheckpoint, readPolicy, until } from '../support/public-log.js';
import { type PreparedWitnesses, prepareWitnesses } from '../support/witnesses.js';
import { type Practice, type World, createWorld } from '../support/world.js';

/** Three witnesses in processes of their own, two of whom must have seen what is sealed to. */
describe('three witnesses', function () {
  this.timeout(120_000);
  let proxy: LyingProxy;
  let world: World;
  let folder: TestFolder;
  let prepared: PreparedWitnesses;
  let running: Running[];
  let logKey: string;
  let nord: Practice;
  let sued: Practice;

  before(async () => {
    proxy = await startLyingProxy();
    folder = await createFolder();
    prepared = await prepareWitnesses(folder.path, 3, 2);
    world = await createWorld({ BILDBOTE_ORIGIN: proxy.url, BILDBOTE_WITNESSES: prepared.policyFile });
    proxy.forwardTo(world.url);
    logKey = encodeVerifierKey((await readPolicy(asker(proxy.url))).log);
    running = await Promise.all([0, 1, 2].map(startWitness));
    nord = await world.practice('Radiologie Nord', 'befund@radiologie-nord.example');
    sued = await world.practice('Hausarztpraxis Süd', 'praxis@hausarzt-sued.example');
  });
  after(async () => {
    for (const { child } of running) child.kill('SIGKILL');
    await world.close();
    await proxy.close();
    await folder.remove();
  });

  async function startWitness(i: number): Promise<Running> {
    const { dataDir = '', port = 0 } = prepared.all[i] ?? {};
    const witness = start(['witness', '--data', dataDir, '--log-key', logKey, '--port', String(port)]);
    await witness.until((line) => line['type'] === 'listening');
    return witness;
  }

  async function kill(i: number): Promise<void> {
    running[i]?.child.kill('SIGKILL');
    await running[i]?.done;
  }

  const send = (text: string) =>
    run(['send', '--keystore', nord.keystore, '--to', sued.address, '--text', text, '--subject', text]);

  /** A statement of somebody else: the log grows, and its newest checkpoint needs witnesses anew. */
  async function grow(address: string): Promise<void> {
    const { size } = await readCheckpoint(asker(proxy.url));
    await world.practice(address, address);
    await until(
      () => readCheckpoint(asker(proxy.url)),
      (checkpoint) => checkpoint.size > size,
    );
  }

  async function inbox(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return (await ok(['inbox', '--keystore', sued.keystore])).lines;
  }

  it('make what arrives verified, and the check says who has seen it', async () => {
    expect((await send('eins')).code).to.equal(0);
    expect((await inbox()).at(-1)).to.include({ from: nord.address, subject: 'eins', verified: true });
    const checked = await ok(['directory', 'verify', sued.address, '--keystore', nord.keystore]);
    const report = checked.lines[0] as { verified: boolean; needed: number; witnesses: { name: string }[] };
    expect(report).to.include({ verified: true, needed: 2, problem: null, agreement: 'same' });
    expect(report.witnesses.map(({ name }) => name)).to.deep.equal(['w1', 'w2', 'w3']);
    const text = await run(['directory', 'verify', sued.address, '--keystore', nord.keystore], {
      json: false,
      env: { LC_ALL: 'de_DE.UTF-8' },
    });
    expect(text.out).to.include(`${sued.address}: geprüft`).and.include('von 3, nötig 2');
  });

  it('may miss one: sending goes on', async () => {
    await kill(2);
    await grow('a@klinik.example');
    expect((await send('zwei')).code).to.equal(0);
    expect((await inbox()).at(-1)).to.include({ subject: 'zwei', verified: true });
  });

  it('may not miss two: sending stops and says so; what has arrived waits and is opened later', async () => {
    expect((await send('drei')).code).to.equal(0);
    await kill(1);
    await grow('b@klinik.example');
    const refused = await send('vier');
    expect(refused.code).to.equal(1);
    expect(refused.error?.code).to.equal('witnesses-missing');
    expect(refused.error?.message).to.include('1 of 3 witnesses answered: w1; 2 needed');
    expect((await inbox()).at(-1)).to.include({ state: 'unverified', verified: false, from: null });

    running[1] = await startWitness(1);
    await grow('c@klinik.example');
    expect((await inbox()).at(-1)).to.include({ subject: 'drei', verified: true, from: nord.address });
    expect((await send('fünf')).code).to.equal(0);
  });

  it('remember over a restart what they have seen', async () => {
    await kill(0);
    running[0] = await startWitness(0);
    const { port } = prepared.all[0] ?? {};
    const { size, note } = await readCheckpoint(asker(proxy.url));
    const asked = await fetch(`http://127.0.0.1:${port}/add-checkpoint`, {
      method: 'POST',
      body: `old 0\n\n${Buffer.from(note).toString()}`,
    });
    expect(asked.status).to.equal(409);
    expect(await asked.text()).to.equal(`${size}\n`);
  });

  it('a forked log is refused, and the evidence names both checkpoints', async () => {
    const sha = (text: string): Buffer => createHash('sha256').update(text).digest();
    const leaves = [{ index: sha(sued.address), seq: 3, head: sha('a false head') }];
    const fork = await ForkedLog.of(world.relayData, leaves, 300);
    const seen = await readCheckpoint(asker(proxy.url));
    proxy.lie('GET /api/log/proofs/:index', async (request, truth) => {
      const from = Number(request.query.get('from'));
      const index = Buffer.from(request.params['index'] ?? '', 'hex');
      const answer = await truth();
      const body = Buffer.from(JSON.stringify(fork.proof(index, from)));
      return { ...answer, body };
    });
    const refused = await send('sechs');
    expect(refused.code).to.equal(1);
    expect(refused.error?.code).to.equal('log-forked');
    const message = refused.error?.message ?? '';
    expect(message).to.include(` ${seen.size} ${Buffer.from(seen.root).toString('base64')}`);
    expect(message).to.include(fork.note.split('\n').slice(0, 3).join(' '));
    const path = /Evidence: (\S+\.txt)/.exec(message)?.[1] ?? '';
    const evidence = await readFile(path, 'utf8');
    expect(evidence).to.include(fork.note.trim());
    expect(evidence).to.include(Buffer.from(seen.root).toString('base64'));
    proxy.tellTheTruth();
    expect((await send('sieben')).error?.code).to.equal('log-forked');

    // docs/practice/alarm.md, command by command.
    const alarm = ['directory', 'alarm', '--keystore', nord.keystore];
    const shown = (await ok(alarm)).lines[0]?.['alarm'] as { first: { root: string }; evidence: string };
    expect(shown.evidence).to.equal(path);
    const root = Buffer.from(seen.root).toString('base64');
    expect(shown.first.root).to.equal(root);
    expect((await run([...alarm, '--accept', root])).code).to.equal(2);
    const because = ['--reason', 'told by telephone'];
    expect((await run([...alarm, '--accept', root.slice(0, 8), ...because])).error?.code).to.equal('log-forked');
    const { lines } = await ok([...alarm, '--accept', root, ...because]);
    expect(lines[0]).to.have.property('alarm', null);
    expect((lines[0]?.['settled'] as object[])[0]).to.include({ reason: 'told by telephone' });
    expect(await readFile(path, 'utf8')).to.equal(evidence);
    expect((await send('acht')).code).to.equal(0);
  });
});
