import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { expect } from 'chai';
import { build } from 'esbuild';
import { type Page as BrowserPage } from 'playwright-core';
import { sharedBrowser } from '../support/browser.js';
import { instanceBytes } from '../support/collecting.js';
import { type CorpusFile, corpusFiles, corpusSource, readCorpusFile } from '../support/corpus.js';
import { isoBytes } from '../support/iso-bytes.js';
import { hexDigest } from '../support/media.js';
import { zipBytes } from '../support/zip-bytes.js';
import { changedDigest, deidentifiedDigest } from '../support/one-change.js';
import { type ReferencePicture, gridDistance } from '../support/reference-pictures.js';
import { type CollectPage, type Rewriting } from './collect-page.js';
import { type RenderPage } from './render-page.js';

/** Collecting, packing and unpacking in a browser: the same code, the same outcome, and every byte. */

const CSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'";

declare global {
  var bildboteCollect: CollectPage;
  var bildboteRender: RenderPage;
}

const SCRIPTS: Readonly<Record<string, string>> = { '/page.js': 'collect-page.ts', '/render.js': 'render-page.ts' };

async function bundled(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [resolve(import.meta.dirname, file)],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    write: false,
    logLevel: 'silent',
    loader: { '.wasm': 'binary' },
    external: ['dcmjs', 'fs', 'path'],
  });
  return outputFiles[0]?.text ?? '';
}

describe('collecting in a browser', function () {
  this.timeout(120_000);
  let server: Server;
  let tab: BrowserPage;
  /** What the page finds at /file/N. */
  let offered: readonly (() => Uint8Array)[] = [];
  const complaints: string[] = [];

  before(async () => {
    const scripts = new Map<string, string>();
    for (const [path, file] of Object.entries(SCRIPTS)) scripts.set(path, await bundled(file));
    server = createServer((request, response) => {
      const [, number] = /^\/file\/(\d+)$/.exec(request.url ?? '') ?? [];
      response.setHeader('content-security-policy', CSP);
      if (number !== undefined) return void response.end(offered[Number(number)]?.());
      const script = scripts.get(request.url ?? '');
      response.setHeader('content-type', script === undefined ? 'text/html' : 'text/javascript');
      const tags = [...scripts.keys()].map((path) => `<script type="module" src="${path}"></script>`);
      response.end(script ?? `<!doctype html><title>test</title>${tags.join('')}`);
    });
    await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
    tab = await (await sharedBrowser()).newPage();
    tab.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
    tab.on('pageerror', (error) => void complaints.push(error.message));
    await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await tab.waitForFunction(() => 'bildboteCollect' in globalThis && 'bildboteRender' in globalThis);
  });

  after(async () => {
    await tab?.close();
    await new Promise((closed) => server?.close(closed));
  });

  const passThrough = (files: ReadonlyMap<string, () => Uint8Array>): ReturnType<CollectPage['passThrough']> => {
    offered = [...files.values()];
    return tab.evaluate((paths) => globalThis.bildboteCollect.passThrough(paths), [...files.keys()]);
  };

  it('opens archives and media, and names what is hostile', async () => {
    const inner = zipBytes({ entries: [{ name: '2.dcm', content: instanceBytes(2) }] });
    const zip = zipBytes({
      entries: [
        { name: '1.dcm', content: instanceBytes(1) },
        { name: 'inner.zip', content: inner },
        { name: '../evil.dcm', content: instanceBytes(9) },
        { name: 'bomb', content: new Uint8Array(20_000_000) },
        { name: 'hurt', content: instanceBytes(8), crc: 1 },
      ],
    });
    const files = new Map([
      ['a.zip', () => zip],
      ['cd.iso', () => isoBytes({ 'IM3.;1': instanceBytes(3) })],
    ]);
    const { digests, leftOut } = await passThrough(files);
    expect(digests).to.have.deep.members([
      ['a.zip/1.dcm', hexDigest(instanceBytes(1))],
      ['a.zip/inner.zip/2.dcm', hexDigest(instanceBytes(2))],
      ['cd.iso/IM3', hexDigest(instanceBytes(3))],
    ]);
    expect(leftOut).to.have.deep.members([
      ['a.zip/../evil.dcm', 'entry-name'],
      ['a.zip/bomb', 'entry-limit'],
      ['a.zip/hurt', 'entry-damaged'],
    ]);
  });

  const corpus = corpusFiles();
  const corpusIt = corpus === null ? it.skip : it;
  corpusIt('lets the whole corpus through, byte for byte', async () => {
    const files = new Map((corpus ?? []).map((file) => [file.path, () => readCorpusFile(file)] as const));
    const { digests, identical } = await passThrough(files);
    expect(digests.length + identical.length).to.equal(files.size);
    const wrong = digests.filter(([path, digest]) => hexDigest(files.get(path)?.() ?? new Uint8Array(0)) !== digest);
    expect(wrong).to.deep.equal([]);
  });

  const rewritten = async (files: readonly CorpusFile[], rewriting: Rewriting): Promise<readonly string[]> => {
    offered = files.map((file) => () => readCorpusFile(file));
    const paths = files.map(({ path }) => path);
    return tab.evaluate(([list, kind]) => globalThis.bildboteCollect.rewriteInWorker(list, kind), [
      paths,
      rewriting,
    ] as const);
  };

  corpusIt('changes one attribute of every file in a worker, with the very result of Node', async () => {
    const files = corpus ?? [];
    const expected: string[] = [];
    for (const file of files) expected.push(await changedDigest(corpusSource(file)));
    expect(different(files, await rewritten(files, 'change'), expected)).to.deep.equal([]);
    expect(expected.filter((digest) => digest !== 'refused').length).to.be.greaterThan(700);
  });

  corpusIt('de-identifies in a worker, with the very result of Node', async () => {
    // All of them, twice, would take too long for every run; `changes one attribute` reads every one.
    const files = (corpus ?? []).filter((_, index) => index % 4 === 0);
    const expected: string[] = [];
    for (const file of files) expected.push(await deidentifiedDigest(corpusSource(file)));
    expect(different(files, await rewritten(files, 'deidentify'), expected)).to.deep.equal([]);
    expect(expected.filter((digest) => !digest.startsWith('refused')).length).to.be.greaterThan(150);
  });

  const pictures = JSON.parse(
    readFileSync(resolve(import.meta.dirname, '../support/reference-pictures.json'), 'utf8'),
  ) as readonly ReferencePicture[];
  corpusIt('renders files as another program does, with the same window', async () => {
    const wrong: string[] = [];
    for (const { path, frame, window, grid, tolerance, what } of pictures) {
      const file = (corpus ?? []).find((one) => one.path === path);
      if (file === undefined) throw new Error(`${path} is not in the corpus`);
      offered = [() => readCorpusFile(file)];
      const shown = await tab.evaluate((wanted) => globalThis.bildboteRender.rendered(wanted), { frame, window });
      const distance = gridDistance(shown, grid);
      if (distance > tolerance) wrong.push(`${what}: off by ${distance} (${path})`);
    }
    expect(wrong).to.deep.equal([]);
    // The comparison sees what it is there to see.
    expect(gridDistance(pictures[0]?.grid ?? '', pictures[1]?.grid ?? '')).to.be.greaterThan(50);
  });

  it('needs nothing that the policy forbids', () => {
    expect(complaints).to.deep.equal([]);
  });
});

/** Files of which the browser says something else. */
function different(files: readonly CorpusFile[], found: readonly string[], expected: readonly string[]): string[] {
  return files.flatMap(({ path }, i) =>
    found[i] === expected[i] ? [] : [`${path}: ${found[i]} and not ${expected[i]}`],
  );
}
