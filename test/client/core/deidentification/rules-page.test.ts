import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { rulesPage } from '../../../../client/core/deidentification/rules-page.js';
import { effectiveCode, tableRows } from '../../../../client/core/deidentification/rules.js';
import { SAFE_PRIVATE } from '../../../../client/core/deidentification/tables/safe-private-2026c.js';
import { CONTENT_ROWS } from '../../../../client/core/deidentification/tables/structured-content-2026c.js';
import { CORPUS_FOLDER } from '../../../support/corpus.js';

const page = join(import.meta.dirname, '../../../../docs/spec/deidentification-attributes.md');

interface Source {
  readonly rows: readonly {
    readonly tagHex: string | null;
    readonly basic: string;
    readonly options: Readonly<Record<string, string>>;
    readonly name: string;
  }[];
}

describe('the tables of de-identification', () => {
  it('stand in the document as they are run (npm run docs:deid writes it)', () => {
    expect(readFileSync(page, 'utf8')).to.equal(rulesPage());
  });

  it('have the rows and options of edition 2026d', () => {
    const rows = tableRows();
    expect(rows).to.have.length(657);
    const count = (letter: string): number =>
      rows.flatMap((row) => Object.values(row.options)).filter((code) => code === letter).length;
    expect([count('K'), count('C')]).to.deep.equal([301, 335]);
    expect(CONTENT_ROWS.trim().split('\n')).to.have.length(214);
    expect(Object.values(SAFE_PRIVATE).flatMap((list) => list.split(', '))).to.have.length(479);
  });

  it('let an option that keeps win, but for a date of the device while dates move', () => {
    const row = tableRows().find(({ name }) => name === 'Calibration DateTime') ?? expect.fail('no such row');
    expect(effectiveCode(row, new Set())).to.equal('Z');
    expect(effectiveCode(row, new Set(['retainDeviceIdentity']))).to.equal('K');
    expect(effectiveCode(row, new Set(['retainDeviceIdentity', 'retainLongModifiedDates']))).to.equal('C');
  });

  const source = join(dirname(CORPUS_FOLDER), 'data/ps315-table.json');
  (existsSync(source) ? it : it.skip)('equal the published table, where it lies beside the repository', () => {
    const { rows } = JSON.parse(readFileSync(source, 'utf8')) as Source;
    const ours = new Map(tableRows().map((row) => [row.pattern, row]));
    for (const { tagHex, basic, options, name } of rows) {
      if (tagHex === null) continue;
      const row = ours.get(tagHex) ?? expect.fail(`${tagHex} is missing`);
      expect([row.basic, row.options, row.name], tagHex).to.deep.equal([basic, options, name]);
    }
  });
});
