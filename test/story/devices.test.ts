import { readFile, stat } from 'node:fs/promises';
import { expect } from 'chai';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { ok, run } from '../support/cli.js';
import { pairDevice } from '../support/devices.js';
import { digestsOf, isPublished, writeFiles } from '../support/files.js';
import { type Practice, type World, createWorld } from '../support/world.js';

/**
 * What docs/practice/further-device.md, docs/practice/lost-passphrase.md, docs/practice/lost-device.md,
 * docs/practice/somebody-leaves.md and docs/practice/stolen-gateway.md say, command by command, in the order of one bad year.
 */

const FRONT_DESK = 'eine Passphrase am Tresen';
const RENEWED = 'die neue am Tresen, länger';

describe('the devices of a practice, and its emergencies', function () {
  this.timeout(180_000);
  let world: World;
  let nord: Practice;
  let sued: Practice;
  let desk: string;
  let study: string;
  let first: string;
  let kit: readonly string[];

  before(async () => {
    world = await createWorld();
    nord = await world.practice('Radiologie Nord', 'befund@radiologie-nord.example');
    sued = await world.practice('Hausarztpraxis Süd', 'praxis@hausarzt-sued.example');
    kit = [...sued.recoveryWords, ...sued.witnessWords];
    desk = world.path('desk');
    study = world.path('study');
    await writeFiles(study, ctStudy({ slices: 2 }));
    first = await send('first', study);
  });
  after(() => world.close());

  async function send(subject: string, ...paths: readonly string[]): Promise<string> {
    const args = ['send', '--keystore', nord.keystore, '--to', sued.address, '--subject', subject, '--text', 'x'];
    return String((await ok([...args, ...paths])).lines.at(-1)?.['messageId']);
  }

  function signIns(): number {
    return world.relayLog().match(/"method":"POST","route":"\/sessions"/g)?.length ?? 0;
  }

  /** Of what is not in quarantine: there lies what a device said before it was revoked and nobody had read yet. */
  async function subjects(keystore: string, passphrase?: string): Promise<unknown[]> {
    const { lines } = await ok(['inbox', '--keystore', keystore], passphrase === undefined ? {} : { passphrase });
    return lines.filter((line) => line['state'] !== 'quarantined').map((line) => line['subject']);
  }

  it('a further device: by 24 words; it reads what was handed over, byte for byte', async () => {
    const { admin, joined } = await pairDevice({
      keystore: sued.keystore,
      newKeystore: desk,
      relay: world.url,
      device: 'Empfang',
      member: 'Frau Krämer',
      passphrase: FRONT_DESK,
      options: ['--admin'],
    });
    expect(admin.lines[1]).to.include({ type: 'request', name: 'Empfang', member: 'Frau Krämer', admin: true });
    expect(admin.lines[1]?.['check']).to.match(/^[0-9]{6}$/);
    expect(admin.lines[2]).to.include({ type: 'paired', mailbox: sued.address });
    expect(joined.lines.at(-1)).to.include({ type: 'joined', mailboxId: sued.mailboxId, admin: true, messages: 1 });
    const out = world.path('out-desk');
    await ok(['fetch', first, '--keystore', desk, '--out', out], { passphrase: FRONT_DESK });
    expect(await digestsOf(out, isPublished)).to.deep.equal(await digestsOf(study));
    expect(world.relayLog()).not.to.match(/Empfang|Krämer/);
  });

  it('both read what comes; the sender gets one "delivered" and two "opened", each with person and device', async () => {
    await ok(['fetch', first, '--keystore', sued.keystore, '--out', world.path('out-sued')]);
    expect(await subjects(sued.keystore)).to.deep.equal(await subjects(desk, FRONT_DESK));
    const receipts = (await ok(['receipts', first, '--keystore', nord.keystore])).lines;
    expect(receipts.map((line) => line['kind']).sort()).to.deep.equal(['delivered', 'opened', 'opened']);
    expect(receipts.map((line) => line['member'])).to.include.members(['Frau Krämer', 'Dr. Hausarztpraxis Süd']);
    expect(new Set(receipts.map((line) => line['device'])).size).to.equal(2);
  });

  it('the passphrase is changed by who knows it, and from then on the new one counts', async () => {
    const args = ['keystore', 'passphrase', '--keystore', desk];
    const env = { BILDBOTE_NEW_PASSPHRASE: RENEWED };
    await ok(args, { passphrase: FRONT_DESK, env });
    expect((await run(args, { passphrase: FRONT_DESK, env })).error?.code).to.equal('passphrase-wrong');
  });

  it('a lost device, a leaver: ended by name, it is refused, and what comes is not for it', async () => {
    const args = ['device', 'revoke', 'Empfang', '--reason', 'lost', '--keystore', sued.keystore];
    expect((await ok(args)).lines.at(-1)).to.include({ type: 'revoked', reason: 'lost', identityRenewed: true });
    await send('second');
    const refused = await run(['inbox', '--keystore', desk], { passphrase: RENEWED });
    expect([refused.code, refused.error?.code]).to.deep.equal([1, 'challenge-refused']);
    expect(await subjects(sued.keystore)).to.deep.equal(['first', 'second']);
    const before = signIns();
    const { lines } = await ok(['device', 'list', '--keystore', sued.keystore]);
    expect(signIns() - before).to.equal(1, 'a command signs in once');
    expect(lines.map((line) => [line['name'], line['admin'], line['state'], line['reason']])).to.deep.equal([
      ['Test', true, 'valid', null],
      ['Empfang', true, 'revoked', 'lost'],
    ]);
  });

  it('nothing is left: the kit begins anew, reads again what the relay holds, and is used up', async () => {
    const fresh = world.path('fresh');
    const page = world.path('kit.html');
    const args = ['recover', '--relay', world.url, '--mailbox', sued.address, '--keystore', fresh];
    const who = ['--device', 'Gateway 2', '--member', 'Dr. A. Meier', '--kit', page];
    const wrong = await run([...args, ...who], { env: { BILDBOTE_RECOVERY: nord.recoveryWords.join(' ') } });
    expect(wrong.error?.code).to.equal('recovery-refused');
    const recovered = await ok([...args, ...who], { env: { BILDBOTE_RECOVERY: kit.join(' ') } });
    const line = recovered.lines.at(-1) ?? {};
    expect(line).to.include({ mailbox: sued.address, mailboxId: sued.mailboxId, messages: 2, witnessed: true });
    const words = [...(line['recoveryWords'] as string[]), ...(line['witnessWords'] as string[])];
    expect(words).to.have.length(28);
    const html = await readFile(page, 'utf8');
    expect((await stat(page)).mode & 0o777).to.equal(0o600);
    expect(words.every((word) => html.includes(`<li>${word}</li>`))).to.equal(true);
    expect(html).to.include('<svg').and.to.include(sued.address);
    const old = await run(['inbox', '--keystore', sued.keystore]);
    expect(old.error?.code).to.equal('challenge-refused');
    await send('third');
    expect(await subjects(fresh)).to.deep.equal(['first', 'second', 'third']);
  });
});
