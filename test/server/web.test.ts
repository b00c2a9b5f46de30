import { spawn } from 'node:child_process';
import { appendFile, cp, readFile, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import express from 'express';
import { expect } from 'chai';
import { loadWebBundle } from '../../server/web/bundle.js';
import { webRoutes } from '../../server/web/routes.js';
import { withFolder } from '../support/folder.js';

const root = resolve(import.meta.dirname, '../..');
const built = join(root, 'dist/web');

interface Manifest {
  readonly files: Readonly<Record<string, string>>;
}

async function served<T>(folder: string, use: (origin: string) => Promise<T>, store: string | null = null): Promise<T> {
  const bundle = await loadWebBundle(folder);
  if (bundle === null) throw new Error('build the web client first: npm run build');
  const server = express().use(webRoutes(bundle, store)).listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const address = server.address();
  try {
    return await use(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
  } finally {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
}

async function compare(origin: string): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, [join(root, 'client/web/compare.mjs'), origin], { cwd: root });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => void (out += chunk.toString()));
  return new Promise((done) => child.once('close', (code) => done({ code, out })));
}

async function codeOf(action: Promise<unknown>): Promise<unknown> {
  return action.then(
    () => 'nothing thrown',
    (error: unknown) => (error as { code?: unknown }).code,
  );
}

describe('the web client at the relay', function () {
  this.timeout(30_000);

  it('is every file of the list, byte for byte, under a policy that lets nothing in or out', () =>
    served(built, async (origin) => {
      const manifest = JSON.parse(await readFile(join(built, 'bundle.json'), 'utf8')) as Manifest;
      for (const [path, digest] of Object.entries(manifest.files).filter(([name]) => !name.includes('/cmaps/'))) {
        const answer = await fetch(`${origin}/${path === 'index.html' ? '' : path}`);
        const bytes = Buffer.from(await answer.arrayBuffer());
        expect(answer.status, path).to.equal(200);
        expect(createHash('sha256').update(bytes).digest('hex'), path).to.equal(digest);
        const policy = answer.headers.get('content-security-policy') ?? '';
        expect(policy)
          .to.match(/^default-src 'none'/)
          .and.to.include("require-trusted-types-for 'script'");
        expect(policy).not.to.match(/unsafe-inline|unsafe-eval'(?<!wasm-unsafe-eval')|https?:|\*/);
        expect(answer.headers.get('cross-origin-embedder-policy')).to.equal('require-corp');
        expect(answer.headers.get('cross-origin-opener-policy')).to.equal('same-origin');
        expect(answer.headers.get('cache-control')).to.equal(
          // The two files whose names say nothing of what is in them.
          ['index.html', 'guard.js'].includes(path) ? 'no-cache' : 'public, max-age=31536000, immutable',
        );
      }
    }));

  it('reaches the relay alone, and the store where the operator lets sealed parts go past the relay', async () => {
    const reached = (store: string | null): Promise<string | undefined> =>
      served(
        built,
        async (origin) => {
          const policy = (await fetch(`${origin}/`)).headers.get('content-security-policy') ?? '';
          return policy.split('; ').find((one) => one.startsWith('connect-src'));
        },
        store,
      );
    expect(await reached(null)).to.equal("connect-src 'self'");
    expect(await reached('https://s3.example')).to.equal("connect-src 'self' https://s3.example");
  });

  it('is nothing else: no other path, no way out of the folder, no list of files', () =>
    served(built, async (origin) => {
      for (const path of [
        '/assets/',
        '/assets',
        '/assets/../bundle.json.bak',
        '/assets/%2e%2e/%2e%2e/package.json',
        '/assets/..%2f..%2fpackage.json',
        '/package.json',
        '/index.html',
        '/enrol/x',
        '/.git/config',
        '/web.inputs',
      ]) {
        expect((await fetch(`${origin}${path}`)).status, path).to.equal(404);
      }
    }));

  it('keeps a relay from starting when a file was altered, added to, or is missing', () =>
    withFolder(async (folder) => {
      const copy = join(folder, 'web');
      await cp(built, copy, { recursive: true });
      const manifest = JSON.parse(await readFile(join(copy, 'bundle.json'), 'utf8')) as Manifest;
      const script = Object.keys(manifest.files).find((path) => path.startsWith('assets/main-')) ?? '';
      await appendFile(join(copy, script), ' ');
      expect(await codeOf(loadWebBundle(copy))).to.equal('config-invalid');
      for (const files of [{ ...manifest.files, '../x': '00' }, { 'assets/a.js': '00' }]) {
        await writeFile(join(copy, 'bundle.json'), JSON.stringify({ ...manifest, files }));
        expect(await codeOf(loadWebBundle(copy))).to.equal('config-invalid');
      }
      await writeFile(join(copy, 'bundle.json'), 'no list');
      expect(await codeOf(loadWebBundle(copy))).to.equal('config-invalid');
      expect(await loadWebBundle(folder)).to.equal(null);
    }));

  it('is found to differ by one byte, from outside, and to be the same when it is', async () => {
    const same = await served(built, compare);
    expect([same.code, same.out.includes('The same: ')]).to.deep.equal([0, true]);
    await withFolder(async (folder) => {
      const copy = join(folder, 'web');
      await cp(built, copy, { recursive: true });
      const text = await readFile(join(copy, 'bundle.json'), 'utf8');
      const manifest = JSON.parse(text) as Manifest;
      const script = Object.keys(manifest.files).find((path) => path.startsWith('assets/worker-')) ?? '';
      const bytes = await readFile(join(copy, script));
      bytes[1000] = (bytes[1000] ?? 0) ^ 1;
      await writeFile(join(copy, script), bytes);
      // The cheat goes all the way: the list that is served fits the file that is served.
      const forged = createHash('sha256').update(bytes).digest('hex');
      await writeFile(join(copy, 'bundle.json'), text.replace(manifest.files[script] ?? '', forged));
      const { code, out } = await served(copy, compare);
      expect(code).to.equal(1);
      expect(out).to.include(`${script}: differs`).and.to.include('bundle.json: differs');
    });
  });
});
