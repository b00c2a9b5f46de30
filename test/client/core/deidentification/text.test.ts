import { expect } from 'chai';
import fc from 'fast-check';
import { cleanText, scrubText } from '../../../../client/core/deidentification/clean-text.js';
import { collectIdentifiers, type Identifiers } from '../../../../client/core/deidentification/identifiers.js';
import { createResidualSearch, wantedBytes } from '../../../../client/core/deidentification/residual.js';
import { decodeText } from '../../../../client/core/dicom/charset.js';
import { encodeText } from '../../../../client/core/dicom/charset-encode.js';

function muellers(): Identifiers {
  const collector = collectIdentifiers();
  collector.name('Müller^Hans-Peter^^Dr', 'patient');
  collector.name('Li^Wei', 'patient');
  collector.name('山田^太郎', 'patient');
  collector.phrase('0012345678', 'patient');
  collector.phrase('Praxis am Wöhrder See', 'other');
  collector.date('19620305');
  collector.uid('1.2.276.0.7.8.9');
  return collector.finish();
}

const scrub = (text: string): string => scrubText(text, muellers(), 'all', () => '2.25.1');
const clean = (text: string): string => cleanText(text, muellers());

describe('identifiers in text that stays', () => {
  it('are found in every spelling and order, and nothing else goes', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['Thorax Müller', 'Thorax'],
      ['MUELLER, HANS-PETER Thorax', 'Thorax'],
      ['muller_hanspeter CT', 'CT'],
      ['Peter Müller CT', 'CT'],
      ['CT 12345678', 'CT'],
      ['CT 00-1234-5678', 'CT'],
      ['CT 912345678', 'CT 912345678'],
      ['Li, Wei: CT', ': CT'],
      ['T2 li', 'T2 li'],
      ['山田太郎 胸部', '胸部'],
      ['geb. 5.3.1962', 'geb.'],
      ['born March 5, 1962', 'born'],
      ['born 05-Mar-62', 'born'],
      ['DOB 19620305', 'DOB'],
      ['03/05/1962', 'REMOVED'],
      ['see 1.2.276.0.7.8.9', 'see 2.25.1'],
      ['version 1.2.276.0.7.8', 'version 1.2.276.0.7.8'],
      ['Siemens SOMATOM Force', 'Siemens SOMATOM Force'],
      ['Wöhrder Wiese', 'Wiese'],
    ];
    for (const [text, expected] of cases) expect(scrub(text), text).to.equal(expected);
  });

  it('leave a text that has none exactly as it was', () => {
    fc.assert(fc.property(fc.stringMatching(/^[ a-f.,;-]{0,30}$/), (text) => void expect(scrub(text)).to.equal(text)));
  });

  it('are taken only where they are whole, when they are short', () => {
    const collector = collectIdentifiers();
    collector.name('Beck^Ute', 'patient');
    const short = collector.finish();
    expect(scrubText('Becken', short, 'all', () => '')).to.equal('Becken');
    expect(scrubText('CT_Beck_1', short, 'all', () => '')).to.equal('CT_1');
    expect(scrubText('Minute', short, 'all', () => '')).to.equal('Minute');
  });
});

describe('free text that is cleaned', () => {
  it('keeps the words of imaging and drops everything it does not know', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['CT Thorax mit KM Herr Müller', 'CT Thorax mit'],
      ['t1_tse_sag_384', 't1_tse_sag_384'],
      ['Chest 1.0mm B30f', 'Chest 1.0mm B30f'],
      ['XQZKWVTR', 'REMOVED'],
      ['Abdomen XQZKWVTR spät', 'Abdomen spät'],
      ['tel 0911 123456 Kopf', 'Kopf'],
      ['dr@praxis.example Knie', 'Knie'],
      ['12.03.2024 Schädel', 'Schädel'],
    ];
    for (const [text, expected] of cases) expect(clean(text), text).to.equal(expected);
  });

  it('never lets a word of a person through, whatever stands around it', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[ a-z0-9._-]{0,12}$/),
        fc.stringMatching(/^[ a-z0-9._-]{0,12}$/),
        (before, after) => {
          expect(clean(`${before} Müller ${after}`).toLowerCase()).not.to.include('müller');
        },
      ),
    );
  });
});

describe('text in its character set', () => {
  const sets: readonly (readonly [readonly string[], string])[] = [
    [['ISO_IR 100'], 'Grüße für Özgür'],
    [['ISO_IR 144'], 'Иванов'],
    [['ISO_IR 126'], 'Παπαδόπουλος'],
    [['ISO_IR 138'], 'שלום'],
    [['ISO_IR 127'], 'محمد'],
    [['ISO_IR 166'], 'สมชาย'],
    [['ISO_IR 192'], '山田^太郎 😀'],
    [['GB18030'], '王^小东'],
    [['', 'ISO 2022 IR 87'], 'Yamada^Tarou=山田^太郎=やまだ^たろう'],
    [['', 'ISO 2022 IR 149'], 'Hong^Gildong=洪^吉洞=홍^길동'],
    [['ISO 2022 IR 100', 'ISO 2022 IR 144'], 'Müller Иванов'],
  ];
  it('comes back as it was', () => {
    for (const [set, text] of sets)
      expect(decodeText(encodeText(text, set) ?? new Uint8Array(0), set), set.join()).to.equal(text);
  });
  it('is not written where the set has no such character', () => {
    expect(encodeText('山', ['ISO_IR 100'])).to.equal(null);
    expect(encodeText('ü', [])).to.equal(null);
  });
});

describe('the search for removed values', () => {
  const hits = (bytes: Buffer, cut = bytes.length): number => {
    const search = createResidualSearch(wantedBytes(muellers(), ['ISO_IR 100']));
    for (let at = 0; at < bytes.length; at += cut) search.update(new Uint8Array(bytes.subarray(at, at + cut)));
    return search.hits();
  };

  it('finds them in every coding, also across chunks', () => {
    for (const coding of ['utf8', 'latin1', 'utf16le'] as const) {
      const bytes = Buffer.concat([Buffer.alloc(1000), Buffer.from('Müller', coding), Buffer.alloc(1000)]);
      for (const cut of [bytes.length, 1003, 512, 7, 1]) expect(hits(bytes, cut), `${coding} ${cut}`).to.equal(1);
    }
    expect(hits(Buffer.from('UID 1.2.276.0.7.8.9 '))).to.equal(1);
  });

  it('does not find them where they are part of something else, or not there', () => {
    expect(hits(Buffer.from('1.2.276.0.7.8.95 1.1.2.276.0.7.8.9 10012345678'))).to.equal(0);
    expect(hits(Buffer.alloc(100_000))).to.equal(0);
  });
});
