import { resolve } from 'node:path';
import { assert } from 'chai';
import { build } from 'esbuild';

/** Secrets live in the worker (docs/spec/envelope.md §9, invariant 21): what draws does not even hold the code that could use them. */
describe('the page', () => {
  const root = resolve(import.meta.dirname, '../../../..');

  async function filesOf(entry: string): Promise<string[]> {
    const { metafile } = await build({
      ...{ absWorkingDir: root, entryPoints: [entry], bundle: true, write: false, metafile: true, treeShaking: false },
      ...{ format: 'esm', platform: 'browser', packages: 'external', logLevel: 'silent', outdir: 'unwritten' },
      loader: { '.css': 'empty' },
    });
    return Object.keys(metafile.inputs);
  }

  const KEYS = /^crypto\/seal\/|^client\/core\/(account|devices|send|receive|relay)\//;

  it('holds no file that makes, opens or uses a key, and none that speaks with the relay for it', async () => {
    const files = await filesOf('client/web/page/main.tsx');
    assert.isAbove(files.length, 50);
    assert.deepEqual(
      files.filter((file) => KEYS.test(file)),
      [],
    );
  });

  it('would show them: the same search finds them in the worker', async () => {
    const files = await filesOf('client/web/worker/main.ts');
    assert.include(files.filter((file) => KEYS.test(file)).join(), 'crypto/seal/suite.ts');
  });
});
