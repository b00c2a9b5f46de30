import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { connect as connectTcp } from 'node:net';
import { once } from 'node:events';
import { assert } from 'chai';
import { loadConfig } from '../../server/config.js';
import { createHttpServer, listen } from '../../server/http/serve.js';
import { type TlsFiles, loadTls, reloadTls } from '../../server/http/tls.js';
import { createLog } from '../../server/log.js';
import { type Authority, type Certificate, createAuthority } from '../support/certificates.js';
import { type TestFolder, createFolder } from '../support/folder.js';

describe('server/http/tls', function () {
  this.timeout(20_000);
  let folder: TestFolder;
  let authority: Authority;
  let files: TlsFiles;

  beforeEach(async () => {
    folder = await createFolder();
    authority = createAuthority();
    files = { cert: join(folder.path, 'cert.pem'), key: join(folder.path, 'key.pem') };
    await put(authority.issue({ name: 'first', hosts: ['localhost'] }));
  });
  afterEach(() => folder.remove());

  async function put({ cert, key }: Certificate): Promise<void> {
    await writeFile(`${files.key}.new`, key);
    await writeFile(`${files.cert}.new`, cert);
    await rename(`${files.key}.new`, files.key);
    await rename(`${files.cert}.new`, files.cert);
  }

  async function nameAt(port: number, options: { maxVersion?: 'TLSv1.1' | 'TLSv1.3' } = {}): Promise<string> {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: authority.cert, ...options });
    await once(socket, 'secureConnect');
    const { subject } = socket.getPeerCertificate();
    socket.destroy();
    return String(subject.CN);
  }

  it('takes a new certificate while it runs, and keeps the old one when the new one cannot be used', async () => {
    const material = await loadTls(files);
    const { server, tlsServer, drain } = createHttpServer(material);
    const port = await listen(server, '127.0.0.1', 0);
    assert.isNotNull(tlsServer);
    const reload = reloadTls(tlsServer ?? assert.fail(), files, material, createLog('silent'));
    try {
      assert.equal(await nameAt(port), 'first');
      assert.equal(await reload.look(), 'same');
      await put(authority.issue({ name: 'second', hosts: ['localhost'] }));
      assert.equal(await reload.look(), 'reloaded');
      assert.equal(await nameAt(port), 'second');
      await put({ cert: 'half a certif', key: 'icate' });
      assert.equal(await reload.look(), 'refused');
      assert.equal(await nameAt(port), 'second');
      await put(authority.issue({ name: 'third', hosts: ['localhost'] }));
      assert.equal(await reload.look(), 'reloaded');
      assert.equal(await nameAt(port), 'third');
    } finally {
      reload.close();
      await drain();
    }
  });

  it('refuses TLS before 1.2', async () => {
    const { server, drain } = createHttpServer(await loadTls(files));
    const port = await listen(server, '127.0.0.1', 0);
    try {
      const refused = await nameAt(port, { maxVersion: 'TLSv1.1' }).then(
        () => 'connected',
        () => 'refused',
      );
      assert.equal(refused, 'refused');
      assert.equal(await nameAt(port, { maxVersion: 'TLSv1.3' }), 'first');
    } finally {
      await drain();
    }
  });

  it('drains at once, also with a peer that never finished its handshake', async () => {
    const { server, drain } = createHttpServer(await loadTls(files));
    const port = await listen(server, '127.0.0.1', 0);
    const silent = connectTcp({ port, host: '127.0.0.1' });
    silent.on('error', () => undefined);
    await Promise.all([once(silent, 'connect'), once(server, 'connection')]);
    const closed = once(silent, 'close');
    await drain();
    await closed;
  });

  it('does not start with a certificate and the key of another one, or without the files', async () => {
    const foreign = authority.issue({ name: 'x', hosts: [] });
    await writeFile(files.key, foreign.key);
    const codeOf = (work: Promise<unknown>): Promise<unknown> =>
      work.then(
        () => 'started',
        (error: { code?: string }) => error.code,
      );
    assert.equal(await codeOf(loadTls(files)), 'config-invalid');
    assert.equal(await codeOf(loadTls({ ...files, cert: join(folder.path, 'none.pem') })), 'config-invalid');
  });

  it('wants TLS, a proxy, or a word for it, to listen beyond this machine (attack A16)', () => {
    const load = (environment: NodeJS.ProcessEnv) => () => loadConfig({ host: '0.0.0.0' }, environment);
    assert.throws(load({}), /host \(BILDBOTE_HOST\)/);
    assert.throws(load({ BILDBOTE_TLS_CERT: 'cert.pem' }), /BILDBOTE_TLS_KEY/);
    assert.doesNotThrow(load({ BILDBOTE_TLS_CERT: 'cert.pem', BILDBOTE_TLS_KEY: 'key.pem' }));
    assert.doesNotThrow(load({ BILDBOTE_TRUST_PROXY: '1' }));
    assert.doesNotThrow(load({ BILDBOTE_PLAIN_HTTP: 'on' }));
    for (const host of ['127.0.0.1', '127.0.0.2', '::1', 'localhost'])
      assert.doesNotThrow(() => loadConfig({ host }, {}));
    for (const host of ['::', '192.0.2.1', 'relay.example'])
      assert.throws(() => loadConfig({ host }, {}), /BILDBOTE_HOST/);
  });
});
