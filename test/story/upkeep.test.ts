import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { ok, run, start } from '../support/cli.js';
import { digestsOf, isPublished, writeFiles } from '../support/files.js';
import { type World, createWorld } from '../support/world.js';

describe('the operator', function () {
  this.timeout(120_000);
  let world: World;

  before(async () => {
    world = await createWorld();
  });
  after(() => world.close());

  it('checks, backs up and restores a relay, and a practice fetches from the restored one', async () => {
    const nord = await world.practice('Nord', 'a@nord.example');
    const folder = world.path('study');
    const count = await writeFiles(folder, ctStudy({ slices: 4 }));
    const sent = await ok(['send', '--keystore', nord.keystore, '--to', nord.address, folder]);
    const id = String(sent.lines.at(-1)?.['messageId']);

    const check = await ok(['relay', 'check', '--data', world.relayData, '--whole']);
    expect(check.lines.at(-1)).to.deep.include({ type: 'checked', ok: true, findings: [] });
    const saved = await ok(['relay', 'backup', '--data', world.relayData, '--to', world.path('backup')]);
    expect(saved.lines.at(-1)).to.include({ type: 'backed-up' });

    await world.stopRelay();
    const data = world.path('restored');
    const restored = await ok(['relay', 'restore', '--from', world.path('backup'), '--data', data]);
    expect(restored.lines.at(-1)).to.include({ type: 'restored', ok: true, origin: world.url, partsWithoutBytes: 0 });
    const again = await run(['relay', 'restore', '--from', world.path('backup'), '--data', data]);
    expect([again.code, again.error?.code]).to.deep.equal([1, 'database-not-empty']);

    const relay = start(['relay', '--port', new URL(world.url).port, '--data', data], { passphrase: null });
    await relay.until((line) => line['type'] === 'listening');
    const out = world.path('out');
    const fetched = await ok(['fetch', id, '--keystore', nord.keystore, '--out', out]);
    expect(fetched.lines.at(-1)).to.include({ complete: true, instances: count });
    expect(await digestsOf(out, isPublished)).to.deep.equal(await digestsOf(folder, (path) => path.endsWith('.dcm')));
    const blobs = (await readdir(join(data, 'blobs'), { recursive: true })).filter((name) =>
      /[0-9a-f]{32}$/.test(name),
    );
    expect(blobs.length).to.be.greaterThan(0);
    relay.child.kill('SIGTERM');
    expect((await relay.done).code).to.equal(0);
  });

  it('is told when there is nothing to check or to restore', async () => {
    const nowhere = await run(['relay', 'check', '--data', world.path('nowhere')]);
    expect([nowhere.code, nowhere.error?.code]).to.deep.equal([1, 'no-relay']);
    const down = await run(['relay', 'check', '--data', world.relayData]);
    expect([down.code, down.error?.code]).to.deep.equal([1, 'database-unreachable']);
    const none = await run(['relay', 'restore', '--from', world.path('nothing'), '--data', world.path('new')]);
    expect([none.code, none.error?.code]).to.deep.equal([1, 'backup-unusable']);
    const wrong = await run(['relay', 'backup', '--data', world.relayData, '--to', world.path('x'), '--keep', '0']);
    expect([wrong.code, wrong.error?.code]).to.deep.equal([2, 'usage']);
  });
});
