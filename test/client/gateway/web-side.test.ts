import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { type IncomingMessage, type Server, createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { createLog } from '../../../client/gateway/log.js';
import { type WebSide, startWebSide } from '../../../client/gateway/web-side.js';
import { codeOf } from '../../support/codes.js';
import { type TestFolder, createFolder } from '../../support/folder.js';

/** Attack A30 at the practice's own machine, and what passes from the page to the relay behind it. */
describe('the web client from the gateway', () => {
  let folder: TestFolder;
  let relay: Server;
  let side: WebSide;
  let digest: string;
  const asked: { url: string; host: string; origin: string; token: string; body: string }[] = [];

  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const FILES: Readonly<Record<string, string>> = {
    'index.html': '<!doctype html><title>page</title>',
    'assets/main-1.js': 'console.log(1)',
    'guard.js': '// guard',
  };

  async function build(name: string, files: Readonly<Record<string, string>>): Promise<string> {
    const at = join(folder.path, name);
    await mkdir(join(at, 'assets'), { recursive: true });
    for (const [path, text] of Object.entries(files)) await writeFile(join(at, path), text);
    const list = {
      format: 1,
      version: '1',
      files: Object.fromEntries(Object.keys(FILES).map((path) => [path, sha256(FILES[path] ?? '')])),
    };
    await writeFile(join(at, 'bundle.json'), JSON.stringify(list));
    digest = sha256(JSON.stringify(list));
    return at;
  }
  const web = (at: string, more = {}) => ({ host: '127.0.0.1', port: 0, names: [], digest, folder: at, ...more });
  const start = (at: string, more = {}): Promise<WebSide> =>
    startWebSide({ web: web(at, more), relayOrigin: relayOrigin(), log: createLog('silent') });
  const relayOrigin = (): string => `http://127.0.0.1:${(relay.address() as AddressInfo).port}`;

  before(async () => {
    folder = await createFolder();
    relay = createServer((incoming, response) => {
      void bodyOf(incoming).then((body) => {
        const { host = '', origin = '', authorization: token = '' } = incoming.headers;
        asked.push({ url: incoming.url ?? '', host, origin, token, body });
        response.writeHead(201, { 'content-type': 'application/json', 'x-relay': 'yes' });
        response.end('{"from":"relay"}');
      });
    });
    relay.on('upgrade', (incoming, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
      socket.once('data', (bytes: Buffer) => socket.end(`${incoming.headers.origin} ${bytes.toString()}`));
    });
    await new Promise<void>((done) => relay.listen(0, '127.0.0.1', done));
    side = await start(await build('good', FILES));
  });
  after(async () => {
    await side[Symbol.asyncDispose]();
    relay.close();
    await folder.remove();
  });

  it('serves the pinned files under the page’s policy, and nothing that is not on the list', async () => {
    for (const path of ['/', '/enrol', '/pair', '/recover']) {
      const page = await fetch(`${side.url}${path}`);
      expect(await page.text()).to.equal(FILES['index.html']);
      expect(page.headers.get('content-security-policy')).to.include("default-src 'none'").and.not.include('sandbox');
    }
    const script = await fetch(`${side.url}/assets/main-1.js`);
    expect(script.headers.get('cache-control')).to.include('immutable');
    expect(sha256(await (await fetch(`${side.url}/bundle.json`)).text())).to.equal(digest);
    for (const path of ['/assets/other.js', '/assets/..%2fbundle.json', '/package.json']) {
      expect((await fetch(`${side.url}${path}`)).status, path).to.equal(404);
    }
  });

  it('refuses to start with another bundle than the pinned one, with one altered byte, or with a file missing', async () => {
    const good = digest;
    const code = (name: string, files: Readonly<Record<string, string>>, more = {}): Promise<string> =>
      build(name, files).then((at) => codeOf(() => start(at, more)));
    expect(await code('other', FILES, { digest: good.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) })).to.equal(
      'web-not-pinned',
    );
    expect(await code('altered', { ...FILES, 'assets/main-1.js': 'console.log(2)' })).to.equal('web-not-pinned');
    expect(await codeOf(() => start(join(folder.path, 'nowhere')))).to.equal('web-not-pinned');
  });

  it('passes what the page asks on to its relay, as the relay’s own page would ask', async () => {
    const answer = await fetch(`${side.url}/api/messages?x=1`, {
      method: 'POST',
      body: 'sealed',
      headers: { origin: side.url, authorization: 'Bearer t' },
    });
    expect([answer.status, answer.headers.get('x-relay'), await answer.text()]).to.deep.equal([
      201,
      'yes',
      '{"from":"relay"}',
    ]);
    const host = new URL(relayOrigin()).host;
    expect((await fetch(`${side.url}/log/policy`)).status).to.equal(201);
    expect(asked.pop()?.url).to.equal('/log/policy');
    expect(asked.at(-1)).to.deep.equal({
      url: '/api/messages?x=1',
      host,
      origin: relayOrigin(),
      token: 'Bearer t',
      body: 'sealed',
    });
  });

  it('asks nobody for a page of another origin, or under another name', async () => {
    const before = asked.length;
    const evil = await fetch(`${side.url}/api/relay`, { headers: { origin: 'https://evil.example' } });
    expect(evil.status).to.equal(403);
    expect(await statusWithHost(side.url, 'evil.example')).to.equal(421);
    expect(await upgraded(side.url, 'https://evil.example')).to.equal('');
    expect(asked.length).to.equal(before);
  });

  it('passes hints on', async () => {
    expect(await upgraded(side.url, side.url)).to.match(new RegExp(`101 Switching[^]*${relayOrigin()} hello$`));
  });
});

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  let text = '';
  for await (const bytes of incoming) text += String(bytes);
  return text;
}

function statusWithHost(url: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asking = request(`${url}/api/relay`, { headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asking.once('error', reject);
    asking.end();
  });
}

/** @returns everything that comes back after an upgrade and one word */
function upgraded(url: string, origin: string): Promise<string> {
  const { hostname, port, host } = new URL(url);
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), hostname);
    socket.write(
      `GET /api/hints/ HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
    socket.on('data', (bytes: Buffer) => {
      if (text === '') socket.write('hello');
      text += bytes.toString();
    });
    socket.on('error', () => resolve(text));
    socket.on('close', () => resolve(text));
  });
}
