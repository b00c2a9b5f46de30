import { assert } from 'chai';
import fc from 'fast-check';
import { deflateRawSync } from 'node:zlib';
import { concatBytes, utf8 } from '../../../../crypto/wire/bytes.js';
import { EXPLICIT, EXPLICIT_BIG, IMPLICIT } from '../../../../client/core/dicom/element.js';
import { scanSource, type ScanResult, type ScannedInstance } from '../../../../client/core/dicom/scan.js';
import { MAX_DEPTH } from '../../../../client/core/dicom/sequence.js';
import {
  dataSet,
  element,
  file,
  head,
  item,
  meta,
  sequence,
  UNDEFINED,
  type FileChoices,
} from '../../../support/dicom-bytes.js';
import { memorySource } from '../../../support/memory-source.js';

const scan = (bytes: Uint8Array): Promise<ScanResult> => scanSource(memorySource('a.dcm', bytes, 100));

async function instanceIn(bytes: Uint8Array): Promise<ScannedInstance> {
  const result = await scan(bytes);
  return result.kind === 'instance' ? result : assert.fail('not an instance');
}

async function reasonOf(bytes: Uint8Array): Promise<string> {
  const result = await scan(bytes);
  return result.kind === 'other' ? result.reason : result.kind;
}

const withExtra = (...extra: Uint8Array[]): Uint8Array => file({ extra });

describe('scanning an instance', () => {
  it('finds what sorting and showing need', async () => {
    assert.deepEqual(await scan(file()), {
      kind: 'instance',
      sopInstanceUid: '1.2.3.4',
      sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
      studyInstanceUid: '1.2.3',
      seriesInstanceUid: '1.2.3.1',
      transferSyntaxUid: '1.2.840.10008.1.2.1',
      modality: 'CT',
      patient: { name: 'Muster^Erika', id: '', birthDate: '', sex: '' },
      study: { date: '20261124', time: '', description: '', accessionNumber: '', id: '', referringPhysician: '' },
      series: { number: 7, description: '' },
      instanceNumber: -3,
      numberOfFrames: 1,
      imagePosition: [1.5, -20, 3],
      imageOrientation: null,
      phase: { temporalPosition: null, echoNumber: null, acquisitionNumber: null, triggerTime: null },
      warnings: [],
    });
  });

  const encodings: Readonly<Record<string, FileChoices>> = {
    'explicit little endian': { syntax: '1.2.840.10008.1.2.1' },
    'implicit little endian': { syntax: '1.2.840.10008.1.2', encoding: IMPLICIT },
    'explicit big endian': { syntax: '1.2.840.10008.1.2.2', encoding: EXPLICIT_BIG },
  };
  for (const [name, choices] of Object.entries(encodings)) {
    it(`reads ${name}, with and without preamble and meta group`, async () => {
      const { syntax = '', encoding = EXPLICIT } = choices;
      const expected = { ...(await instanceIn(file())), transferSyntaxUid: syntax };
      const content = dataSet(choices);
      const variants = [file(choices), file(choices).subarray(128), concatBytes(meta(syntax), content), content];
      for (const bytes of variants) assert.deepEqual(await scan(bytes), expected);
      const closed = sequence(
        0x00081115,
        'SQ',
        [item(element(0x00100010, 'PN', 'Other', encoding), UNDEFINED, encoding)],
        encoding,
      );
      assert.deepEqual(await scan(file({ ...choices, extra: [closed] })), expected);
    });
  }

  it('reads a deflated data set, and refuses one that is cut or not deflated', async () => {
    const syntax = '1.2.840.10008.1.2.1.99';
    const deflated = new Uint8Array(deflateRawSync(dataSet()));
    assert.deepEqual(await scan(file({ syntax }, deflated)), {
      ...(await instanceIn(file())),
      transferSyntaxUid: syntax,
    });
    assert.equal(await reasonOf(file({ syntax }, deflated.subarray(0, -4))), 'truncated');
    assert.notEqual(await reasonOf(file({ syntax }, new Uint8Array(500).fill(0xff))), 'instance');
  });

  it('takes the encoding from the first element where the transfer syntax is wrong about it', async () => {
    assert.equal(await reasonOf(file({ encoding: IMPLICIT })), 'instance');
    assert.equal(await reasonOf(file({ syntax: '1.2.840.10008.1.2' })), 'instance');
  });

  it('is done with a DICOMDIR at its meta group', async () => {
    const directory = element(0x00020002, 'UI', '1.2.840.10008.1.3.10');
    assert.deepEqual(await scan(concatBytes(new Uint8Array(128), utf8('DICM'), directory)), { kind: 'directory' });
  });

  it('does not read pixels', async () => {
    const bytes = concatBytes(file({ pixels: head(0x7fe00010, 'OW', 2 ** 26) }), new Uint8Array(2 ** 26));
    let read = 0;
    const source = memorySource('a', bytes);
    const counting = {
      ...source,
      read: (offset: number, length: number) => ((read += length), source.read(offset, length)),
    };
    assert.equal((await scanSource(counting)).kind, 'instance');
    assert.isBelow(read, 100_000);
  });

  it('names a source that cannot be read', async () => {
    const broken = { ...memorySource('a', file()), read: () => Promise.reject(new Error('EIO')) };
    assert.deepEqual(await scanSource(broken), { kind: 'other', reason: 'unreadable' });
  });
});

describe('scanning refuses', () => {
  it('every truncation but where the file could end', async () => {
    const fragments = sequence(0x7fe00010, 'OB', [item(new Uint8Array(0)), item(new Uint8Array(40))]);
    for (const bytes of [
      file(),
      file({ pixels: fragments }),
      file({ syntax: '1.2.840.10008.1.2', encoding: IMPLICIT }),
    ]) {
      assert.equal(await reasonOf(bytes), 'instance');
      const taken: string[] = [];
      for (let length = 0; length < bytes.length; length++) {
        const result = await scan(bytes.subarray(0, length));
        if (result.kind === 'instance') taken.push(result.warnings.join());
      }
      // Behind the UIDs, number, number, position and samples: where an element ends and nothing has promised pixels yet. Behind
      // rows, columns and bits the file may be whole, and the sender is told what is not there.
      assert.deepEqual(taken, ['', '', '', '', '', 'no-pixels', 'no-pixels', 'no-pixels']);
    }
  });

  it('no garbage with anything but a reason', async () => {
    const good = withExtra(sequence(0x00081115, 'SQ', [item(element(0x00100010, 'PN', 'Other'), UNDEFINED)]));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 }), async (changes) => {
        const bad = good.slice();
        for (const [at, value] of changes) bad[at] = value;
        assert.include(['instance', 'directory', 'other'], (await scan(bad)).kind);
      }),
      { numRuns: 500 },
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), async (bytes) => {
        assert.equal((await scan(concatBytes(new Uint8Array(128), utf8('DICM'), bytes))).kind, 'other');
      }),
    );
  });

  it('sequences deeper than 256, whatever their form', async () => {
    const nested = (depth: number, vr: string): Uint8Array => {
      let inner: Uint8Array = new Uint8Array(0);
      const encoding = vr === 'SQ' ? EXPLICIT : IMPLICIT;
      for (let i = 1; i < depth; i++) inner = sequence(0x00081115, 'SQ', [item(inner, UNDEFINED)], encoding);
      return sequence(0x00081115, vr, [item(inner, UNDEFINED)]);
    };
    for (const vr of ['SQ', 'UN']) {
      assert.equal(await reasonOf(withExtra(nested(MAX_DEPTH, vr))), 'instance');
      assert.equal(await reasonOf(withExtra(nested(MAX_DEPTH + 1, vr))), 'too-deep');
    }
  });

  it('two values for one identifying attribute', async () => {
    assert.equal(await reasonOf(withExtra(element(0x00100010, 'PN', 'Muster^Erika'))), 'instance');
    assert.equal(await reasonOf(withExtra(element(0x00100010, 'PN', 'Muster^Max'))), 'ambiguous');
  });

  it('native pixel data that is shorter than its dimensions, but not one with padding', async () => {
    const pixels = (length: number): Uint8Array => element(0x7fe00010, 'OW', new Uint8Array(length));
    assert.equal(await reasonOf(file({ pixels: pixels(26) })), 'instance');
    assert.equal(await reasonOf(file({ pixels: pixels(22) })), 'pixel-length');
    for (const frames of ['2', '-1', '0', '2147483647']) {
      assert.equal(await reasonOf(withExtra(element(0x00280008, 'IS', frames))), 'pixel-length');
    }
    assert.equal(await reasonOf(withExtra(element(0x00280008, 'IS', ''))), 'instance');
    const float = element(0x7fe00008, 'OF', new Uint8Array(48));
    assert.equal(await reasonOf(file({ pixels: float })), 'instance');
    assert.equal(await reasonOf(file({ pixels: float.subarray(0, -2) })), 'truncated');
  });

  it('UIDs that are missing or are not UIDs', async () => {
    for (const uid of ['', '../../etc/passwd', '1..2', 'abc', '1'.repeat(65)]) {
      const bytes = concatBytes(
        element(0x00080016, 'UI', '1.2'),
        element(0x00080018, 'UI', uid),
        element(0x0020000d, 'UI', '1.2'),
        element(0x0020000e, 'UI', '1.2'),
      );
      assert.equal(await reasonOf(file({}, bytes)), 'no-uids');
    }
  });

  it('what is not DICOM', async () => {
    for (const text of ['%PDF-1.7\n', 'PK\u0003\u0004', 'Sehr geehrte Kollegin, …', '<html>'.repeat(100)]) {
      assert.equal(await reasonOf(utf8(text)), 'not-dicom');
    }
  });

  it('items where an element belongs, and open fragments', async () => {
    assert.equal(await reasonOf(withExtra(item(new Uint8Array(4)))), 'malformed');
    assert.equal(
      await reasonOf(withExtra(head(0x00081115, 'SQ', UNDEFINED), element(0x00080060, 'CS', 'CT'))),
      'malformed',
    );
    assert.equal(
      await reasonOf(file({ pixels: sequence(0x7fe00010, 'OB', [item(new Uint8Array(0), UNDEFINED)]) })),
      'malformed',
    );
    assert.equal(await reasonOf(withExtra(Uint8Array.of(9, 0, 1, 0, 0x3f, 0x3f, 0, 0, 0, 0, 0, 0))), 'malformed');
  });
});

describe('text of an instance', () => {
  const nameOf = async (patientName: string | Uint8Array, characterSet: string): Promise<string> => {
    const result = await scan(file({ patientName, characterSet }));
    return result.kind === 'instance' ? result.patient.name : result.kind;
  };
  const latin = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

  it('is decoded by its character set', async () => {
    assert.equal(await nameOf('Müller^Jürgen', 'ISO_IR 192'), 'Müller^Jürgen');
    assert.equal(await nameOf(latin('M\xfcller'), 'ISO_IR 100'), 'Müller');
    assert.equal(await nameOf(latin('\xbf\xee'), 'ISO_IR 144'), 'Пю');
    assert.equal(await nameOf(latin('\xd6\xd0'), 'GB18030'), '中');
    assert.equal(await nameOf(latin('\x1b$)C\xb1\xe8\xc8\xf1\xc1\xdf'), '\\ISO 2022 IR 149'), '김희중');
    assert.equal(await nameOf(latin('\x1b$B;3\x1b(B^X'), '\\ISO 2022 IR 87'), '山^X');
    assert.equal(await nameOf(latin('\x1b$(D"/\x1b(B'), '\\ISO 2022 IR 159'), '˘');
    assert.equal(await nameOf(latin('\xe9\x1b-L\xbf^\xe9'), 'ISO 2022 IR 100\\ISO 2022 IR 144'), 'éП^é');
  });

  it('is guessed where no set is declared, and replaced where it cannot be known', async () => {
    assert.equal(await nameOf(latin('M\xfcller'), ''), 'Müller');
    assert.equal(await nameOf('Müller', ''), 'Müller');
    assert.equal(await nameOf(latin('M\xfc'), 'ISO_IR 9999'), 'M\ufffd');
    assert.equal(await nameOf(latin('M\xfc'), 'ISO_IR 192'), 'M\ufffd');
    assert.equal(await nameOf(latin('\x1b'), '\\ISO 2022 IR 87'), '');
  });

  it('holds nothing that moves a screen', async () => {
    assert.equal(await nameOf('A\u202eB\u0000C\u001b[31mD\u2066', 'ISO_IR 192'), 'ABC[31mD');
    assert.equal(await nameOf('<b>&', 'ISO_IR 192'), '<b>&');
    assert.equal((await nameOf('ä'.repeat(400), 'ISO_IR 192')).length, 256);
    assert.equal(await nameOf('__proto__', 'ISO_IR 192'), '__proto__');
  });

  it('never makes decoding throw', async () => {
    const sets = [
      '',
      'ISO_IR 100',
      'ISO_IR 13',
      'GB18030',
      '\\ISO 2022 IR 87',
      '\\ISO 2022 IR 149',
      'constructor',
      '__proto__\\x',
    ];
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(...sets), async (bytes, set) => {
        assert.notEqual(await nameOf(bytes, set), 'other');
      }),
    );
  });
});
