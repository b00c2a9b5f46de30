import { execFileSync } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { ok, run, start } from '../support/cli.js';
import { digestsOf, isPublished } from '../support/files.js';
import { hexDigest } from '../support/media.js';
import { hasProgram } from '../support/programs.js';
import { type Practice, type World, createWorld } from '../support/world.js';
import { zipBytes } from '../support/zip-bytes.js';

/** From one practice's zip to another practice's medium, and what a damaged archive says on the way. */

describe('archives in, media out', function () {
  this.timeout(120_000);
  let world: World;
  let nord: Practice;
  let sued: Practice;
  let messageId: string;
  const files = [...ctStudy({ slices: 6 })];
  const originals = files.map(({ bytes }) => hexDigest(bytes)).sort();

  before(async () => {
    world = await createWorld();
    nord = await world.practice('Radiologie Nord', 'befund@radiologie-nord.example');
    sued = await world.practice('Hausarztpraxis Süd', 'praxis@hausarzt-sued.example');
  });
  after(() => world.close());

  it('a zip is sent as the instances in it; hostile and damaged entries are named and the others go on', async () => {
    const entries = files.map(({ name, bytes }) => ({ name: name.replaceAll('\\', '/'), content: bytes }));
    const zip = zipBytes({
      entries: [
        ...entries,
        { name: '../../evil.dcm', content: files[0]?.bytes ?? new Uint8Array(0) },
        { name: 'secret.dcm', content: new Uint8Array(9), flags: 1 },
        { name: 'hurt.dcm', content: files[1]?.bytes ?? new Uint8Array(0), crc: 1 },
      ],
    });
    await writeFile(world.path('study.zip'), zip);
    const args = ['send', '--keystore', nord.keystore, '--to', sued.address, world.path('study.zip')];
    const sent = (await ok(args)).lines.at(-1) ?? {};
    messageId = String(sent['messageId']);
    expect(sent).to.include({ type: 'sent', instances: files.length, studies: 1 });
    expect(sent['skipped']).to.have.deep.members([
      { path: 'study.zip/../../evil.dcm', reason: 'entry-name' },
      { path: 'study.zip/secret.dcm', reason: 'entry-encrypted' },
      { path: 'study.zip/hurt.dcm', reason: 'entry-damaged' },
    ]);
    const out = world.path('fetched');
    await ok(['fetch', messageId, '--keystore', sued.keystore, '--out', out]);
    expect(await digestsOf(out, isPublished)).to.deep.equal(originals);
  });

  it('a message becomes a folder and a zip with DICOMDIR, and the medium can be sent again', async () => {
    const [folder, zip] = [world.path('cd'), world.path('cd.zip')];
    const exported = await ok(['export', messageId, '--keystore', sued.keystore, '--folder', folder]);
    expect(exported.lines.at(-1)).to.include({
      type: 'exported',
      messageId,
      instances: 6,
      studies: 1,
      files: 10,
      out: folder,
    });
    expect((await readdir(folder)).sort()).to.deep.equal([
      'DICOM',
      'DICOMDIR',
      'DIGESTS.TXT',
      'INDEX.HTM',
      'README.TXT',
    ]);
    expect(await digestsOf(join(folder, 'DICOM'))).to.deep.equal(originals);
    await ok(['export', messageId.slice(0, 12), '--keystore', sued.keystore, '--zip', zip]);
    expect((await readdir(world.folder)).filter((name) => name.startsWith('.'))).to.deep.equal([]);
    if (hasProgram('unzip')) execFileSync('unzip', ['-tqq', zip]);
    const path = join(folder, 'DICOMDIR');
    const again = (await ok(['send', '--keystore', sued.keystore, '--to', nord.address, path])).lines.at(-1) ?? {};
    expect(again).to.include({ instances: 6 });
    expect(again['skipped']).to.deep.equal([{ path: 'DICOMDIR', reason: 'directory' }]);
  });

  it('is refused over what is there, without a target, and for a message without files', async () => {
    const export_ = (...args: readonly string[]) => run(['export', messageId, '--keystore', sued.keystore, ...args]);
    expect((await export_('--zip', world.path('cd.zip'))).error?.code).to.equal('target-exists');
    expect((await export_('--folder', world.path('nowhere', 'cd'))).error?.code).to.equal('path-unreadable');
    expect((await export_()).code).to.equal(2);
    expect((await export_('--zip', 'a', '--folder', 'b')).code).to.equal(2);
    const sent =
      (await ok(['send', '--keystore', nord.keystore, '--to', sued.address, '--text', 'nur Text'])).lines.at(-1) ?? {};
    const empty = await run([
      'export',
      String(sent['messageId']),
      '--keystore',
      sued.keystore,
      '--zip',
      world.path('x.zip'),
    ]);
    expect(empty.error?.code).to.equal('export-empty');
    expect(await readdir(world.folder)).not.to.include('x.zip');
  });

  it('an interrupted send from an archive goes on with the same archive, and with no other', async () => {
    const path = world.path('big.zip');
    const pieces = [...ctStudy({ slices: 40 })].map(({ name, bytes }) => ({ name, content: bytes }));
    const zip = zipBytes({ entries: [{ name: 'inner.zip', content: zipBytes({ entries: pieces }) }] });
    const interrupt = async (): Promise<void> => {
      await writeFile(path, zip);
      const sending = start(['send', '--keystore', nord.keystore, '--to', sued.address, path]);
      await sending.until((line) => line['type'] === 'progress' && line['phase'] === 'upload');
      sending.child.kill('SIGKILL');
      await sending.done;
    };
    await interrupt();
    const resumed = (await ok(['send', '--keystore', nord.keystore, '--resume'])).lines.at(-1) ?? {};
    const out = world.path('resumed');
    await ok(['fetch', String(resumed['messageId']), '--keystore', sued.keystore, '--out', out]);
    const expected = pieces.map(({ content }) => hexDigest(content)).sort();
    expect(await digestsOf(out, isPublished)).to.deep.equal(expected);

    await interrupt();
    await writeFile(
      path,
      zipBytes({ entries: [{ name: 'inner.zip', content: zipBytes({ entries: pieces.slice(1) }) }] }),
    );
    const other = await run(['send', '--keystore', nord.keystore, '--resume']);
    expect(other.error?.code).to.equal('source-changed');
  });
});
