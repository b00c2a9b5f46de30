import { spawnSync } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { ok, run, start } from '../support/cli.js';
import { digestsOf, filesBelow, isPublished, writeFiles } from '../support/files.js';
import { type Practice, type World, createWorld } from '../support/world.js';

/** A disk that is really full: a file system of a few megabytes, where this user may make one. */

function mount(folder: string, megabytes: number): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]).status === 0;
}

function grow(folder: string, megabytes: number): void {
  spawnSync('mount', ['-o', `remount,size=${megabytes}m`, folder]);
}

describe('a full disk', function () {
  this.timeout(180_000);
  let world: World;
  let nord: Practice;
  let sued: Practice;
  let small: string;
  let originals: string[];

  before(async function () {
    world = await createWorld();
    small = world.path('small');
    await mkdir(small);
    // Root with mount rights, as in the container where the tests usually run.
    if (!mount(small, 5)) this.skip();
    nord = await world.practice('Radiologie Nord', 'befund@radiologie-nord.example');
    sued = await world.practice('Hausarztpraxis Süd', 'praxis@hausarzt-sued.example');
    await writeFiles(world.path('study'), ctStudy({ slices: 20 }));
    originals = await digestsOf(world.path('study'));
  });
  after(async () => {
    if (small !== undefined) spawnSync('umount', [small]);
    await world.close();
  });

  it('of the recipient is said so; nothing half-done counts as complete, and with room the same command ends it', async () => {
    const sent = await ok(['send', '--keystore', nord.keystore, '--to', sued.address, world.path('study')]);
    const id = String(sent.lines.at(-1)?.['messageId']);
    const args = ['fetch', id, '--keystore', sued.keystore, '--out', small];
    const full = await run(args);
    expect(full.code).to.equal(1);
    expect(full.error?.code).to.equal('disk-full');
    expect(full.err.trim().split('\n')).to.have.length(1);
    for (const path of await filesBelow(small)) {
      if (path.endsWith('manifest.json'))
        expect(await readFile(join(small, path), 'utf8')).to.include('"complete": false');
    }
    const published = await digestsOf(small, (path) => isPublished(path) && path.endsWith('.dcm'));
    expect(published.every((digest) => originals.includes(digest))).to.equal(true);
    grow(small, 40);
    await ok(args);
    expect(await digestsOf(small, isPublished)).to.deep.equal(originals);
  });

  it('of the relay is said so, and with room the interrupted message goes on', async () => {
    grow(small, 300);
    const relay = start(['relay', '--port', '0', '--data', world.path('relay-2'), '--blobs', `disk:${small}/blobs`], {
      passphrase: null,
      env: { BILDBOTE_RATE_LIMIT: 'off' },
    });
    try {
      await relay.until((line) => line['type'] === 'listening');
      const join2 = async (name: string, address: string): Promise<string> => {
        const invite = ['practice', 'invite', '--data', world.path('relay-2'), '--name', name, '--mailbox', address];
        const invitation = String((await ok(invite)).lines[0]?.['invitation']);
        const keystore = world.path(`keys-2-${name}`);
        await ok(['enrol', invitation, '--keystore', keystore, '--device', 'D', '--member', 'M']);
        return keystore;
      };
      const a = await join2('a', 'a@full.example');
      const b = await join2('b', 'b@full.example');
      grow(small, 12);
      const filled = spawnSync('sh', ['-c', `head -c 100000000 /dev/zero > ${small}/ballast`]);
      expect(filled.status).to.not.equal(0);
      const refused = await run(['send', '--keystore', a, '--to', 'b@full.example', world.path('study')]);
      expect(refused.code).to.equal(1);
      expect(refused.error?.code).to.equal('storage-full');
      spawnSync('rm', [`${small}/ballast`]);
      grow(small, 60);
      const resumed = await ok(['send', '--keystore', a, '--resume']);
      const out = world.path('out-2');
      await ok(['fetch', String(resumed.lines.at(-1)?.['messageId']), '--keystore', b, '--out', out]);
      expect(await digestsOf(out, isPublished)).to.deep.equal(originals);
    } finally {
      relay.child.kill('SIGTERM');
      await relay.done;
    }
  });
});
