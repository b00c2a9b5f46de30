import { expect } from 'chai';
import fc from 'fast-check';
import { EXPLICIT, EXPLICIT_BIG, IMPLICIT, type Encoding } from '../../../../client/core/dicom/element.js';
import { type FrameView } from '../../../../client/web/desk/picture.js';
import { createCodecModules } from '../../../../client/node/pixels/codec-modules.js';
import { readImageDataSet } from '../../../../client/web/image/dataset.js';
import { decodeFrame } from '../../../../client/web/image/frame.js';
import { concatBytes } from '../../../../crypto/wire/bytes.js';
import { element, file, head, item, meta } from '../../../support/dicom-bytes.js';
import { memorySource } from '../../../support/memory-source.js';

/** Pictures against values worked out here, bit by bit, from PS3.3 and PS3.5. */

const LITTLE = '1.2.840.10008.1.2.1';
const IMPLICIT_LITTLE = '1.2.840.10008.1.2';
const BIG = '1.2.840.10008.1.2.2';

interface Picture {
  readonly rows?: number;
  readonly columns?: number;
  readonly samples?: number;
  readonly photometric?: string;
  readonly allocated?: number;
  readonly stored?: number;
  readonly signed?: number;
  readonly planar?: number;
  readonly extra?: (e: typeof element) => readonly Uint8Array[];
  readonly pixels: Uint8Array;
  readonly encoding?: Encoding;
  readonly syntax?: string;
}

function fileOf(picture: Picture): Uint8Array {
  const { encoding = EXPLICIT, syntax = LITTLE, rows = 2, columns = 2, samples = 1, allocated = 16 } = picture;
  const { stored = allocated, photometric = 'MONOCHROME2', signed = 0, planar } = picture;
  const e: typeof element = (tag, vr, value) => element(tag, vr, value, encoding);
  const content = concatBytes(
    e(0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.2'),
    e(0x00080060, 'CS', 'CT'),
    e(0x00280002, 'US', samples),
    e(0x00280004, 'CS', photometric),
    ...(planar === undefined ? [] : [e(0x00280006, 'US', planar)]),
    e(0x00280010, 'US', rows),
    e(0x00280011, 'US', columns),
    e(0x00280100, 'US', allocated),
    e(0x00280101, 'US', stored),
    e(0x00280102, 'US', stored - 1),
    e(0x00280103, 'US', signed),
    ...(picture.extra?.(e) ?? []),
    e(0x7fe00010, allocated > 8 ? 'OW' : 'OB', picture.pixels),
  );
  return file({ syntax }, content);
}

const modules = createCodecModules();

async function frameIn(bytes: Uint8Array, frame = 0): Promise<FrameView> {
  const source = memorySource('a.dcm', bytes);
  return decodeFrame({ source, set: await readImageDataSet(source) }, frame, modules);
}

function frameOf(picture: Picture, frame = 0): Promise<FrameView> {
  return frameIn(fileOf(picture), frame);
}

function words(values: readonly number[], littleEndian = true): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * values.length));
  values.forEach((value, i) => view.setUint16(2 * i, value & 0xffff, littleEndian));
  return new Uint8Array(view.buffer);
}

async function grayOf(picture: Picture): Promise<Extract<FrameView, { kind: 'gray' }>> {
  const frame = await frameOf(picture);
  if (frame.kind !== 'gray') throw new Error('not gray');
  return frame;
}

async function rgbaOf(picture: Picture): Promise<number[]> {
  const frame = await frameOf(picture);
  if (frame.kind !== 'color') throw new Error('not colour');
  return [...frame.rgba];
}

async function codeOf(action: Promise<unknown>): Promise<unknown> {
  return action.then(
    () => 'nothing thrown',
    (error: unknown) => (error as { code?: unknown }).code,
  );
}

describe('a picture', () => {
  for (const [name, encoding, syntax] of [
    ['explicit little endian', EXPLICIT, LITTLE],
    ['implicit little endian', IMPLICIT, IMPLICIT_LITTLE],
    ['explicit big endian', EXPLICIT_BIG, BIG],
  ] as const) {
    it(`has its stored values in ${name}`, async () => {
      const pixels = words([0, 1, 258, 65_535], encoding.littleEndian);
      const frame = await grayOf({ pixels, encoding, syntax });
      expect([...frame.values]).to.deep.equal([0, 1, 258, 65_535]);
    });
  }

  it('reads the bits that count, with their sign, whatever stands in the others', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 16 }),
        fc.boolean(),
        fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 4, maxLength: 4 }),
        async (stored, isSigned, raw) => {
          const frame = await grayOf({ pixels: words(raw), stored, signed: Number(isSigned) });
          const expected = raw.map((value) => {
            const bits = value % 2 ** stored;
            return isSigned && bits >= 2 ** (stored - 1) ? bits - 2 ** stored : bits;
          });
          expect([...frame.values]).to.deep.equal(expected);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('carries slope, intercept, windows, background and spacing', async () => {
    const frame = await grayOf({
      pixels: words([0, 1, 2, 0xf830]),
      signed: 1,
      extra: (e) => [
        e(0x00280030, 'DS', '0.5\\0.25'),
        e(0x00280120, 'US', 0xf830),
        e(0x00281050, 'DS', '40\\300'),
        e(0x00281051, 'DS', '80\\0.5'),
        e(0x00281052, 'DS', '-1024'),
        e(0x00281053, 'DS', '2'),
        e(0x00281055, 'LO', 'HIRN\\KNOCHEN'),
      ],
    });
    expect([frame.slope, frame.intercept, frame.unit]).to.deep.equal([2, -1024, 'HU']);
    // A linear window narrower than 1 is none.
    expect(frame.windows).to.deep.equal([{ center: 40, width: 80, name: 'HIRN', shape: 'linear' }]);
    expect(frame.padding).to.deep.equal([-2000, -2000]);
    expect(frame.pixelSpacing).to.deep.equal([0.5, 0.25]);
  });

  it('takes a modality table in place of slope and intercept', async () => {
    const table = concatBytes(
      element(0x00283002, 'US', words([3, 10, 16])),
      element(0x00283004, 'LO', 'US'),
      element(0x00283006, 'OW', words([100, 200, 300])),
    );
    const sequence = item(table);
    const frame = await grayOf({
      pixels: words([0, 10, 11, 99]),
      extra: () => [concatBytes(head(0x00283000, 'SQ', sequence.length), sequence)],
    });
    expect([...frame.values]).to.deep.equal([100, 100, 200, 300]);
  });

  it('is inverted when small values are bright', async () => {
    expect((await grayOf({ pixels: words([0, 1, 2, 3]), photometric: 'MONOCHROME1' })).isInverted).to.equal(true);
  });

  it('has single bits, lowest first', async () => {
    const frame = await grayOf({ pixels: Uint8Array.of(0b0110), allocated: 1, rows: 2, columns: 4 });
    expect([...frame.values]).to.deep.equal([0, 1, 1, 0, 0, 0, 0, 0]);
  });

  it('has frames one behind the other', async () => {
    const picture: Picture = { pixels: words([1, 2, 3, 4, 5, 6, 7, 8]), extra: (e) => [e(0x00280008, 'IS', '2')] };
    const second = await frameOf(picture, 1);
    expect(second.kind === 'gray' && [...second.values]).to.deep.equal([5, 6, 7, 8]);
    expect(await codeOf(frameOf(picture, 2))).to.equal('image-invalid');
  });

  const COLORS = [255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 10, 20, 30, 255];

  it('has colours pixel by pixel and in planes alike', async () => {
    const shape = { samples: 3, allocated: 8, photometric: 'RGB' };
    const mixed = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30);
    expect(await rgbaOf({ ...shape, planar: 0, pixels: mixed })).to.deep.equal(COLORS);
    const planes = Uint8Array.of(255, 0, 0, 10, 0, 255, 0, 20, 0, 0, 255, 30);
    expect(await rgbaOf({ ...shape, planar: 1, pixels: planes })).to.deep.equal(COLORS);
  });

  it('has YBR colours, full and with shared colour samples', async () => {
    const gray = Uint8Array.of(50, 128, 128, 60, 128, 128, 70, 128, 128, 80, 128, 128);
    const shades = [50, 60, 70, 80].flatMap((shade) => [shade, shade, shade, 255]);
    expect(await rgbaOf({ samples: 3, allocated: 8, photometric: 'YBR_FULL', pixels: gray })).to.deep.equal(shades);
    const shared = Uint8Array.of(50, 60, 128, 128, 70, 80, 128, 128);
    const picture = { samples: 3, allocated: 8, photometric: 'YBR_FULL_422', pixels: shared };
    expect(await rgbaOf(picture)).to.deep.equal(shades);
    // Pure red: Y 76, Cb 85, Cr 255.
    const red = Uint8Array.of(76, 85, 255, 76, 85, 255, 76, 85, 255, 76, 85, 255);
    const [r = 0, g = 9, b = 9] = await rgbaOf({ samples: 3, allocated: 8, photometric: 'YBR_FULL', pixels: red });
    expect([r >= 253, g <= 2, b <= 2]).to.deep.equal([true, true, true]);
  });

  it('takes colours from a palette of 16 bits', async () => {
    const channel = (tag: number, values: readonly number[]): Uint8Array[] => [
      element(tag, 'US', words([3, 5, 16])),
      element(tag + 0x100, 'OW', words(values.map((value) => value * 257))),
    ];
    const pixels = Uint8Array.of(5, 6, 7, 200);
    const extra = (): Uint8Array[] => [
      ...channel(0x00281101, [1, 2, 3]),
      ...channel(0x00281102, [4, 5, 6]),
      ...channel(0x00281103, [7, 8, 9]),
    ];
    const shown = await rgbaOf({ allocated: 8, photometric: 'PALETTE COLOR', pixels, extra });
    expect(shown).to.deep.equal([1, 4, 7, 255, 2, 5, 8, 255, 3, 6, 9, 255, 3, 6, 9, 255]);
  });

  function encapsulated(syntax: string, ...fragments: readonly Uint8Array[]): Uint8Array {
    const content = concatBytes(
      element(0x00280010, 'US', 2),
      element(0x00280011, 'US', 2),
      element(0x00280100, 'US', 16),
      head(0x7fe00010, 'OB', 0xffffffff),
      item(new Uint8Array(0)),
      ...fragments.map((fragment) => item(fragment)),
      head(0xfffee0dd, '', 0),
    );
    return concatBytes(new Uint8Array(128), new TextEncoder().encode('DICM'), meta(syntax), content);
  }

  it('in a coding that nobody here can undo is said to be so, a video too', async () => {
    const codes = ['1.2.840.10008.1.2.4.110', '1.2.840.10008.1.2.4.102', '1.2.840.10008.1.2.4.90'];
    const found = await Promise.all(codes.map((syntax) => codeOf(frameIn(encapsulated(syntax, new Uint8Array(64))))));
    expect(found).to.deep.equal(['image-unsupported', 'image-video', 'image-invalid']);
    expect(await codeOf(frameIn(encapsulated('1.2.840.10008.1.2.4.90')))).to.equal('image-invalid');
  });

  it('that is shorter than its size, or contradicts itself, is refused', async () => {
    expect(await codeOf(frameOf({ pixels: words([1, 2, 3]) }))).to.equal('image-invalid');
    expect(await codeOf(frameOf({ pixels: words([1]), rows: 65_535, columns: 65_535 }))).to.equal('image-invalid');
    expect(await codeOf(frameOf({ pixels: words([1, 2, 3, 4]), stored: 0 }))).to.equal('image-invalid');
    expect(await codeOf(frameOf({ pixels: words([1, 2, 3, 4]), allocated: 12 }))).to.equal('image-invalid');
  });

  it('never does anything but answer or refuse, whatever the bytes are', async () => {
    const good = fileOf({ pixels: words([1, 2, 3, 4]), extra: (e) => [e(0x00281050, 'DS', '40')] });
    const known = ['image-invalid', 'image-unsupported', 'no-image', 'nothing thrown'];
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), async (at, byte, end) => {
        const bytes = good.slice(0, Math.max(end, 1));
        if (at < bytes.length) bytes[at] = byte;
        expect(known).to.include(await codeOf(frameIn(bytes)));
      }),
      { numRuns: 300 },
    );
  });
});
