import { assert } from 'chai';
import { concatBytes, isZero, utf8 } from '../../crypto/wire/bytes.js';
import { scanSource } from '../../client/core/dicom/scan.js';
import { EXPLICIT, IMPLICIT } from '../../client/core/dicom/element.js';
import { codeOf } from '../support/codes.js';
import { instanceBytes } from '../support/collecting.js';
import { dataSet, file, meta } from '../support/dicom-bytes.js';
import { hexDigest, memoryMedium, writeTo } from '../support/media.js';
import { memorySource } from '../support/memory-source.js';

/** Attack A18, CVE-2019-11687: a file that is DICOM and something else, depending on who looks. */

const DISGUISES: Readonly<Record<string, string>> = {
  PE: 'MZ\u0090\u0000',
  ELF: '\u007fELF\u0002',
  'Mach-O': '\u00cf\u00fa\u00ed\u00fe',
  'Mach-O, big': '\u00fe\u00ed\u00fa\u00ce',
  'Mach-O, fat': '\u00ca\u00fe\u00ba\u00be',
  script: '#!/bin/sh\nrm -rf ~\n#',
  batch: '@echo off\r\n',
  page: '<html><script>alert(1)</script>',
  'page after spaces': ' \n<!DOCTYPE html>',
  PDF: '%PDF-1.7',
  zip: 'PK\u0003\u0004',
};

function disguised(text: string): Uint8Array {
  const bytes = instanceBytes(1);
  bytes.set(Uint8Array.from(text, (char) => char.charCodeAt(0)));
  return bytes;
}

describe('A18: preambles', () => {
  for (const [name, text] of Object.entries(DISGUISES)) {
    it(`like a ${name} are noticed, travel as they are, and are cleared on media with the original provable`, async () => {
      const original = disguised(text);
      const scan = await scanSource(memorySource('x.dcm', original));
      assert.deepEqual(scan.kind === 'instance' ? scan.warnings : scan, ['preamble']);

      const medium = memoryMedium();
      const written = await writeTo(medium.sink, [memorySource('x.dcm', original)]);
      assert.equal(written.changed, 1);
      const path = 'DICOM/PT000000/ST000000/SE000000/IM000000';
      const copy = medium.files.get(path) ?? new Uint8Array(0);
      assert.isTrue(isZero(copy.subarray(0, 128)));
      assert.deepEqual(copy.subarray(128), original.subarray(128));
      const digests = new TextDecoder().decode(medium.files.get('DIGESTS.TXT'));
      assert.equal(digests, `# ${hexDigest(original)}  as sent: ${path}\n${hexDigest(copy)}  ${path}\n`);
    });
  }

  it('that are empty, or TIFF as the standard foresees, give no alarm; both are empty on media', async () => {
    for (const text of ['', 'II*\u0000']) {
      const scan = await scanSource(memorySource('x.dcm', disguised(text)));
      assert.deepEqual(scan.kind === 'instance' ? scan.warnings : scan, []);
      const medium = memoryMedium();
      assert.equal((await writeTo(medium.sink, [memorySource('x.dcm', disguised(text))])).changed, text === '' ? 0 : 1);
    }
  });

  it('that are absent are written, with the meta group where that is absent, too, and the data set as it was', async () => {
    const syntax = '1.2.840.10008.1.2.1';
    const variants: readonly (readonly [Uint8Array, Uint8Array])[] = [
      [concatBytes(utf8('DICM'), meta(syntax), dataSet()), dataSet()],
      [concatBytes(meta(syntax), dataSet()), dataSet()],
      [dataSet(), dataSet()],
      [dataSet({ encoding: IMPLICIT }), dataSet({ encoding: IMPLICIT })],
      [file({ encoding: EXPLICIT }), dataSet()],
    ];
    for (const [original, content] of variants) {
      const medium = memoryMedium();
      await writeTo(medium.sink, [memorySource('x', original)]);
      const copy = medium.files.get('DICOM/PT000000/ST000000/SE000000/IM000000') ?? new Uint8Array(0);
      assert.deepEqual(copy.subarray(0, 132), concatBytes(new Uint8Array(128), utf8('DICM')));
      assert.deepEqual(copy.subarray(-content.length), content);
      const scan = await scanSource(memorySource('copy', copy));
      const before = await scanSource(memorySource('x', original));
      assert.deepEqual(scan, before);
    }
  });

  it('of files that are not the verified ones make no medium', async () => {
    const failing = writeTo(memoryMedium().sink, [memorySource('x', instanceBytes(1))], { sha256: '00'.repeat(32) });
    assert.equal(await codeOf(() => failing), 'staging-lost');
  });
});
