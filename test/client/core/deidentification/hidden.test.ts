import { expect } from 'chai';
import { concatBytes, utf8 } from '../../../../crypto/wire/bytes.js';
import { strippedFrame } from '../../../../client/core/deidentification/code-stream.js';
import { createDeidentifier } from '../../../../client/core/deidentification/deidentify.js';
import { cleanIccProfile } from '../../../../client/core/deidentification/icc-profile.js';
import { readyProfile } from '../../../../client/core/deidentification/profile.js';
import { createPseudonyms } from '../../../../client/core/deidentification/secret.js';
import { element, file } from '../../../support/dicom-bytes.js';
import { memorySource } from '../../../support/memory-source.js';

const NAME = 'Quastenfloss';

/** The whole result as text, after the search found nothing in it. */
async function resultOf(...extra: readonly Uint8Array[]): Promise<string> {
  const pseudonyms = createPseudonyms(new Uint8Array(32).fill(3));
  const run = { profile: readyProfile('basic', []), pseudonyms, cleaner: null, wayBack: null };
  const bytes = file({ patientName: `${NAME}^Xaver`, extra });
  const prepared = await createDeidentifier(run).prepare(memorySource('x.dcm', bytes));
  if (prepared.kind === 'refused') throw new Error(prepared.reason);
  const output = await prepared.output.read(0, prepared.output.size);
  const search = prepared.search();
  search.update(output);
  expect(search.hits()).to.equal(0);
  return Buffer.from(output).toString('latin1');
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

describe('what is hidden where nobody looks', () => {
  it('is found in base64 at any place of a longer text, and in hexadecimal, and the rest of the text stays', async () => {
    for (const before of ['', 'a', 'ab', 'abc']) {
      const text = await resultOf(element(0x00281054, 'LO', `HU ${base64(`${before}${NAME}^Xaver`)}`));
      expect(text)
        .to.contain('HU')
        .and.not.contain(base64(`${before}${NAME}^Xaver`).slice(4, 14));
    }
    const hex = Buffer.from(NAME).toString('hex');
    expect(await resultOf(element(0x00281054, 'LO', hex))).to.not.contain(hex);
  });

  it('turns to zeros in numbers and bytes that spell the name, and other numbers stay', async () => {
    const odd = utf8(`${NAME.toUpperCase()}    `);
    const text = await resultOf(element(0x00186020, 'FL', odd), element(0x00189073, 'FD', utf8('12345678')));
    expect(text.toUpperCase()).to.not.contain(NAME.toUpperCase());
    expect(text).to.contain('12345678');
  });

  it('is no code where codes belong, and no term of a character set', async () => {
    const text = await resultOf(
      element(0x00180015, 'CS', 'HEAD'),
      element(0x00181400, 'LO', 'X'),
      element(0x00187004, 'CS', 'Zwlpf geheim'),
    );
    expect(text).to.contain('HEAD').and.not.contain('Zwlpf');
    const pseudonyms = createPseudonyms(new Uint8Array(32).fill(3));
    const run = { profile: readyProfile('basic', []), pseudonyms, cleaner: null, wayBack: null };
    const bytes = file({ characterSet: 'ISO_IR 100\\DR ZWLPF', patientName: 'A^B' });
    const prepared = await createDeidentifier(run).prepare(memorySource('x.dcm', bytes));
    if (prepared.kind === 'refused') throw new Error(prepared.reason);
    const output = Buffer.from(await prepared.output.read(0, prepared.output.size)).toString('latin1');
    expect(output).to.contain('ISO_IR 100').and.not.contain('ZWLPF');
  });

  it('goes with groups that no instance has: messages and directories', async () => {
    const text = await resultOf(element(0x00041130, 'CS', 'ZWLPFSET'), element(0x00041500, 'CS', 'ZWLPFDIR'));
    expect(text).to.not.contain('ZWLPF');
  });

  it('is not repeated as the method of an earlier de-identification', async () => {
    const text = await resultOf(element(0x00120063, 'LO', `Our tool\\by ${base64(NAME)}`));
    expect(text).to.contain('Our tool').and.not.contain(base64(NAME));
  });

  it('leaves the words of a colour profile, and nothing of its numbers', () => {
    const profile = iccProfile([
      [
        'desc',
        concatBytes(utf8('desc'), new Uint8Array(4), Uint8Array.of(0, 0, 0, 7), utf8('Zwlpf!\0'), new Uint8Array(9)),
      ],
      ['cprt', concatBytes(utf8('text'), new Uint8Array(4), utf8('by Zwlpf'))],
      ['rXYZ', concatBytes(utf8('XYZ '), new Uint8Array(4), utf8('123456789012'))],
    ]);
    const cleaned = cleanIccProfile(profile) ?? new Uint8Array(0);
    expect(cleaned.length).to.equal(profile.length);
    const text = Buffer.from(cleaned).toString('latin1');
    expect(text).to.contain('123456789012').and.not.contain('Zwlpf').and.not.contain('MAKR');
    expect(cleanIccProfile(cleaned)).to.equal(null);
    expect(cleanIccProfile(utf8('no profile'))).to.equal(null);
  });

  it('goes out of JPEG that is cut off, of tile-parts of JPEG 2000, and of boxes of JPEG XL', () => {
    const comment = concatBytes(Uint8Array.of(0xff, 0xfe, 0, 7), utf8('Zwlpf'));
    const frame = Uint8Array.of(0xff, 0xda, 0, 4, 1, 2, 3, 4, 5, 6);
    const cut = strippedFrame(concatBytes(Uint8Array.of(0xff, 0xd8), comment, frame), '1.2.840.10008.1.2.4.50');
    expect(Buffer.from(cut ?? []).toString('latin1'))
      .to.contain('\x01\x02\x03')
      .and.not.contain('Zwlpf');

    const tile = concatBytes(Uint8Array.of(0xff, 0x64, 0, 9, 0, 1), utf8('Zwlpf'), Uint8Array.of(0xff, 0x93, 1, 2, 3));
    const sot = Uint8Array.of(0xff, 0x90, 0, 10, 0, 0, 0, 0, 0, 12 + tile.length, 0, 1);
    const j2k = concatBytes(Uint8Array.of(0xff, 0x4f, 0xff, 0x51, 0, 4, 0, 0), sot, tile, Uint8Array.of(0xff, 0xd9));
    const blank = strippedFrame(j2k, '1.2.840.10008.1.2.4.90') ?? new Uint8Array(0);
    expect(Buffer.from(blank).toString('latin1')).to.not.contain('Zwlpf');
    expect(blank.length).to.equal(j2k.length + (j2k.length % 2));

    const box = (name: string, content: Uint8Array): Uint8Array =>
      concatBytes(Uint8Array.of(0, 0, 0, 8 + content.length), utf8(name), content);
    const picture = [box('JXL ', Uint8Array.of(13, 10, 135, 10)), box('jxlc', utf8('pictures'))];
    const boxed = concatBytes(...picture, box('Exif', utf8('Zwlpf!')));
    expect(strippedFrame(boxed, '1.2.840.10008.1.2.4.110')).to.deep.equal(concatBytes(...picture));
    expect(strippedFrame(concatBytes(...picture), '1.2.840.10008.1.2.4.110')).to.equal(null);
  });
});

function iccProfile(tags: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const head = new Uint8Array(132);
  head.set(utf8('MAKR'), 48);
  head.set(utf8('acsp'), 36);
  const view = new DataView(head.buffer);
  view.setUint32(128, tags.length);
  let at = 132 + 12 * tags.length;
  const entries = tags.map(([name, { length }]) => {
    const entry = concatBytes(utf8(name), new Uint8Array(8));
    new DataView(entry.buffer).setUint32(4, at);
    new DataView(entry.buffer).setUint32(8, length);
    at += length;
    return entry;
  });
  return concatBytes(head, ...entries, ...tags.map(([, bytes]) => bytes));
}
