import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { ok, run, start } from '../support/cli.js';
import { writeFiles } from '../support/files.js';
import { type TestFolder, createFolder } from '../support/folder.js';
import { type Practice, type World, createWorld } from '../support/world.js';

describe('names, contacts and consent on the command line', function () {
  this.timeout(120_000);
  let folder: TestFolder;
  let world: World;
  let nord: Practice;
  let sued: Practice;
  let registrarId: string;
  let key: string;

  const one = async (args: readonly string[]) => (await ok(args)).lines[0] ?? {};

  before(async () => {
    folder = await createFolder();
    key = join(folder.path, 'registrar.key');
    registrarId = String((await one(['registrar', 'keygen', '--out', key, '--name', 'Kammer Test']))['registrarId']);
    world = await createWorld({ BILDBOTE_REGISTRARS: registrarId });
    [nord, sued] = await Promise.all([
      world.practice('Radiologie Nord', 'befund@radiologie-nord.example'),
      world.practice('Hausarztpraxis Süd', 'praxis@hausarzt-sued.example'),
    ]);
  });
  after(async () => {
    await world.close();
    await folder.remove();
  });

  it('a registrar’s key is a sealed file that is never overwritten', async () => {
    const [again, bytes] = [await run(['registrar', 'keygen', '--out', key, '--name', 'Other']), await readFile(key)];
    expect(again.error?.code).to.equal('file-exists');
    expect(bytes.subarray(0, 7).toString()).to.equal('BBKEYS1');
    expect(bytes.includes('Kammer')).to.equal(false);
  });

  it('a name is unverified until a registrar vouches for it', async () => {
    const before = await one(['directory', 'search', 'radiologie', '--keystore', sued.keystore]);
    expect(before).to.include({ name: 'Radiologie Nord', nameVerified: false, verified: false });
    const file = world.path('nord.attestation');
    await ok([
      ...['registrar', 'attest', '--key', key, '--mailbox', nord.address, '--mailbox-id', nord.mailboxId],
      ...['--name', 'Radiologie Nord', '--place', '24103 Kiel', '--specialty', 'Radiologie'],
      ...['--bsnr', '012345678', '--out', file],
    ]);
    const published = await one(['directory', 'attest', file, '--keystore', nord.keystore]);
    expect(published).to.include({ name: 'Radiologie Nord', nameVerified: true, place: '24103 Kiel' });
    const after = await one(['directory', 'search', 'kiel radiologie', '--keystore', sued.keystore]);
    expect(after).to.include({ mailbox: nord.address, nameVerified: true, verified: false, specialty: 'Radiologie' });
  });

  it('names that look like another, or hold a protected one, are not invited', async () => {
    const invite = (name: string) =>
      run(['practice', 'invite', '--data', world.relayData, '--name', name, '--mailbox', 'x@x.example']);
    const listed = await ok(['practice', 'protect', 'Ärztekammer', '--data', world.relayData]);
    expect(listed.lines).to.deep.equal([{ protected: 'Ärztekammer' }]);
    const [alike, holding] = await Promise.all([invite('R\u0430diologie Nord'), invite('Stelle der Ärztekammer')]);
    expect(alike.error?.code).to.equal('name-confusable');
    expect(holding.error?.code).to.equal('name-protected');
  });

  it('a first message waits for consent, goes on when it comes, and says whose word each name is', async () => {
    await ok(['contacts', 'policy', 'known', '--keystore', sued.keystore]);
    const images = world.path('ct');
    await writeFiles(images, ctStudy({ slices: 5 }));
    const to = ['--to', sued.address, '--subject', 'CT', '--wait', '5m'];
    const sending = start(['send', '--keystore', nord.keystore, ...to, images]);
    let inbox: Readonly<Record<string, unknown>> = {};
    while (inbox['state'] === undefined) inbox = await one(['inbox', '--keystore', sued.keystore]);
    expect(inbox).to.include({ state: 'held', subject: 'CT', from: nord.address, verified: false });
    expect(inbox).to.include({ name: 'Radiologie Nord', nameVerified: true, verifiedInPerson: false });
    const messageId = String(inbox['messageId']);
    const early = await run(['fetch', messageId, '--out', world.path('early'), '--keystore', sued.keystore]);
    expect(early.error?.code).to.equal('message-held');

    await ok(['contacts', 'allow', nord.address, '--keystore', sued.keystore]);
    const sent = (await sending.done).lines.at(-1) ?? {};
    expect(sent).to.include({ type: 'sent', instances: 5, messageId });
    const [recipient] = sent['recipients'] as Record<string, unknown>[];
    expect(recipient).to.include({ mailbox: sued.address, consent: 'given', firstContact: true, nameVerified: false });
    const shown = await one(['show', messageId, '--keystore', sued.keystore]);
    expect(shown['safetyNumber']).to.equal(recipient?.['safetyNumber']);
    expect(shown['safetyNumber']).to.match(/^(\d{5} ){11}\d{5}$/);
    const fetched = await one(['fetch', messageId, '--out', world.path('out'), '--keystore', sued.keystore]);
    expect(fetched).to.include({
      complete: true,
      instances: 5,
      from: nord.address,
      nameVerified: true,
      verified: false,
    });
  });

  it('a contact is marked by the right safety number only, and shown with it', async () => {
    const shown = await ok(['contacts', 'verify', sued.address, '--keystore', nord.keystore], { json: false });
    expect(shown.out).to.match(/[█▀▄]/);
    const there = await one(['contacts', 'verify', nord.address, '--keystore', sued.keystore]);
    const number = String(there['safetyNumber']);
    expect(shown.out).to.include(number.slice(0, 35)).and.to.include(number.slice(36));
    const wrong = number.replace(/\d/, (digit) => String((Number(digit) + 1) % 10));
    const refused = await run(['contacts', 'verify', sued.address, '--number', wrong, '--keystore', nord.keystore]);
    expect(refused.error?.code).to.equal('safety-number-differs');
    await ok(['contacts', 'verify', sued.address, '--number', number, '--keystore', nord.keystore]);
    const listed = await one(['contacts', 'list', '--keystore', nord.keystore]);
    expect(listed).to.include({ mailbox: sued.address, verifiedInPerson: true, verified: false, permission: null });
  });
});
