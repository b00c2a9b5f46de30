import { assert } from 'chai';
import { concatBytes, utf8 } from '../../../../crypto/wire/bytes.js';
import { EXPLICIT_BIG, IMPLICIT } from '../../../../client/core/dicom/element.js';
import { readHeader, type HeaderElement } from '../../../../client/core/dicom/header.js';
import { toJsonModel, toNatural } from '../../../../client/core/dicom/header-json.js';
import { corpusSource, readCorpusFile, withCorpus } from '../../../support/corpus.js';
import { element, file, item, sequence } from '../../../support/dicom-bytes.js';
import { memorySource } from '../../../support/memory-source.js';
import { readHeaderWithDcmjs } from '../../../support/second-reader.js';

async function elementsOf(bytes: Uint8Array): Promise<readonly HeaderElement[]> {
  const read = await readHeader(memorySource('a', bytes));
  return read.kind === 'header' ? read.elements : assert.fail(read.reason);
}

describe('the header of an instance', () => {
  it('has attributes by name, in every encoding, with the same values', async () => {
    for (const [syntax, encoding] of [
      ['1.2.840.10008.1.2.1', undefined],
      ['1.2.840.10008.1.2', IMPLICIT],
      ['1.2.840.10008.1.2.2', EXPLICIT_BIG],
    ] as const) {
      const inner = element(0x00100010, 'PN', 'Anders^Müller', encoding);
      const extra = [sequence(0x00081115, 'SQ', [item(inner, undefined, encoding)], encoding)];
      const choices = { syntax, extra, ...(encoding === undefined ? {} : { encoding }) };
      const natural = toNatural(await elementsOf(file(choices)));
      assert.include(natural, {
        PatientName: 'Muster^Erika',
        Modality: 'CT',
        Rows: 3,
        Columns: 4,
        SeriesNumber: 7,
        InstanceNumber: -3,
      });
      assert.deepEqual(natural['ImagePositionPatient'], [1.5, -20, 3]);
      assert.deepEqual(JSON.parse(JSON.stringify(natural['ReferencedSeriesSequence'])), [
        { PatientName: 'Anders^Müller' },
      ]);
      assert.notProperty(natural, 'PixelData');
    }
  });

  it('is given as the DICOM JSON Model', async () => {
    const extra = [
      element(0x00091001, 'UN', Uint8Array.of(1, 2)),
      element(0x00101002, 'SH', ''),
      element(0x00200020, 'CS', 'L\\P'),
    ];
    const json = toJsonModel(await elementsOf(file({ extra, patientName: 'Yamada^Tarou=山田^太郎' })));
    assert.deepEqual(json['00100010'], { vr: 'PN', Value: [{ Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎' }] });
    assert.deepEqual(json['00200020'], { vr: 'CS', Value: ['L', 'P'] });
    assert.deepEqual(json['00091001'], { vr: 'UN' });
    assert.deepEqual(json['00101002'], { vr: 'SH' });
    assert.deepEqual(json['00280010'], { vr: 'US', Value: [3] });
  });

  it('takes no name of a file for a name of its own', async () => {
    const natural = toNatural(
      await elementsOf(file({ patientName: '__proto__', extra: [element(0x00111001, 'LO', 'constructor')] })),
    );
    assert.isNull(Object.getPrototypeOf(natural));
    assert.equal(natural['PatientName'], '__proto__');
    assert.equal(natural['00111001'], 'constructor');
  });

  it('ends at its limits', async () => {
    const reason = async (...extra: Uint8Array[]): Promise<string> => {
      const read = await readHeader(memorySource('a', file({ extra })));
      return read.kind === 'header' ? read.kind : read.reason;
    };
    const long = element(0x00091001, 'OB', new Uint8Array(100_000));
    assert.equal(await reason(long), 'header');
    const one = (tag: number): Uint8Array => element(tag, 'OB', new Uint8Array(65_536));
    assert.equal(await reason(...Array.from({ length: 130 }, (_, i) => one(0x00091001 + i))), 'too-many');
    assert.equal(await reason(utf8('no element at all')), 'malformed');
    const nested = Array.from({ length: 300 }).reduce<Uint8Array>(
      (inner) => sequence(0x00081115, 'SQ', [item(inner)]),
      new Uint8Array(0),
    );
    assert.equal(await reason(nested), 'too-deep');
    assert.deepEqual(await readHeader(memorySource('a', concatBytes(utf8('kein DICOM')))), {
      kind: 'refused',
      reason: 'not-dicom',
    });
  });
});

describe('headers of the corpus', function () {
  this.timeout(60_000);

  withCorpus((files) => {
    it('have the same plain values as dcmjs reads', async () => {
      let compared = 0;
      for (const [i, file_] of files.entries()) {
        // Every fifth is enough: all kinds are there many times.
        if (file_.collection === 'malformed' || i % 5 !== 0) continue;
        const dict = readHeaderWithDcmjs(readCorpusFile(file_));
        const read = await readHeader(corpusSource(file_));
        if (dict === null || read.kind === 'refused') continue;
        for (const { tag, vr, content } of read.elements) {
          const theirs = dict[tag.toString(16).toUpperCase().padStart(8, '0')];
          if (!['CS', 'DA', 'US', 'UL', 'FD'].includes(vr) || content.kind !== 'values' || theirs?.vr !== vr) continue;
          if (content.values.length === 0 || tag === 0x00080005) continue;
          const plain = (values: readonly unknown[] = []): string =>
            values.map((value) => String(value).trim()).join('\\');
          assert.equal(
            plain(content.values),
            plain(theirs.Value).replace(/\0/g, ''),
            `${file_.path} ${tag.toString(16)}`,
          );
          compared += 1;
        }
      }
      assert.isAbove(compared, 1000);
    });
  });
});
