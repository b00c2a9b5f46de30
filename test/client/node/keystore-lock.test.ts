import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { NodeError } from '../../../client/node/error.js';
import { lockKeystore } from '../../../client/node/keystore-lock.js';
import { withFolder } from '../../support/folder.js';

async function codeOf(action: Promise<unknown>): Promise<string> {
  try {
    await action;
    return 'nothing thrown';
  } catch (error) {
    return error instanceof NodeError ? error.code : String(error);
  }
}

describe('the lock of a keystore', () => {
  it('is held by one at a time and can be taken again afterwards', () =>
    withFolder(async (folder) => {
      const lock = await lockKeystore(folder);
      expect(await codeOf(lockKeystore(folder))).to.equal('keystore-in-use');
      await lock[Symbol.asyncDispose]();
      const again = await lockKeystore(folder);
      await again[Symbol.asyncDispose]();
      expect(await readdir(folder)).to.deep.equal([]);
    }));

  it('of a living process holds, of a dead one does not', () =>
    withFolder(async (folder) => {
      const script = `import(${JSON.stringify(join(import.meta.dirname, '../../../client/node/keystore-lock.ts'))})
        .then((m) => m.lockKeystore(${JSON.stringify(folder)})).then(() => { process.stdout.write('held'); setInterval(() => {}, 1000); });`;
      const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await new Promise((held) => child.stdout.once('data', held));
      expect(await codeOf(lockKeystore(folder))).to.equal('keystore-in-use');
      const gone = new Promise((closed) => child.once('close', closed));
      child.kill('SIGKILL');
      await gone;
      expect(existsSync(join(folder, 'lock'))).to.equal(true);
      const lock = await lockKeystore(folder);
      await lock[Symbol.asyncDispose]();
    }));

  it('with the pid of a process that started later does not hold', () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'lock'), `${process.pid} 1`);
      const lock = await lockKeystore(folder);
      await lock[Symbol.asyncDispose]();
    }));

  it('that is empty or nonsense does not hold', () =>
    withFolder(async (folder) => {
      for (const text of ['', 'nonsense', '-5', '0 0']) {
        await writeFile(join(folder, 'lock'), text);
        const lock = await lockKeystore(folder);
        await lock[Symbol.asyncDispose]();
      }
    }));

  it('is won by exactly one of many that find a stale one', () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'lock'), '999999 7');
      const codes = await Promise.all(Array.from({ length: 8 }, () => codeOf(lockKeystore(folder))));
      expect(codes.filter((code) => code === 'nothing thrown')).to.have.length(1);
    }));
});
