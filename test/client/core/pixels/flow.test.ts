import { expect } from 'chai';
import type { Picture } from '../../../../client/core/pixels/raster/raster.js';
import { isColourFlow } from '../../../../client/core/pixels/text/flow.js';
import { bitmapFont } from '../../../support/burned-in/bitmap-font.js';
import { createCanvas, drawText } from '../../../support/burned-in/canvas.js';
import { pictureOf } from '../../../support/burned-in/example.js';

const WHOLE = { left: 0, top: 0, right: 200, bottom: 40 };

/** A scale of velocities: red over orange to yellow, in stripes. */
function flow(): Picture {
  const bytes = new Uint8Array(200 * 40 * 3);
  for (let i = 0; i < 200 * 40; i++) if (i % 7 < 4) bytes.set([255, (i * 13) % 256, 0], 3 * i);
  return { width: 200, height: 40, samples: 3, bytes };
}

function writing(colour: readonly [number, number, number]): Picture {
  const canvas = createCanvas(200, 40, [0, 0, 0]);
  drawText(canvas, 'MUSTER 4711', 5, 5, { font: bitmapFont, size: 20, colour });
  return pictureOf(canvas, true);
}

describe('colour flow', () => {
  it('is told from writing by its many colours', () => {
    expect(isColourFlow(flow(), WHOLE)).to.equal(true);
  });

  it('is no writing in one colour, whatever colour', () => {
    for (const colour of [
      [255, 255, 255],
      [255, 255, 0],
      [255, 128, 0],
      [0, 200, 255],
    ] as const) {
      expect(isColourFlow(writing(colour), WHOLE), colour.join()).to.equal(false);
    }
  });

  it('is nowhere in gray pictures, nor in an empty box', () => {
    const { width, height } = flow();
    expect(isColourFlow({ width, height, samples: 1, bytes: new Uint8Array(8000).fill(200) }, WHOLE)).to.equal(false);
    expect(isColourFlow(flow(), { left: 5, top: 5, right: 5, bottom: 5 })).to.equal(false);
  });
});
