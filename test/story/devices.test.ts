import { join } from 'node:path';
import { expect } from 'chai';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { ok, run } from '../support/cli.js';
import { pairDevice } from '../support/devices.js';
import { digestsOf, isPublished, writeFiles } from '../support/files.js';
import { type Practice, type World, createWorld } from '../support/world.js';

/** docs/practice/devices.md: a mailbox with several devices, one of which is lost. */

describe('several devices of one mailbox', function () {
  this.timeout(180_000);
  let world: World;
  let nord: Practice;
  let sued: Practice;
  let desk: string;
  let study: string;
  let first: string;

  before(async () => {
    world = await createWorld();
    nord = await world.practice('Radiologie Nord', 'befund@radiologie-nord.example');
    sued = await world.practice('Hausarztpraxis Süd', 'praxis@hausarzt-sued.example');
    desk = world.path('desk');
    study = world.path('study');
    await writeFiles(study, ctStudy({ slices: 3 }));
    first = await send('before');
  });
  after(() => world.close());

  async function send(subject: string): Promise<string> {
    const args = ['send', '--keystore', nord.keystore, '--to', sued.address, '--subject', subject, study];
    return String((await ok(args)).lines.at(-1)?.['messageId']);
  }

  /** Of what is not in quarantine: there lies what a device said before it was revoked and nobody had read yet. */
  async function subjects(keystore: string): Promise<unknown[]> {
    const { lines } = await ok(['inbox', '--keystore', keystore]);
    return lines.filter((line) => line['state'] !== 'quarantined').map((line) => line['subject']);
  }

  it('a second one is added by 24 words, and reads what the practice hands over', async () => {
    await ok(['inbox', '--keystore', sued.keystore]);
    const { admin, joined } = await pairDevice({
      keystore: sued.keystore,
      newKeystore: desk,
      relay: world.url,
      device: 'Empfang',
      member: 'Frau Krämer',
    });
    const [, request, paired] = admin.lines;
    expect(request).to.include({ type: 'request', name: 'Empfang', member: 'Frau Krämer', admin: false });
    expect(request?.['check']).to.match(/^[0-9]{6}$/);
    expect(paired).to.include({ type: 'paired', mailbox: sued.address });
    expect(joined.lines.at(-1)).to.include({ type: 'joined', mailboxId: sued.mailboxId, admin: false, messages: 1 });
    const out = world.path('out-desk');
    const fetched = await ok(['fetch', first, '--keystore', desk, '--out', out]);
    expect(fetched.lines.at(-1)).to.include({ complete: true, instances: 3 });
    expect(await digestsOf(out, isPublished)).to.deep.equal(await digestsOf(study));
  });

  it('both see the same messages, and the sender one "delivered" of the mailbox', async () => {
    const second = await send('after');
    expect(await subjects(sued.keystore)).to.deep.equal(['before', 'after']);
    expect(await subjects(desk)).to.deep.equal(['before', 'after']);
    for (const [keystore, name] of [
      [desk, 'a'],
      [sued.keystore, 'b'],
    ] as const) {
      await ok(['fetch', second, '--keystore', keystore, '--out', world.path(`out-${name}`)]);
    }
    const receipts = (await ok(['receipts', second, '--keystore', nord.keystore])).lines;
    expect(receipts.map((line) => line['kind']).sort()).to.deep.equal(['delivered', 'opened', 'opened']);
    expect(receipts.map((line) => line['member'])).to.include.members(['Frau Krämer', 'Dr. Hausarztpraxis Süd']);
    expect(new Set(receipts.map((line) => line['device'])).size).to.equal(2);
  });

  it('they know each other by names that the relay never sees', async () => {
    const listed = (await ok(['device', 'list', '--keystore', sued.keystore])).lines;
    expect(listed.map((line) => [line['name'], line['member'], line['admin'], line['state']])).to.deep.equal([
      ['Test', 'Dr. Hausarztpraxis Süd', true, 'valid'],
      ['Empfang', 'Frau Krämer', false, 'valid'],
    ]);
    await ok(['device', 'rename', 'Empfang', 'Tresen', '--keystore', desk]);
    const again = (await ok(['device', 'list', '--keystore', sued.keystore])).lines;
    expect(again.map((line) => line['name'])).to.deep.equal(['Test', 'Tresen']);
    expect(world.relayLog()).not.to.match(/Empfang|Tresen|Krämer/);
  });

  it('one that does not administrate adds and revokes nobody', async () => {
    const revoked = await run(['device', 'revoke', 'Test', '--reason', 'x', '--keystore', desk]);
    expect(revoked.error?.code).to.equal('not-admin');
    const paired = await run(['device', 'pair', '--yes', '--keystore', desk]);
    expect(paired.error?.code).to.equal('not-admin');
    const own = await run(['device', 'revoke', 'Test', '--reason', 'x', '--keystore', sued.keystore]);
    expect(own.error?.code).to.equal('device-own');
  });

  it('a third one that gets no history reads only what comes from now on', async () => {
    const third = world.path('third');
    await pairDevice({
      keystore: sued.keystore,
      newKeystore: third,
      relay: world.url,
      device: 'Laptop',
      member: 'Dr. B. Yılmaz',
      options: ['--admin', '--history', 'none'],
      by: 'link',
    });
    expect(await subjects(third)).to.deep.equal([]);
    await send('later');
    expect(await subjects(third)).to.deep.equal(['later']);
  });

  it('a revoked one is refused and opens nothing newer; the others go on', async () => {
    const revoked = await ok(['device', 'revoke', 'Laptop', '--reason', 'stolen', '--keystore', sued.keystore]);
    expect(revoked.lines.at(-1)).to.include({ type: 'revoked', reason: 'stolen', identityRenewed: true });
    await send('secret');
    const inbox = await run(['inbox', '--keystore', join(world.path('third'))]);
    expect([inbox.code, inbox.error?.code]).to.deep.equal([1, 'challenge-refused']);
    expect((await subjects(sued.keystore)).at(-1)).to.equal('secret');
    expect((await subjects(desk)).at(-1)).to.equal('secret');
    const listed = (await ok(['device', 'list', '--keystore', desk])).lines.at(-1);
    expect(listed).to.include({ name: 'Laptop', state: 'revoked', reason: 'stolen' });
  });
});
