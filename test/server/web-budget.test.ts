import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { expect } from 'chai';

/** What comes over the line before anybody sees a message, compressed as the relay compresses it (docs/web-client.md §2). */

const assets = resolve(import.meta.dirname, '../../dist/web/assets');
const KB = 1000;

function nameOf(start: string): string {
  const name = readdirSync(assets).find((one) => new RegExp(`^${start}-[A-Z0-9]+\\.js$`).test(one));
  if (name === undefined) throw new Error('build the web client first: npm run build');
  return name;
}

/** A script with all that it imports at once; what it imports later, with `import()`, is not among it. */
function closureOf(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  const text = readFileSync(join(assets, name), 'utf8');
  for (const [, part = ''] of text.matchAll(/\b(?:from|import)\s*"\.\/([^"]+\.js)"/g)) closureOf(part, found);
  return found;
}

function compressed(name: string): number {
  const text = readFileSync(join(assets, name));
  return brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } }).length;
}

function sizeOf(start: string): number {
  return [...closureOf(nameOf(start))].reduce((sum, name) => sum + compressed(name), 0);
}

describe('what the web client loads first', () => {
  it('is less than 300 KB of page, and the viewer is not among it', () => {
    expect(sizeOf('main')).to.be.within(20 * KB, 300 * KB);
    const all = [...closureOf(nameOf('main'))].map((name) => readFileSync(join(assets, name), 'utf8')).join('');
    expect(all).not.to.include('createPictureWorkers').and.not.to.include('viewport-banner');
  });

  it('is less than 220 KB of the worker with all cryptography', () => {
    expect(sizeOf('worker')).to.be.within(50 * KB, 220 * KB);
  });

  it('is less than 60 KB of a picture worker: decoders come with the first picture that needs them', () => {
    expect(sizeOf('pictures')).to.be.within(5 * KB, 60 * KB);
  });
});
