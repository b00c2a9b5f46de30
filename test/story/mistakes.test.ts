import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { type Ran, ok, run } from '../support/cli.js';
import { filesBelow, writeFiles } from '../support/files.js';
import { type Practice, type World, createWorld } from '../support/world.js';

/** One clear line, the right exit code, nothing half-done, never a stack. */
function expectFailure(ran: Ran, code: number, errorCode: string): void {
  expect(ran.error, ran.err).to.not.equal(null);
  expect(ran.error?.code).to.equal(errorCode);
  expect(ran.code).to.equal(code);
  expect(ran.err.trim().split('\n'), ran.err).to.have.length(1);
  expect(ran.err).not.to.match(/\bat .*\(.*:\d+:\d+\)|node_modules|Error:/);
}

describe('mistakes and misfortunes', function () {
  this.timeout(120_000);
  let world: World;
  let nord: Practice;
  let sued: Practice;
  let study: string;

  before(async () => {
    world = await createWorld();
    nord = await world.practice('Radiologie Nord', 'befund@radiologie-nord.example');
    sued = await world.practice('Hausarztpraxis Süd', 'praxis@hausarzt-sued.example');
    study = world.path('study');
    await writeFiles(study, ctStudy({ slices: 2 }));
  });
  after(() => world.close());

  it('wrong usage exits with 2', async () => {
    const wrong: string[][] = [
      ['sned'],
      ['send', '--keystore', nord.keystore, study],
      ['send', '--keystore', nord.keystore, '--to', 'no address', study],
      ['send', '--keystore', nord.keystore, '--to', sued.address],
      ['send', '--keystore', nord.keystore, '--to', sued.address, '--expires', '3 weeks', study],
      ['send', '--keystore', nord.keystore, '--to', sued.address, '--expires', '9d', study],
      ['send', '--to', sued.address, study],
      ['fetch', '--keystore', nord.keystore, '--out', study],
      ['relay', '--port', '99999'],
      ['inbox', '--keystore', nord.keystore, '--colour'],
    ];
    for (const args of wrong) expectFailure(await run(args), 2, 'usage');
  });

  it('help exits with 0 for every command', async () => {
    const commands = [
      '',
      'relay',
      'practice invite',
      'enrol',
      'device list',
      'directory search',
      'send',
      'inbox',
      'show',
      'fetch',
      'receipts',
    ];
    for (const command of commands) {
      const ran = await run([...command.split(' ').filter((word) => word !== ''), '--help'], { json: false });
      expect(ran.code, command).to.equal(0);
      expect(ran.out).to.match(/Usage:/);
    }
  });

  it('an unknown recipient is named before anything is sent, also beside a known one', async () => {
    const ran = await run([
      'send',
      '--keystore',
      nord.keystore,
      '--to',
      sued.address,
      '--to',
      'nobody@nowhere.example',
      study,
    ]);
    expectFailure(ran, 1, 'recipient-unknown');
    expect((await ok(['inbox', '--keystore', sued.keystore])).lines).to.deep.equal([]);
  });

  it('a wrong passphrase is said so', async () => {
    expectFailure(
      await run(['inbox', '--keystore', nord.keystore], { passphrase: 'not the passphrase' }),
      1,
      'passphrase-wrong',
    );
  });

  it('no passphrase and no terminal is said so', async () => {
    expectFailure(await run(['inbox', '--keystore', nord.keystore], { passphrase: null }), 1, 'passphrase-missing');
  });

  it('a short passphrase is refused for a new keystore, and nothing is made', async () => {
    const invited = await ok([
      'practice',
      'invite',
      '--data',
      world.relayData,
      '--name',
      'X',
      '--mailbox',
      'short@x.example',
    ]);
    const keystore = world.path('keys-short');
    const args = [
      'enrol',
      String(invited.lines[0]?.['invitation']),
      '--keystore',
      keystore,
      '--device',
      'D',
      '--member',
      'M',
    ];
    expectFailure(await run(args, { passphrase: 'short' }), 1, 'passphrase-short');
    expect(existsSync(keystore)).to.equal(false);
    await ok(args);
  });

  it('a folder without keystore is said so', async () => {
    expectFailure(await run(['inbox', '--keystore', world.path('nothing-here')]), 1, 'account-missing');
  });

  it('an invitation works once, and only for as long as it is valid', async () => {
    const invite = async (address: string, more: string[] = []): Promise<string> => {
      const ran = await ok([
        'practice',
        'invite',
        '--data',
        world.relayData,
        '--name',
        'Y',
        '--mailbox',
        address,
        ...more,
      ]);
      return String(ran.lines[0]?.['invitation']);
    };
    const once = await invite('once@y.example');
    const enrol = (invitation: string, name: string): Promise<Ran> =>
      run(['enrol', invitation, '--keystore', world.path(name), '--device', 'D', '--member', 'M']);
    expect((await enrol(once, 'keys-once')).code).to.equal(0);
    const twice = await enrol(once, 'keys-twice');
    expect(twice.code).to.equal(1);
    expect(['invitation-used', 'invitation-unknown']).to.include(twice.error?.code);
    expect(await filesOf(world.path('keys-twice'))).to.deep.equal([]);
    expectFailure(await enrol(`${world.url}/enrol#${'A'.repeat(43)}`, 'keys-forged'), 1, 'invitation-unknown');
    expectFailure(await enrol('not an invitation', 'keys-none'), 1, 'invitation-unknown');
    expectFailure(await enrol(`http://relay.example/enrol#${'A'.repeat(43)}`, 'keys-http'), 1, 'relay-insecure');
  });

  it('a keystore is not overwritten by a second enrolment', async () => {
    const invited = await ok([
      'practice',
      'invite',
      '--data',
      world.relayData,
      '--name',
      'Z',
      '--mailbox',
      'second@z.example',
    ]);
    const args = [
      'enrol',
      String(invited.lines[0]?.['invitation']),
      '--keystore',
      nord.keystore,
      '--device',
      'D',
      '--member',
      'M',
    ];
    expectFailure(await run(args), 1, 'account-exists');
    await ok(['inbox', '--keystore', nord.keystore]);
  });

  it('a path that does not exist is said so', async () => {
    const ran = await run(['send', '--keystore', nord.keystore, '--to', sued.address, world.path('no-such-folder')]);
    expectFailure(ran, 1, 'path-unreadable');
  });

  it('a folder without DICOM and no text is nothing to send', async () => {
    const folder = world.path('only-text');
    await writeFiles(folder, [{ name: 'a.txt', bytes: Buffer.from('hello') }]);
    expectFailure(await run(['send', '--keystore', nord.keystore, '--to', sued.address, folder]), 1, 'nothing-to-send');
  });

  it('a report that is no PDF is refused', async () => {
    const path = world.path('report.pdf');
    await writeFile(path, 'MZ not a pdf');
    const ran = await run(['send', '--keystore', nord.keystore, '--to', sued.address, '--report', path]);
    expectFailure(ran, 1, 'report-unreadable');
  });

  it('two processes do not use one keystore at a time, and a dead one does not keep it', async () => {
    const { lockKeystore } = await import('../../client/node/keystore-lock.js');
    const lock = await lockKeystore(nord.keystore);
    expectFailure(await run(['inbox', '--keystore', nord.keystore]), 1, 'keystore-in-use');
    await lock[Symbol.asyncDispose]();
    await writeFile(join(nord.keystore, 'lock'), '999999 1');
    await ok(['inbox', '--keystore', nord.keystore]);
  });

  it('administration without a relay is said so', async () => {
    const ran = await run([
      'practice',
      'invite',
      '--data',
      world.path('no-relay'),
      '--name',
      'A',
      '--mailbox',
      'a@b.example',
    ]);
    expectFailure(ran, 1, 'no-relay');
  });

  it('an unreachable relay is said so, and so is one that is none', async function () {
    this.timeout(180_000);
    const server = createServer((_request, response) => void response.writeHead(200).end('<html>hello</html>'));
    await new Promise<void>((ready) => void server.listen(0, '127.0.0.1', ready));
    const { port } = server.address() as AddressInfo;
    const enrol = (url: string): Promise<Ran> =>
      run([
        'enrol',
        `${url}/enrol#${'A'.repeat(43)}`,
        '--keystore',
        world.path('keys-web'),
        '--device',
        'D',
        '--member',
        'M',
      ]);
    expectFailure(await enrol(`http://127.0.0.1:${port}`), 1, 'relay-answer');
    await new Promise((closed) => server.close(closed));
    expectFailure(await enrol(`http://127.0.0.1:${port}`), 1, 'relay-unreachable');
    await world.stopRelay();
    expectFailure(await run(['inbox', '--keystore', nord.keystore]), 1, 'relay-unreachable');
    await world.restartRelay();
    await ok(['inbox', '--keystore', nord.keystore]);
  });
});

async function filesOf(folder: string): Promise<string[]> {
  return existsSync(folder) ? filesBelow(folder) : [];
}
