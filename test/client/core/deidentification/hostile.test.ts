import { expect } from 'chai';
import { concatBytes, utf8 } from '../../../../crypto/wire/bytes.js';
import { EXPLICIT, IMPLICIT } from '../../../../client/core/dicom/element.js';
import { createDeidentifier } from '../../../../client/core/deidentification/deidentify.js';
import { parseProfile } from '../../../../client/core/deidentification/profile.js';
import { createPseudonyms } from '../../../../client/core/deidentification/secret.js';
import { encodeRle } from '../../../../client/core/pixels/rle.js';
import { dataSet, element, file, head, item, sequence } from '../../../support/dicom-bytes.js';
import { memorySource } from '../../../support/memory-source.js';

/** Words that belong to nobody the file names: only the place they stand in tells that they must go. */
const WORD = 'ZWLPFQUARK';

async function prepared(bytes: Uint8Array, options: readonly string[]): Promise<Uint8Array> {
  const profile = parseProfile(JSON.stringify({ name: 'own', date: '2026-11-25', options }));
  const pseudonyms = createPseudonyms(new Uint8Array(32).fill(3));
  const made = await createDeidentifier({ profile, pseudonyms, cleaner: null, wayBack: null }).prepare(
    memorySource('x.dcm', bytes),
  );
  if (made.kind === 'refused') throw new Error(made.reason);
  return made.output.read(0, made.output.size);
}

async function resultOf(extra: readonly Uint8Array[], options: readonly string[] = []): Promise<string> {
  return Buffer.from(await prepared(file({ extra }), options)).toString('latin1');
}

describe('a hostile instance', () => {
  it('hides nothing in a sequence that was called UN and has no items, short or long', async () => {
    for (const length of [WORD.length, 70_000]) {
      const words = utf8(WORD.repeat(Math.ceil(length / WORD.length)));
      const text = await resultOf([concatBytes(head(0x00289415, 'UN', words.length, EXPLICIT), words)]);
      expect(text).to.not.contain(WORD);
    }
  });

  it('hides nothing in attributes of an overlay that no standard knows, and its geometry stays', async () => {
    const overlay = [element(0x60000010, 'US', 771), element(0x60000040, 'CS', WORD.toLowerCase())];
    const text = await resultOf([...overlay, element(0x60005555, 'LO', WORD)], ['cleanGraphics']);
    expect(text).to.contain('\x60\x10\x00US\x02\x00\x03\x03');
    expect(text.toUpperCase()).to.not.contain(WORD);
  });

  it('hides no picture inside of items', async () => {
    const inner = item(concatBytes(element(0x00280010, 'US', 2), element(0x7fe00010, 'OW', utf8(WORD))));
    expect(await resultOf([sequence(0x00289415, 'SQ', [inner])])).to.not.contain(WORD);
  });

  it('has no bytes in a picture without rows or columns', async () => {
    const bytes = concatBytes(
      element(0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.2'),
      element(0x00080018, 'UI', '1.2.3.4'),
      element(0x00280100, 'US', 16),
      element(0x7fe00010, 'OW', utf8(WORD)),
    );
    const text = Buffer.from(await prepared(file({}, bytes), [])).toString('latin1');
    expect(text).to.not.contain(WORD);
    expect(text.endsWith('\xe0\x7f\x10\x00OW\0\0\0\0\0\0')).to.equal(true);
    const size = concatBytes(element(0x00280010, 'US', 0), element(0x00280011, 'US', 0));
    const sized = file({}, concatBytes(bytes.subarray(0, -22), size, bytes.subarray(-22)));
    const zeros = Buffer.from(await prepared(sized, [])).toString('latin1');
    expect(zeros.endsWith(`OW\0\0\x0a\0\0\0${'\0'.repeat(10)}`)).to.equal(true);
  });

  it('does not pass with a second creator of a private block, nor what lies in it', async () => {
    const block = [
      element(0x00190010, 'LO', WORD),
      element(0x00190010, 'LO', 'GEMS_ACQU_01'),
      element(0x00191023, 'DS', '4711.5'),
    ];
    const text = await resultOf(block, ['retainSafePrivate']);
    expect(text).to.not.contain(WORD).and.not.contain('4711.5');
    expect(await resultOf(block.slice(1), ['retainSafePrivate'])).to.contain('4711.5');
  });

  it('writes no words where numbers belong, nor behind a zero that ends the text', async () => {
    const text = await resultOf([
      element(0x00180050, 'DS', `${WORD} 1.5`),
      element(0x00181150, 'IS', WORD),
      element(0x00181210, 'SH', `B30f\0${WORD}`),
      element(0x00180060, 'DS', '1.2e2'),
    ]);
    expect(text).to.contain('1.2e2').and.contain('B30f').and.not.contain(WORD);
  });

  it('writes no words in numbers of bytes either, and short ones and real numbers stay', async () => {
    const numbers = new Uint8Array(new Float64Array([1.5, -2e-7, 47.11]).buffer);
    const text = await resultOf([
      element(0x00189073, 'FD', utf8(`${WORD}KARPFE`)),
      element(0x00281201, 'OW', utf8(`${WORD} `)),
      element(0x00160062, 'OB', utf8('0100')),
      element(0x00189087, 'FD', numbers),
    ]);
    expect(text).to.not.contain(WORD);
    expect(text).to.contain('0100').and.contain(Buffer.from(numbers).toString('latin1'));
  });

  it('keeps no words of a colour profile that is longer than other values', async () => {
    const profile = new Uint8Array(100_000);
    profile.set(utf8('acsp'), 36);
    new DataView(profile.buffer).setUint32(128, 1);
    profile.set(utf8('cprt'), 132);
    new DataView(profile.buffer).setUint32(136, 144);
    new DataView(profile.buffer).setUint32(140, 99_000);
    profile.set(utf8('text'), 144);
    profile.set(utf8(WORD), 80_000);
    expect(await resultOf([element(0x00282000, 'OB', profile)])).to.not.contain(WORD);
  });

  it('is cut at its end, whatever stands behind it, in every encoding, with pixels or without', async () => {
    for (const encoding of [EXPLICIT, IMPLICIT]) {
      for (const start of ['C', 'B', 'z', '\0\0']) {
        for (const pixels of [undefined, element(0x00281054, 'LO', 'HU', encoding)]) {
          const syntax = encoding.explicit ? '1.2.840.10008.1.2.1' : '1.2.840.10008.1.2';
          const whole = dataSet({ encoding, ...(pixels === undefined ? {} : { pixels }) });
          const bytes = file({ syntax }, concatBytes(whole, utf8(`${start}${WORD}${WORD}`)));
          const text = Buffer.from(await prepared(bytes, [])).toString('latin1');
          expect(text, `${start} ${encoding.explicit}`).to.not.contain(WORD);
        }
      }
    }
  });
});

describe('hostile encapsulated frames', () => {
  const RLE = '1.2.840.10008.1.2.5';
  const shape = { width: 4, height: 3, samples: 1, bitsAllocated: 16 };

  function rleFile(frames: readonly Uint8Array[], extra: readonly Uint8Array[]): Uint8Array {
    const items = frames.map((frame) => item(frame));
    const pixels = concatBytes(
      head(0x7fe00010, 'OW', 0xffffffff),
      item(new Uint8Array(0)),
      ...items,
      head(0xfffee0dd, '', 0),
    );
    return file({ syntax: RLE, extra, pixels });
  }

  it('have no overlay in the bits that pixels do not use, and the same pixels', async () => {
    const clean = Uint16Array.from({ length: 12 }, (_, i) => i * 300);
    const dirty = clean.map((word, i) => word | (i % 3 === 0 ? 0xa000 : 0));
    const bits = [element(0x00280101, 'US', 12), element(0x00280102, 'US', 11), element(0x00280103, 'US', 0)];
    const out = await prepared(rleFile([encodeRle(dirty, shape)], bits), []);
    expect(Buffer.from(out).includes(Buffer.from(encodeRle(clean, shape)))).to.equal(true);
    const same = await prepared(rleFile([encodeRle(clean, shape)], bits), []);
    expect(Buffer.from(same).includes(Buffer.from(encodeRle(clean, shape)))).to.equal(true);
  });

  it('end with the last one that is announced', async () => {
    const frame = encodeRle(new Uint16Array(12).fill(5), shape);
    const surplus = utf8(`${WORD}`);
    const out = await prepared(rleFile([frame, frame, surplus], [element(0x00280008, 'IS', '2')]), []);
    const text = Buffer.from(out).toString('latin1');
    expect(text).to.not.contain(WORD);
    expect(Buffer.from(out).indexOf(frame)).to.be.lessThan(Buffer.from(out).lastIndexOf(frame));
  });
});
