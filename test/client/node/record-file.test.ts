import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { openRecordFile } from '../../../client/node/record-file.js';
import { withFolder } from '../../support/folder.js';

async function readAll(path: string): Promise<string[]> {
  const log = await openRecordFile(path);
  const records: string[] = [];
  for await (const record of log.read()) records.push(Buffer.from(record).toString());
  await log.close();
  return records;
}

async function write(path: string, records: readonly string[]): Promise<void> {
  const log = await openRecordFile(path);
  for (const record of records) await log.append(Buffer.from(record));
  await log.close();
}

describe('a record log in a file', () => {
  it('gives back what was appended, in order, also across openings', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'a.log');
      await write(path, ['one', '', 'three']);
      await write(path, ['four']);
      expect(await readAll(path)).to.deep.equal(['one', '', 'three', 'four']);
    }));

  it('forgets a record that was torn at any byte, keeps those before it, and goes on behind them', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'a.log');
      await write(path, ['first', 'second']);
      const whole = await readFile(path);
      const second = 8 + 'first'.length;
      for (let length = second; length < whole.length; length++) {
        await writeFile(path, whole.subarray(0, length));
        expect(await readAll(path), `cut at ${length}`).to.deep.equal(['first']);
        await write(path, ['third']);
        expect(await readAll(path)).to.deep.equal(['first', 'third']);
      }
    }));

  it('takes a tail of zeros or noise for torn, not for a record', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'a.log');
      await write(path, ['first']);
      await appendFile(path, Buffer.alloc(20));
      expect(await readAll(path)).to.deep.equal(['first']);
      await truncate(path, 13);
      await appendFile(path, Buffer.from('ffffffff00000000aa', 'hex'));
      expect(await readAll(path)).to.deep.equal(['first']);
    }));

  it('keeps any records', () =>
    withFolder(async (folder) => {
      let n = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(fc.string(), { maxLength: 5 }), async (records) => {
          const path = join(folder, `${n++}.log`);
          await write(path, records);
          expect(await readAll(path)).to.deep.equal(records.map((text) => Buffer.from(text).toString()));
        }),
        { numRuns: 30, seed: 1 },
      );
    }));
});
