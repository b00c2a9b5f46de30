import { expect } from 'chai';
import fc from 'fast-check';
import { cutRle, RLE, strippedFrame } from '../../../../client/core/deidentification/code-stream.js';

const JPEG = '1.2.840.10008.1.2.4.50';
const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
const segment = (marker: string, content: string): string => {
  const length = (content.length / 2 + 2).toString(16).padStart(4, '0');
  return `ff${marker}${length}${content}`;
};
const text = (value: string): string => Buffer.from(value).toString('hex');

const SOF = segment('c0', '080001000101011100');
const SOS = segment('da', '0101003f00');
const DATA = '12ff00345678ffd09a';
const picture = `ffd8${SOF}${SOS}${DATA}ffd9`;
const padded = (content: string): Uint8Array => hex(content.length % 4 === 0 ? content : `${content}00`);

describe('a compressed frame', () => {
  it('without extras stays as it is', () => {
    expect(strippedFrame(padded(picture), JPEG)).to.equal(null);
  });

  it('loses comments, application segments and what stands behind its end', () => {
    const app = segment('e1', text('Exif Müller'));
    const comment = segment('fe', text('Müller'));
    for (const dirty of [
      `ffd8${app}${comment}${picture.slice(4)}`,
      `${picture}${text('Müller!!')}`,
      `ffd8${SOF}${comment}${SOS}${DATA}ffd9ffd9`,
    ]) {
      expect(strippedFrame(hex(dirty), JPEG)).to.deep.equal(padded(picture));
    }
  });

  it('keeps the segments that say how its colours are made', () => {
    const adobe = segment('ee', `${text('Adobe')}00640000000001`);
    expect(strippedFrame(padded(`ffd8${adobe}${picture.slice(4)}`), JPEG)).to.equal(null);
    const withThumb = segment('e0', `${text('JFIF')}0001010000010001${'0101'}aabbcc`);
    const stripped = Buffer.from(strippedFrame(hex(`ffd8${withThumb}${picture.slice(4)}`), JPEG) ?? []).toString('hex');
    expect(stripped.startsWith('ffd8ffe000104a46494600010100000100010000ffc0')).to.equal(true);
  });

  it('of JPEG 2000 loses its comments too', () => {
    const siz = segment('51', '00'.repeat(38));
    const tile = 'ff90000a00000000001200010000ff93';
    const body = `${tile}abcd`;
    const clean = `ff4f${siz}${body}ffd9`;
    const comment = segment('64', `0001${text('Müller')}`);
    expect(strippedFrame(hex(`ff4f${siz}${comment}${body}ffd9${text('Mü')}`), '1.2.840.10008.1.2.4.90')).to.deep.equal(
      padded(clean),
    );
    expect(strippedFrame(padded(clean), '1.2.840.10008.1.2.4.90')).to.equal(null);
  });

  it('of RLE loses what stands in unused offsets and behind its rows', () => {
    const header = new Uint8Array(64);
    header.set([1, 0, 0, 0, 64, 0, 0, 0]);
    const frame = new Uint8Array([...header, 3, 1, 2, 3, 4, 0xfd, 9, 0]);
    const dirtyHeader = frame.slice();
    dirtyHeader.set(Buffer.from('Mueller'), 12);
    expect(strippedFrame(dirtyHeader, RLE)).to.deep.equal(frame);
    expect(strippedFrame(frame, RLE)).to.equal(null);
    expect(cutRle(new Uint8Array([...frame, ...Buffer.from('Mueller!')]), 8)).to.deep.equal(frame);
    expect(cutRle(frame, 8)).to.equal(null);
  });

  it('of any bytes ends, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom('ffd8', 'ff4f', ''), (bytes, start) => {
        const frame = new Uint8Array([...hex(start), ...bytes]);
        for (const syntax of [JPEG, RLE]) strippedFrame(frame, syntax);
        cutRle(frame, 100);
      }),
    );
  });
});
