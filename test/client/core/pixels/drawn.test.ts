import { expect } from 'chai';
import { ctStudy } from '../../../../client/cli/demo/phantom.js';
import type { PixelImage } from '../../../../client/core/deidentification/pixel-port.js';
import { isWithoutDrawing } from '../../../../client/core/pixels/drawn.js';
import { openPixels } from '../../../../client/core/pixels/open-pixels.js';
import { bitmapFont } from '../../../support/burned-in/bitmap-font.js';
import { memorySource } from '../../../support/memory-source.js';

async function slice(signed: boolean): Promise<{ image: PixelImage; frame: Uint8Array }> {
  const [file] = ctStudy({ slices: 1, signed });
  const { image, frames } = await openPixels(memorySource('x.dcm', file?.bytes ?? new Uint8Array(0)));
  return { image, frame: new Uint8Array(await frames.read(0)) };
}

function written(frame: Uint8Array, text: string, value: number, { columns }: PixelImage): Uint8Array {
  const copy = new Uint8Array(frame);
  const cells = new Int16Array(copy.buffer);
  const { width, height, coverage } = bitmapFont.draw(text, 12);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) if (coverage[y * width + x]! > 127) cells[(40 + y) * columns + 60 + x] = value;
  }
  return copy;
}

describe('a slice that is looked at in passing', () => {
  it('has nothing drawn on it when it is what a scanner measured, signed or not', async () => {
    for (const signed of [false, true]) {
      const { image, frame } = await slice(signed);
      expect(isWithoutDrawing(image, frame)).to.equal(true);
    }
  });

  it('is looked at with care when something is written on it', async () => {
    for (const signed of [false, true]) {
      const { image, frame } = await slice(signed);
      for (const value of [3000, 1500]) {
        expect(isWithoutDrawing(image, written(frame, 'MUSTER ERIKA', value, image)), String(value)).to.equal(false);
      }
    }
  });

  it('is looked at with care where the picture may be a capture, or is none of simple words', async () => {
    const { image, frame } = await slice(false);
    const others: readonly Partial<PixelImage>[] = [
      { modality: 'US' },
      { imageType: ['DERIVED', 'SECONDARY'] },
      { conversionType: 'WSD' },
      { burnedInAnnotation: 'YES' },
      { littleEndian: false },
      { bitsAllocated: 8 },
      { samplesPerPixel: 3 },
      { rows: 4096 },
    ];
    for (const other of others) {
      expect(isWithoutDrawing({ ...image, ...other }, frame), JSON.stringify(other)).to.equal(false);
    }
  });
});
