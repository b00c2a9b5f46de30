import { writeFile } from 'node:fs/promises';
import { type Server, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Authority, type Subject, createAuthority } from '../support/certificates.js';
import { ok, run, start } from '../support/cli.js';
import { type TestFolder, createFolder } from '../support/folder.js';
import { type World, createWorld } from '../support/world.js';

/** Somebody between practice and relay, with every certificate he can get but the right one. */
describe('attack A15: a peer that is not the relay', function () {
  this.timeout(60_000);
  let folder: TestFolder;
  let trusted: Authority;
  let env: NodeJS.ProcessEnv;
  const token = 'A'.repeat(43);

  before(async () => {
    folder = await createFolder();
    trusted = createAuthority();
    await writeFile(join(folder.path, 'ca.pem'), trusted.cert);
    env = { NODE_EXTRA_CA_CERTS: join(folder.path, 'ca.pem') };
  });
  after(() => folder.remove());

  async function impostor(authority: Authority, subject: Subject) {
    let requests = 0;
    const server: Server = createServer(authority.issue(subject), (_request, response) => {
      requests += 1;
      response.end('{}');
    });
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const close = () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve)));
    return { invitation: `https://localhost:${port}/enrol#${token}`, requests: () => requests, close };
  }

  const expired = new Date(Date.now() - 1_000);
  const cases: readonly [string, () => Authority, Subject][] = [
    ['a wrong host name', () => trusted, { name: 'x', hosts: ['other.example'] }],
    ['one that has expired', () => trusted, { name: 'x', hosts: ['localhost'], notAfter: expired }],
    ['a client certificate', () => trusted, { name: 'x', hosts: ['localhost'], usage: 'client' }],
    ['one that nobody vouches for', () => createAuthority('Nobody'), { name: 'x', hosts: ['localhost'] }],
  ];
  for (const [what, authority, subject] of cases) {
    it(`is refused with ${what}, before anything is asked`, async () => {
      const peer = await impostor(authority(), subject);
      const keystore = join(folder.path, `keys-${what.replaceAll(' ', '-')}`);
      const args = ['enrol', peer.invitation, '--keystore', keystore, '--device', 'D', '--member', 'M'];
      const ran = await run(args, { env });
      await peer.close();
      expect([ran.code, ran.error?.code]).to.deep.equal([1, 'relay-untrusted']);
      expect(peer.requests()).to.equal(0);
    });
  }

  it('and the relay with the right one is spoken to, by those who trust its authority', async () => {
    const { cert, key } = trusted.issue({ name: 'relay', hosts: ['localhost', '127.0.0.1'] });
    const files = { BILDBOTE_TLS_CERT: join(folder.path, 'cert.pem'), BILDBOTE_TLS_KEY: join(folder.path, 'key.pem') };
    await writeFile(files.BILDBOTE_TLS_CERT, cert);
    await writeFile(files.BILDBOTE_TLS_KEY, key);
    const world: World = await createWorld({ ...files, ...env });
    try {
      expect(world.url).to.match(/^https:/);
      const [address, keystore] = ['a@nord.example', join(folder.path, 'keys')];
      const invite = ['practice', 'invite', '--data', world.relayData, '--name', 'Nord', '--mailbox', address];
      const invitation = String((await ok(invite)).lines[0]?.['invitation']);
      // Processes of their own: authorities are read when one starts.
      const enrolled = await start(['enrol', invitation, '--keystore', keystore, '--device', 'D', '--member', 'M'], {
        env,
      }).done;
      expect(enrolled.code, enrolled.err).to.equal(0);
      const sent = await start(['send', '--keystore', keystore, '--to', address, '--text', 'x'], { env }).done;
      expect(sent.lines.at(-1), sent.err).to.include({ type: 'sent' });
      const distrustful = await run(['inbox', '--keystore', keystore]);
      expect([distrustful.code, distrustful.error?.code]).to.deep.equal([1, 'relay-untrusted']);
    } finally {
      await world.close();
    }
  });
});
