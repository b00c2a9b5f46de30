import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { ok, run, start } from '../support/cli.js';
import { digestsOf, filesBelow, isPublished, writeFiles } from '../support/files.js';
import { type Practice, type World, createWorld } from '../support/world.js';

/** Kill -9 at any moment: nothing acknowledged is lost, nothing incomplete is shown as complete, and the same command goes on. */

const SLICES = 100;
/** Parts in flight may be sent again, four MiB each, and no more. */
const RESENT_BYTES = 3 * 4 * 1024 * 1024;

describe('kill -9', function () {
  this.timeout(240_000);
  let world: World;
  let nord: Practice;
  let sued: Practice;
  let study: string;
  let originals: string[];

  before(async () => {
    world = await createWorld();
    nord = await world.practice('Radiologie Nord', 'befund@radiologie-nord.example');
    sued = await world.practice('Hausarztpraxis Süd', 'praxis@hausarzt-sued.example');
    study = world.path('study');
    await writeFiles(study, ctStudy({ slices: SLICES }));
    originals = await digestsOf(study);
  });
  after(() => world.close());

  const sendArgs = (): string[] => [
    'send',
    '--keystore',
    nord.keystore,
    '--to',
    sued.address,
    '--subject',
    'crash',
    // How far a transfer has come is counted in bytes here; that coded ones go on, too, is said in ./coding.test.ts.
    '--coding',
    'off',
    study,
  ];

  async function expectWhole(id: string): Promise<void> {
    const out = world.path(`out-${id}`);
    await ok(['fetch', id, '--keystore', sued.keystore, '--out', out]);
    expect(await digestsOf(out, isPublished)).to.deep.equal(originals);
    const manifest = JSON.parse(await readFile(join(out, id, 'manifest.json'), 'utf8')) as Record<string, unknown>;
    expect(manifest).to.include({ complete: true, instances: SLICES });
  }

  async function expectNotComplete(): Promise<void> {
    const inbox = await ok(['inbox', '--keystore', sued.keystore]);
    const last = inbox.lines.at(-1);
    if (last?.['subject'] === 'crash') expect(last['state']).to.equal('receiving');
  }

  for (const share of [0.1, 0.9]) {
    it(`of the sender at ${share * 100} % of the upload: --resume sends the rest`, async () => {
      const sending = start(sendArgs());
      const bytesSoFar = sending.until(
        (line) =>
          line['type'] === 'progress' &&
          line['phase'] === 'upload' &&
          Number(line['bytes']) >= share * Number(line['totalBytes']),
      );
      const progress = await bytesSoFar;
      sending.child.kill('SIGKILL');
      await sending.done;
      await expectNotComplete();
      const resumed = await ok([...sendArgs(), '--resume']);
      const result = resumed.lines.at(-1) ?? {};
      expect(result).to.include({ type: 'sent', instances: SLICES });
      const left = Number(progress['totalBytes']) - Number(progress['bytes']);
      expect(Number(result['wireBytes'])).to.be.at.most(left * 1.001 + RESENT_BYTES);
      await expectWhole(String(result['messageId']));
    });
  }

  it('of the sender twice, and --resume without anything else', async () => {
    for (const attempt of [sendArgs(), ['send', '--keystore', nord.keystore, '--resume']]) {
      const sending = start(attempt);
      await sending.until(
        (line) => line['type'] === 'progress' && line['phase'] === 'upload' && Number(line['bytes']) > 0,
      );
      sending.child.kill('SIGKILL');
      await sending.done;
    }
    const resumed = await ok(['send', '--keystore', nord.keystore, '--resume']);
    await expectWhole(String(resumed.lines.at(-1)?.['messageId']));
    const nothing = await run(['send', '--keystore', nord.keystore, '--resume']);
    expect(nothing.error?.code).to.equal('resume-nothing');
  });

  it('of the relay during an upload: the sender goes on when it is back', async () => {
    const sending = start(sendArgs());
    await sending.until(
      (line) => line['type'] === 'progress' && line['phase'] === 'upload' && Number(line['bytes']) > 5_000_000,
    );
    await world.killRelay();
    await world.restartRelay();
    const sent = await sending.done;
    expect(sent.code, sent.err).to.equal(0);
    await expectWhole(String(sent.lines.at(-1)?.['messageId']));
  });

  it('of the receiver in the middle: the next fetch goes on and ends complete', async () => {
    const sent = await ok(sendArgs());
    const id = String(sent.lines.at(-1)?.['messageId']);
    const out = world.path(`out-${id}`);
    const fetchArgs = ['fetch', id, '--keystore', sued.keystore, '--out', out];
    const fetching = start(fetchArgs);
    const progress = await fetching.until((line) => line['type'] === 'progress' && Number(line['bytes']) > 20_000_000);
    fetching.child.kill('SIGKILL');
    await fetching.done;
    const manifest = await readFile(join(out, id, 'manifest.json'), 'utf8');
    expect(manifest).to.include('"complete": false');
    const published = await digestsOf(out, (path) => isPublished(path) && path.endsWith('.dcm'));
    expect(published.every((digest) => originals.includes(digest))).to.equal(true);
    const again = await ok(fetchArgs);
    expect(Number(again.lines.at(-1)?.['wireBytes'])).to.be.lessThan(
      Number(sent.lines.at(-1)?.['wireBytes']) - Number(progress['bytes']) / 2,
    );
    await expectWhole(id);
    expect((await filesBelow(out)).some((path) => path.includes('.receiving'))).to.equal(false);
  });

  it('of nobody: a file that changed between two attempts ends the message, and the recipient is told', async () => {
    const folder = world.path('changing');
    await writeFiles(folder, ctStudy({ slices: 40, seed: 3 }));
    const args = [
      'send',
      '--keystore',
      nord.keystore,
      '--to',
      sued.address,
      '--subject',
      'changing',
      '--coding',
      'off',
      folder,
    ];
    const sending = start(args);
    await sending.until(
      (line) => line['type'] === 'progress' && line['phase'] === 'upload' && Number(line['bytes']) > 1_000_000,
    );
    sending.child.kill('SIGKILL');
    await sending.done;
    await writeFiles(folder, ctStudy({ slices: 40, seed: 4 }));
    const resumed = await run([...args, '--resume']);
    expect(resumed.error?.code).to.equal('source-changed');
    const inbox = await ok(['inbox', '--keystore', sued.keystore]);
    const message = inbox.lines.find((line) => line['subject'] === 'changing');
    expect(message?.['state']).to.equal('aborted');
    const fetched = await run([
      'fetch',
      String(message?.['messageId']),
      '--keystore',
      sued.keystore,
      '--out',
      world.path('out-changing'),
    ]);
    expect(fetched.error?.code).to.equal('payload-aborted');
  });
});
