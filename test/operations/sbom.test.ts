import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { assert } from 'chai';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly scope: string;
  readonly hashes?: readonly { readonly content: string }[];
  readonly licenses?: readonly { readonly expression: string }[];
}

/** What a runtime dependency may come under, by SPDX. */
const PERMISSIVE =
  /^\(?(MIT|ISC|Apache-2\.0|BSD-[23]-Clause|0BSD|Unlicense|BlueOak-1\.0\.0|CC0-1\.0|Unicode-[A-Z0-9.-]+|PostgreSQL|MIT AND Zlib|Python-2\.0|WTFPL)( (OR|AND) [A-Za-z0-9.-]+\)?)*$/;

describe('what the relay is made of', () => {
  const run = (): string =>
    execFileSync(process.execPath, ['docs/operations/sbom.mjs'], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 });
  const text = run();
  const { components, bomFormat } = JSON.parse(text) as { components: Component[]; bomFormat: string };

  it('is listed whole: each package of the lock file, with its digest', () => {
    const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { integrity?: string }> };
    assert.equal(bomFormat, 'CycloneDX');
    assert.lengthOf(components, Object.keys(lock.packages).length - 1);
    const digests = Object.values(lock.packages).filter(({ integrity }) => integrity?.startsWith('sha512-')).length;
    assert.lengthOf(
      components.filter(({ hashes }) => hashes?.[0]?.content.length === 128),
      digests,
    );
    const names = Object.keys((JSON.parse(read('package.json')) as { dependencies: object }).dependencies);
    const listed = new Set(
      components
        .filter(({ scope }) => scope === 'required')
        .map(({ purl }) =>
          purl.replace(/^pkg:npm\/(%40)?/, (_, at) => (at === undefined ? '' : '@')).replace(/@[^@]+$/, ''),
        ),
    );
    assert.deepEqual(
      names.filter((name) => name !== 'libsodium-wrappers' && !listed.has(name)),
      [],
    );
  });

  it('is the same each time', () => {
    assert.equal(run(), text);
  });

  it('comes under permissive licences, as far as it runs', () => {
    const others = components
      .filter(({ scope, licenses }) => scope === 'required' && !PERMISSIVE.test(licenses?.[0]?.expression ?? ''))
      .map(({ name, licenses }) => `${name} ${licenses?.[0]?.expression ?? 'none'}`);
    assert.deepEqual(others, []);
  });

  it('runs no install scripts', () => {
    assert.match(read('.npmrc'), /^ignore-scripts=true$/m);
  });
});
