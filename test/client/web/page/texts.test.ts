import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';
import { de } from '../../../../client/web/page/texts/de.js';
import { en } from '../../../../client/web/page/texts/en.js';
import {
  formatBytes,
  formatDicomDate,
  formatPersonName,
  formatSpan,
} from '../../../../client/web/page/texts/format.js';
import { errorKey, translator } from '../../../../client/web/page/texts/translate.js';

const page = resolve(import.meta.dirname, '../../../../client/web/page');

function namesIn(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '').sort();
}

describe('the texts of the page', () => {
  it('are complete in both languages, with the same names to be filled in', () => {
    expect(Object.keys(de).sort()).to.deep.equal(Object.keys(en).sort());
    for (const key of Object.keys(en) as (keyof typeof en)[]) {
      expect(de[key], key).to.not.equal('');
      // A text may name the same thing twice in one language and once in the other.
      expect([...new Set(namesIn(de[key]))], key).to.deep.equal([...new Set(namesIn(en[key]))]);
    }
  });

  it('are not the same in both, but for names', () => {
    const same = (Object.keys(en) as (keyof typeof en)[]).filter((key) => de[key] === en[key]);
    expect(same.filter((key) => /[a-z]{4,} [a-z]{4,}/i.test(en[key]))).to.deep.equal([]);
  });

  it('stand in the tables: no component has words of its own', () => {
    const files = readdirSync(page, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tsx'));
    const own = files.flatMap((name) => {
      const source = ts.createSourceFile(name, readFileSync(join(page, name), 'utf8'), ts.ScriptTarget.ES2023, true);
      const words: string[] = [];
      const visit = (node: ts.Node): void => {
        if (ts.isJsxText(node) && /\p{L}{2,}/u.test(node.text)) words.push(`${name}: ${node.text.trim()}`);
        node.forEachChild(visit);
      };
      visit(source);
      return words;
    });
    expect(files.length).to.be.greaterThan(20);
    expect(own).to.deep.equal([]);
  });

  it('are filled in as text, and what is not given stays visible', () => {
    expect(translator('en')('urgent.in', { time: '<b>2 h</b>' })).to.equal('Urgent: <b>2 h</b> left');
    expect(translator('de')('urgent.in')).to.equal('Dringend: noch {time}');
  });

  it('have one for each code, and an unexpected error for codes that have none', () => {
    expect(errorKey('passphrase-wrong')).to.equal('error.passphrase-wrong');
    expect(errorKey('package-trailer')).to.equal('error.internal-error');
    expect(errorKey('__proto__')).to.equal('error.internal-error');
  });
});

describe('numbers and names', () => {
  it('are written as people of the language write them', () => {
    expect(formatBytes(21_500_000, 'de')).to.equal('21,5\u00a0MB');
    expect(formatBytes(999, 'en')).to.equal('999\u00a0B');
    expect(formatBytes(1_234_567_890, 'en')).to.equal('1.2\u00a0GB');
    expect(formatSpan(125 * 60_000, 'en')).to.equal('2 h 5 min');
    expect(formatSpan(-26 * 3_600_000, 'de')).to.equal('1 T 2 h');
    expect(formatSpan(10, 'en')).to.equal('1 min');
  });

  it('come from DICOM, and what is none stays as it came', () => {
    expect(formatDicomDate('19640812', 'de')).to.equal('12.08.1964');
    expect(formatDicomDate('19640512', 'en'), 'a month is a word: 05/12 is read in two ways').to.equal('12 May 1964');
    expect(formatDicomDate('19641399', 'de')).to.equal('19641399');
    expect(formatDicomDate('heute', 'de')).to.equal('heute');
    expect(formatPersonName('Muster^Erika^^Dr.')).to.equal('Muster, Dr. Erika');
    expect(formatPersonName('^^=\u5c71\u7530^\u592a\u90ce')).to.equal('\u5c71\u7530, \u592a\u90ce');
    expect(formatPersonName('')).to.equal('');
  });
});
