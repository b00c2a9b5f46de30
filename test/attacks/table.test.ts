import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { assert } from 'chai';
import { tableOf } from './report.js';
import { ATTACKS } from './table.js';

const root = resolve(import.meta.dirname, '../..');
/** A14 was never given. */
const IDS = Array.from({ length: 40 }, (_, i) => `A${i + 1}`).filter((id) => id !== 'A14');

describe('the list of attacks', () => {
  it('has every one of them once', () => {
    assert.sameOrderedMembers(ATTACKS.map(({ id }) => id).sort(), [...IDS].sort());
  });

  it('names tests that exist, in files that exist', () => {
    for (const { id, plays } of ATTACKS) {
      assert.isNotEmpty(plays, id);
      for (const { file, title } of plays) {
        assert(existsSync(join(root, file)), `${id}: ${file}`);
        const text = readFileSync(join(root, file), 'utf8').replaceAll("\\'", "'");
        assert.include(text, title, `${id}: ${file}`);
      }
    }
  });

  it('is the table of the threat model, in which nothing got through', function () {
    const table = tableOf(readFileSync(join(root, 'docs/threat-model.md'), 'utf8'));
    // Until somebody has played them there is nothing to be true.
    if (table.trim() === '') this.skip();
    const rows = table.split('\n').filter((line) => line.startsWith('| A'));
    assert.deepEqual(
      rows.map((row) => row.split('|')[1]?.trim()),
      IDS,
    );
    for (const { id, attack, outcome, plays } of ATTACKS) {
      const row = rows.find((one) => one.startsWith(`| ${id} |`)) ?? '';
      for (const text of [attack, outcome, ...plays.map(({ file }) => `(../${file})`)]) assert.include(row, text);
      assert.match(row, /\| repelled(, \d+ skipped)? \|$/, id);
    }
  });
});
