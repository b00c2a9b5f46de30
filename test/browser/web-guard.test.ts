import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { type Browser, type Page } from 'playwright-core';
import { accessibilityOf } from '../support/axe.js';
import { sharedBrowser } from '../support/browser.js';
import { loadWebBundle } from '../../server/web/bundle.js';

/** Attack A30 in a browser: the server alters one byte of the page, or serves another one. */

const built = resolve(import.meta.dirname, '../../dist/web');

describe('the page’s guard in a browser', function () {
  this.timeout(60_000);
  let server: Server;
  let browser: Browser;
  let page: Page;
  let origin: string;
  /** What the server serves otherwise than it was built. */
  const altered = new Map<string, Buffer>();

  before(async () => {
    const bundle = await loadWebBundle(built);
    server = createServer((request, response) => void serve(request, response, altered, bundle?.assets ?? new Map()));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    browser = await sharedBrowser();
    page = await browser.newPage({ locale: 'en-GB' });
    await page.goto(origin);
    await page.getByRole('heading', { name: 'Set up a mailbox' }).waitFor();
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  });
  after(async () => {
    await page?.close();
    server?.close();
  });

  const shows = (name: string) => page.getByRole('heading', { name }).waitFor();

  it('runs the page that it knows, whatever is served, and tells of another one before a word is typed', async () => {
    await page.reload();
    await shows('Set up a mailbox');
    const html = await readFile(join(built, 'index.html'), 'utf8');
    const evil = Buffer.from(html.replace('</body>', '<p>evil</p></body>'));
    altered.set('/', evil);
    await page.reload();
    await shows('Set up a mailbox');
    expect(await page.getByText('evil').count()).to.equal(0);
    const list = JSON.parse(await readFile(join(built, 'bundle.json'), 'utf8')) as { files: Record<string, string> };
    list.files['index.html'] = createHash('sha256').update(evil).digest('hex');
    altered.set('/bundle.json', Buffer.from(JSON.stringify({ ...list, version: '9.9.9' })));
    await page.reload();
    await page.getByText('The relay serves another page').waitFor();
    await page.getByText('now serves version 9.9.9').waitFor();
    expect(await page.getByText('evil').count()).to.equal(0);
    expect(await accessibilityOf(page)).to.deep.equal([]);
  });

  it('refuses to take over a page whose files are not what its list says', async () => {
    const offered = altered.get('/') ?? Buffer.alloc(0);
    altered.set('/', Buffer.concat([offered, Buffer.from(' ')]));
    await page.getByRole('button', { name: /take it over/ }).click();
    await page.getByText(/whose files are not what its list says/).waitFor();
    altered.set('/', offered);
  });

  it('takes over what a person has compared', async () => {
    await page.getByRole('button', { name: /take it over/ }).click();
    await page.getByText('evil').waitFor();
  });

  it('refuses a file that was altered behind its list', async () => {
    const stranger = await browser.newPage({ locale: 'en-GB' });
    altered.clear();
    await stranger.goto(origin);
    await stranger.waitForFunction(() => navigator.serviceWorker.controller !== null);
    altered.set('/', Buffer.from(`${await readFile(join(built, 'index.html'), 'utf8')} `));
    const failure = await stranger.reload().then(
      () => null,
      (error: unknown) => String(error),
    );
    await stranger.close();
    expect(failure).to.match(/ERR_FAILED/);
  });
});

type Assets = ReadonlyMap<string, { readonly bytes: Buffer; readonly contentType: string }>;

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  altered: ReadonlyMap<string, Buffer>,
  assets: Assets,
): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  const asset = assets.get(path === '/' ? 'index.html' : path.slice(1));
  const bytes = altered.get(path) ?? asset?.bytes;
  await Promise.resolve();
  response.writeHead(bytes === undefined ? 404 : 200, { 'content-type': asset?.contentType ?? 'text/plain' });
  response.end(bytes);
}
