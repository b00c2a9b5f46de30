import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { expect } from 'chai';
import { build } from 'esbuild';
import { type Page as BrowserPage } from 'playwright-core';
import { verifyChain } from '../../crypto/wire/chain.js';
import { parsePayloadHeader } from '../../crypto/wire/payload.js';
import { verifySignature } from '../../crypto/wire/signature.js';
import { openKeystore } from '../../crypto/seal/keystore.js';
import { createPayload, openPayload } from '../../crypto/seal/payload.js';
import { asSecret } from '../../crypto/seal/secret.js';
import { signingKeyFromSeed } from '../../crypto/seal/sign.js';
import { ready } from '../../crypto/seal/suite.js';
import { sharedBrowser } from '../support/browser.js';
import { type Page } from './page.js';

/** The same code in a browser and in Node: what one seals the other opens. The page may load nothing and reach nobody. */

const CSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'none'";

declare global {
  var bildbote: Page;
}

describe('crypto in a browser', function () {
  this.timeout(120_000);
  let server: Server;
  let tab: BrowserPage;
  const complaints: string[] = [];

  before(async () => {
    await ready();
    const bundled = await build({
      entryPoints: [resolve(import.meta.dirname, 'page.ts')],
      bundle: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2023',
      write: false,
      logLevel: 'silent',
    });
    const script = bundled.outputFiles[0]?.text ?? '';
    server = createServer((request, response) => {
      const isScript = request.url === '/page.js';
      response.setHeader('content-security-policy', CSP);
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(
        isScript ? script : '<!doctype html><title>test</title><script type="module" src="/page.js"></script>',
      );
    });
    await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
    tab = await (await sharedBrowser()).newPage();
    tab.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
    tab.on('pageerror', (error) => void complaints.push(error.message));
    await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await tab.waitForFunction(() => 'bildbote' in globalThis);
  });

  after(async () => {
    await tab?.close();
    await new Promise((closed) => server?.close(closed));
  });

  const segments = [Array.from({ length: 65_504 }, (_, i) => (i * 7) & 255), [1, 2, 3]];

  it('seals segments that Node opens', async () => {
    const sealed = await tab.evaluate((plain) => globalThis.bildbote.sealPayload(plain), segments);
    const header = parsePayloadHeader(Uint8Array.from(sealed.header));
    const { floe } = await openPayload(asSecret(Uint8Array.from(sealed.secret)), header);
    const [first, last] = sealed.segments.map((bytes) => Uint8Array.from(bytes));
    expect([...(await floe.openSegment(0, first ?? new Uint8Array(), 'inner'))]).to.deep.equal(segments[0]);
    expect([...(await floe.openSegment(1, last ?? new Uint8Array(), 'last'))]).to.deep.equal(segments[1]);
  });

  it('opens segments that Node sealed, and refuses an altered one', async () => {
    const payload = await createPayload(65_536);
    const first = await payload.floe.sealSegment(0, Uint8Array.from(segments[0] ?? []), 'inner');
    const last = await payload.floe.sealSegment(1, Uint8Array.from(segments[1] ?? []), 'last');
    const sealed = {
      secret: [...payload.secret],
      header: [...payload.header.bytes],
      segments: [[...first], [...last]],
    };
    const open = (one: typeof sealed): Promise<number[][]> =>
      tab.evaluate((given) => globalThis.bildbote.openSealed(given.secret, given.header, given.segments), one);
    expect(await open(sealed)).to.deep.equal(segments);
    const altered = [...first];
    altered[500] = (altered[500] ?? 0) ^ 1;
    const refusal = await open({ ...sealed, segments: [altered, [...last]] }).then(
      () => 'opened',
      () => 'refused',
    );
    expect(refusal).to.equal('refused');
  });

  it('makes a mailbox whose chain Node verifies', async () => {
    const made = await tab.evaluate((address) => globalThis.bildbote.makeMailbox(address), 'praxis@browser.example');
    expect(made.opened).to.equal(true);
    const chain = verifyChain(made.statements.map((bytes) => Uint8Array.from(bytes)));
    expect(chain.address).to.equal('praxis@browser.example');
    expect(chain.epoch?.n).to.equal(1);
  });

  it('derives the same signing key from a seed, and its signatures verify here', async () => {
    const seed = Array.from({ length: 32 }, (_, i) => i);
    const signed = await tab.evaluate((given) => globalThis.bildbote.signAndVerify(given, 'text'), seed);
    const { publicKey } = signingKeyFromSeed(Uint8Array.from(seed));
    expect(signed.publicKey).to.equal(Buffer.from(publicKey).toString('hex'));
    verifySignature('msg', publicKey, new TextEncoder().encode('text'), Uint8Array.from(signed.signature));
  });

  it('writes a keystore that Node opens', async () => {
    const passphrase = 'Schlüssel für den Browser';
    const made = await tab.evaluate((given) => globalThis.bildbote.keystoreRoundTrip(given, [1, 2, 3]), passphrase);
    expect(made.content).to.deep.equal([1, 2, 3]);
    expect([...openKeystore(Uint8Array.from(made.bytes), { kind: 'passphrase', passphrase }).content]).to.deep.equal([
      1, 2, 3,
    ]);
  });

  it('needs nothing that the policy forbids', () => {
    expect(complaints).to.deep.equal([]);
  });
});
