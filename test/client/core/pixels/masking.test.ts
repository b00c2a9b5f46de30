import { expect } from 'chai';
import fc from 'fast-check';
import { decodeFrame } from '../../../../client/core/pixels/decode.js';
import type { DecodableImage } from '../../../../client/core/pixels/geometry.js';
import { maskNativeFrame } from '../../../../client/core/pixels/mask-native.js';
import { maskEncapsulatedFrame } from '../../../../client/core/pixels/mask-frame.js';
import { encodeLossless, decodeLossless } from '../../../../client/core/pixels/jpeg/lossless.js';
import { PixelRefused } from '../../../../client/core/pixels/raster/refusal.js';
import { decodeRle, encodeRle } from '../../../../client/core/pixels/rle.js';
import { createCodecModules } from '../../../../client/node/pixels/codec-modules.js';
import { encodeFrame, exampleImage, textured } from '../../../support/pixel-images.js';
import { jpegOf } from '../../../support/burned-in/jpeg-picture.js';

const modules = createCodecModules();
const REGION = { x: 5, y: 9, width: 23, height: 14 };

function isInside(x: number, y: number): boolean {
  return x >= REGION.x && x < REGION.x + REGION.width && y >= REGION.y && y < REGION.y + REGION.height;
}

async function reasonOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'accepted',
    (error: unknown) => (error instanceof PixelRefused ? error.reason : String(error)),
  );
}

describe('masking a native frame', () => {
  const kinds: Partial<DecodableImage>[] = [
    { bitsAllocated: 8, bitsStored: 8, highBit: 7 },
    { bitsAllocated: 16, bitsStored: 12, highBit: 11 },
    { bitsAllocated: 16, bitsStored: 16, highBit: 15, pixelRepresentation: 1, littleEndian: false },
    { photometricInterpretation: 'MONOCHROME1', bitsAllocated: 16, bitsStored: 10, highBit: 9 },
    {
      samplesPerPixel: 3,
      photometricInterpretation: 'RGB',
      planarConfiguration: 1,
      bitsAllocated: 8,
      bitsStored: 8,
      highBit: 7,
    },
    { samplesPerPixel: 3, photometricInterpretation: 'YBR_FULL', bitsAllocated: 8, bitsStored: 8, highBit: 7 },
  ];
  for (const kind of kinds) {
    it(`changes the region and nothing else: ${Object.values(kind).join(' ')}`, async () => {
      const image = exampleImage(kind);
      const bytes = textured(image);
      const before = await decodeFrame(modules, image, bytes);
      maskNativeFrame(image, bytes, [REGION]);
      const after = await decodeFrame(modules, image, bytes);
      for (let i = 0; i < after.cells.length; i++) {
        const pixel = Math.floor(i / after.samples);
        const [x, y] = [pixel % after.width, Math.floor(pixel / after.width)];
        if (isInside(x, y))
          expect(after.cells[i]).to.equal(
            after.cells[(REGION.y * after.width + REGION.x) * after.samples + (i % after.samples)],
          );
        else expect(after.cells[i]).to.equal(before.cells[i]);
      }
    });
  }

  it('refuses a frame that is shorter than its dimensions', () => {
    const image = exampleImage({});
    expect(() => maskNativeFrame(image, textured(image).subarray(1), [REGION])).to.throw(PixelRefused);
  });
});

describe('masking an encapsulated frame', () => {
  const lossless = ['5', '4.57', '4.70', '4.80', '4.81', '4.90', '4.91', '4.201', '4.202', '4.203', '8.1'];
  for (const end of lossless) {
    for (const bits of [8, 12]) {
      it(`leaves every pixel outside as it was, in 1.2.840.10008.1.2.${end} with ${bits} bits`, async () => {
        const shape = { bitsAllocated: bits > 8 ? 16 : 8, bitsStored: bits, highBit: bits - 1 };
        const native = exampleImage(shape);
        const image = exampleImage({ ...shape, transferSyntaxUid: `1.2.840.10008.1.2.${end}` });
        const frame = await encodeFrame(modules, image, await decodeFrame(modules, native, textured(native)));
        const before = await decodeFrame(modules, image, frame);
        const masked = await maskEncapsulatedFrame(modules, image, frame, [REGION]);
        const after = await decodeFrame(modules, image, masked.bytes);
        expect(masked.coding).to.equal('lossless');
        for (let i = 0; i < after.cells.length; i++) {
          const isIn = isInside(i % after.width, Math.floor(i / after.width));
          expect(after.cells[i]).to.equal(isIn ? 0 : before.cells[i]);
        }
      });
    }
  }

  for (const precision of [8, 12] as const) {
    it(`touches only the blocks of the region in JPEG of ${precision} bits`, async () => {
      const image = exampleImage({
        transferSyntaxUid: '1.2.840.10008.1.2.4.51',
        bitsAllocated: precision > 8 ? 16 : 8,
        bitsStored: precision,
        highBit: precision - 1,
      });
      const samples = Array.from(
        { length: image.rows * image.columns },
        (_, i) => (i * 37 + (i >> 5) * 11) % 2 ** precision,
      );
      const frame = jpegOf(samples, { width: image.columns, height: image.rows, samples: 1, precision, quality: 90 });
      const before = await decodeFrame(modules, image, frame);
      const masked = await maskEncapsulatedFrame(modules, image, frame, [REGION]);
      const after = await decodeFrame(modules, image, masked.bytes);
      expect(masked.coding).to.equal('lossy');
      for (let i = 0; i < after.cells.length; i++) {
        const [x, y] = [i % after.width, Math.floor(i / after.width)];
        const isInBlocks = x >= 0 && x < 32 && y >= 8 && y < 24;
        if (!isInBlocks) expect(after.cells[i]).to.equal(before.cells[i]);
        if (x >= 8 && x < 24 && y >= 16 && y < 23 && isInside(x, y))
          expect(after.cells[i]).to.be.below(2 ** precision / 8);
      }
    });
  }
});

describe('own coders', () => {
  const shapes = fc.record({
    width: fc.integer({ min: 1, max: 70 }),
    height: fc.integer({ min: 1, max: 20 }),
    samples: fc.constantFrom(1, 3),
    bits: fc.constantFrom(8, 16),
    seed: fc.integer({ min: 0, max: 1e6 }),
    isFlat: fc.boolean(),
  });
  const cellsOf = ({
    width,
    height,
    samples,
    bits,
    seed,
    isFlat,
  }: {
    width: number;
    height: number;
    samples: number;
    bits: number;
    seed: number;
    isFlat: boolean;
  }): Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> => {
    const cells = bits === 8 ? new Uint8Array(width * height * samples) : new Uint16Array(width * height * samples);
    return cells.map((_, i) => (isFlat ? seed + Math.floor(i / 40) : Math.imul(i + seed, 2654435761) >>> 7));
  };

  it('give back in RLE what went in', () => {
    fc.assert(
      fc.property(shapes, (one) => {
        const shape = { ...one, bitsAllocated: one.bits };
        const cells = cellsOf(one);
        const bytes = encodeRle(cells, shape);
        expect(bytes.length % 2).to.equal(0);
        expect([...decodeRle(bytes, shape)]).to.deep.equal([...cells]);
      }),
      { numRuns: 60 },
    );
  });

  it('give back in lossless JPEG what went in, differences of 32,768 too', () => {
    fc.assert(
      fc.property(shapes, (one) => {
        const cells = cellsOf(one);
        const bytes = encodeLossless(cells, { ...one, components: one.samples, precision: one.bits });
        expect([...decodeLossless(bytes).samples]).to.deep.equal([...cells]);
      }),
      { numRuns: 60 },
    );
    const extreme = Uint16Array.of(0, 32_768, 0, 65_535, 32_767, 0);
    const bytes = encodeLossless(extreme, { width: 3, height: 2, components: 1, precision: 16 });
    expect([...decodeLossless(bytes).samples]).to.deep.equal([...extreme]);
  });
});

describe('hostile pictures (attack A23)', () => {
  const cases: [string, Partial<DecodableImage>][] = [
    ['geometry', { rows: 0 }],
    ['too-large', { rows: 65_535, columns: 65_535 }],
    ['geometry', { samplesPerPixel: 65_535 }],
    ['geometry', { bitsAllocated: 0, bitsStored: 0 }],
    ['geometry', { numberOfFrames: -1 }],
    ['geometry', { numberOfFrames: 2_147_483_647 }],
    ['geometry', { bitsStored: 17 }],
  ];
  for (const [reason, attributes] of cases) {
    it(`are refused as ${reason} before anything is allocated: ${JSON.stringify(attributes)}`, async () => {
      const image = exampleImage(attributes);
      expect(await reasonOf(decodeFrame(modules, image, new Uint8Array(64)))).to.equal(reason);
    });
  }

  it('are refused as mismatch when the code stream is larger than the attributes say', async () => {
    const frame = jpegOf(new Uint8Array(64 * 64), { width: 64, height: 64, samples: 1, precision: 8, quality: 90 });
    const image = exampleImage({
      transferSyntaxUid: '1.2.840.10008.1.2.4.50',
      bitsAllocated: 8,
      bitsStored: 8,
      highBit: 7,
    });
    expect(await reasonOf(decodeFrame(modules, image, frame))).to.equal('mismatch');
  });

  it('end in a refusal and never in anything else, wherever a byte of a code stream is turned', async () => {
    const shape = { bitsAllocated: 8, bitsStored: 8, highBit: 7 };
    const native = exampleImage(shape);
    for (const end of ['5', '4.51', '4.70', '4.80', '4.90']) {
      const image = exampleImage({ ...shape, transferSyntaxUid: `1.2.840.10008.1.2.${end}` });
      const frame = await encodeFrame(modules, image, await decodeFrame(modules, native, textured(native)));
      for (let at = 0; at < frame.length; at += 7) {
        const altered = frame.slice();
        altered[at]! ^= 0xff;
        const outcome = await decodeFrame(modules, image, altered).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome, `${end} at ${at}`).to.be.instanceOf(PixelRefused);
      }
    }
  });
});
