import { readFile, writeFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { ctStudy, mrStudy } from '../../client/cli/demo/phantom.js';
import { ok, run } from '../support/cli.js';
import { digestsOf, filesBelow, isPublished, writeFiles } from '../support/files.js';
import { type Practice, type World, createWorld } from '../support/world.js';

describe('the first study', function () {
  this.timeout(120_000);
  let world: World;
  let nord: Practice;
  let sued: Practice;
  let west: Practice;

  before(async () => {
    world = await createWorld();
    nord = await world.practice('Radiologie Nord', 'befund@radiologie-nord.example');
    sued = await world.practice('Hausarztpraxis Süd', 'praxis@hausarzt-sued.example');
    west = await world.practice('Klinik West', 'radiologie@klinik-west.example');
  });
  after(() => world.close());

  it('prints 24 recovery words once, and the keystore holds none of them', async () => {
    expect(nord.recoveryWords).to.have.length(24);
    for (const path of await filesBelow(nord.keystore)) {
      const text = (await readFile(join(nord.keystore, path))).toString('latin1');
      expect(text).not.to.include(nord.recoveryWords.slice(0, 3).join(' '));
    }
  });

  it('arrives at two mailboxes, byte for byte, and is complete', async () => {
    const folder = world.path('two-studies');
    const count =
      (await writeFiles(join(folder, 'ct'), ctStudy({ slices: 30 }))) +
      (await writeFiles(join(folder, 'mr'), mrStudy()));
    await writeFile(join(folder, 'README.txt'), 'not a DICOM file');
    const sent = await ok([
      'send',
      '--keystore',
      nord.keystore,
      '--to',
      sued.address,
      '--cc',
      west.address,
      '--subject',
      'CT und MR',
      '--text',
      'Mit der Bitte um Kenntnisnahme',
      folder,
    ]);
    const result = sent.lines.at(-1) ?? {};
    expect(result).to.include({ type: 'sent', instances: count, studies: 2 });
    expect(result['skipped']).to.deep.equal([{ path: 'two-studies/README.txt', reason: 'not-dicom' }]);

    for (const practice of [sued, west]) {
      const inbox = await ok(['inbox', '--keystore', practice.keystore]);
      expect(inbox.lines).to.have.length(1);
      expect(inbox.lines[0]).to.include({
        from: nord.address,
        verified: false,
        subject: 'CT und MR',
        state: 'complete',
        instances: count,
      });
      const out = world.path(`out-${practice.mailboxId.slice(0, 8)}`);
      const fetched = await ok(['fetch', String(result['messageId']), '--keystore', practice.keystore, '--out', out]);
      expect(fetched.lines.at(-1)).to.include({ type: 'fetched', complete: true, instances: count });
      expect(await digestsOf(out, isPublished)).to.deep.equal(await digestsOf(folder, (path) => path.endsWith('.dcm')));
      const [message] = await readdir(out);
      const manifest = JSON.parse(await readFile(join(out, message ?? '', 'manifest.json'), 'utf8')) as Record<
        string,
        unknown
      >;
      expect(manifest['complete']).to.equal(true);
      expect(await readdir(join(out, message ?? ''))).not.to.include('.receiving');
    }

    const receipts = await ok(['receipts', String(result['messageId']), '--keystore', nord.keystore]);
    expect(receipts.lines.map((line) => `${String(line['kind'])} ${String(line['mailbox'])}`).sort()).to.deep.equal(
      [sued, west].flatMap(({ address }) => [`delivered ${address}`, `opened ${address}`]).sort(),
    );
    expect(
      receipts.lines.every((line) => line['agrees'] === true && line['instances'] === count && line['total'] === count),
    ).to.equal(true);
    expect(receipts.lines[0]?.['member']).to.match(/^Dr\. /);
  });

  it('carries text, report and attachments, shows them, and answers in the same thread', async () => {
    const folder = world.path('documents');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'note.txt'), 'an attachment');
    const pdf = world.path('befund.pdf');
    await writeFile(pdf, '%PDF-1.4\n% a small report\n%%EOF\n');
    const sent = await ok([
      'send',
      '--keystore',
      nord.keystore,
      '--to',
      sued.address,
      '--text',
      'Dringend',
      '--urgent',
      '2h',
      '--report',
      pdf,
      '--all-files',
      folder,
    ]);
    const id = String(sent.lines.at(-1)?.['messageId']);
    const shown = await ok(['show', id, '--keystore', sued.keystore]);
    expect(shown.lines[0]).to.include({ text: 'Dringend', member: 'Dr. Radiologie Nord' });
    expect(shown.lines[0]?.['urgent']).to.be.a('string');
    const out = world.path('out-documents');
    await ok(['fetch', id, '--keystore', sued.keystore, '--out', out]);
    expect((await filesBelow(join(out, id))).sort()).to.deep.equal([
      'attachments/befund.pdf',
      'attachments/note.txt',
      'manifest.json',
    ]);

    const answer = await ok([
      'send',
      '--keystore',
      sued.keystore,
      '--to',
      nord.address,
      '--text',
      'Danke',
      '--reply-to',
      id,
    ]);
    const read = await ok(['show', String(answer.lines.at(-1)?.['messageId']), '--keystore', nord.keystore]);
    expect(read.lines[0]).to.include({ text: 'Danke', threadId: shown.lines[0]?.['threadId'], replyTo: id });
  });

  it('is passed on without one segment being sent again, and the first sender still vouches for it', async () => {
    const folder = world.path('forwarded');
    const count = await writeFiles(folder, ctStudy({ slices: 3, seed: 11 }));
    const sent = await ok(['send', '--keystore', nord.keystore, '--to', sued.address, '--subject', 'CT', folder]);
    const id = String(sent.lines.at(-1)?.['messageId']);
    const forwarded = await ok(['forward', id, '--keystore', sued.keystore, '--to', west.address, '--text', 'Bitte']);
    const result = forwarded.lines.at(-1) ?? {};
    expect(result).to.include({ type: 'sent', instances: count, studies: 1, wireBytes: 0 });
    expect(result['payloadIds']).to.deep.equal(sent.lines.at(-1)?.['payloadIds']);
    const forwardId = String(result['messageId']);
    const shown = await ok(['show', forwardId, '--keystore', west.keystore]);
    expect(shown.lines[0]).to.include({ from: sued.address, subject: 'CT', text: 'Bitte', state: 'complete' });
    expect(shown.lines[0]).to.include({ forwardedFrom: nord.address });
    const out = world.path('out-forwarded');
    const fetched = await ok(['fetch', forwardId, '--keystore', west.keystore, '--out', out]);
    expect(fetched.lines.at(-1)).to.include({ complete: true, instances: count });
    expect(await digestsOf(out, isPublished)).to.deep.equal(await digestsOf(folder, (path) => path.endsWith('.dcm')));
    const receipts = await ok(['receipts', forwardId, '--keystore', sued.keystore]);
    expect(receipts.lines.map((line) => line['kind'])).to.deep.equal(['delivered', 'opened']);
    expect((await ok(['receipts', id, '--keystore', nord.keystore])).lines).to.deep.equal([]);
  });

  it('is not passed on when there are no files in it', async () => {
    const sent = await ok(['send', '--keystore', nord.keystore, '--to', sued.address, '--text', 'nur Text']);
    const id = String(sent.lines.at(-1)?.['messageId']);
    const ran = await run(['forward', id, '--keystore', sued.keystore, '--to', west.address]);
    expect([ran.code, ran.error?.code]).to.deep.equal([1, 'nothing-to-send']);
  });

  it('finds mailboxes in the directory and says that nobody vouches for their names', async () => {
    const found = await ok(['directory', 'search', 'praxis', '--keystore', nord.keystore]);
    expect(found.lines).to.have.length(1);
    expect(found.lines[0]).to.include({ mailbox: sued.address, name: 'Hausarztpraxis Süd', verified: false });
  });

  it('lists the device with its member', async () => {
    const listed = await ok(['device', 'list', '--keystore', nord.keystore]);
    expect(listed.lines).to.have.length(1);
    expect(listed.lines[0]).to.include({
      name: 'Test',
      member: 'Dr. Radiologie Nord',
      thisDevice: true,
      state: 'valid',
    });
  });

  it('fetches everything that is new with --all, and nothing twice', async () => {
    const folder = world.path('one');
    await writeFiles(folder, ctStudy({ slices: 2, seed: 7 }));
    await ok(['send', '--keystore', nord.keystore, '--to', west.address, folder]);
    const out = world.path('out-all');
    const first = await ok(['fetch', '--all', '--keystore', west.keystore, '--out', out]);
    expect(first.lines.map((line) => line['instances'])).to.deep.equal([2]);
    const second = await ok(['fetch', '--all', '--keystore', west.keystore, '--out', out]);
    expect(second.lines).to.deep.equal([]);
  });

  it('speaks German to those whose locale is German', async () => {
    const ran = await run(['show', 'ffffffff', '--keystore', nord.keystore], { env: { LC_ALL: 'de_DE.UTF-8' } });
    expect(ran.code).to.equal(1);
    expect(ran.error).to.deep.include({
      code: 'message-unknown',
      message: 'Diese Nachricht gibt es in diesem Postfach nicht.',
    });
  });
});
