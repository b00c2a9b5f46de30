import { expect } from 'chai';
import { createPixelCleaner } from '../../../../client/core/pixels/cleaner.js';
import { contentOutside } from '../../../../client/core/pixels/outside.js';
import type { Picture } from '../../../../client/core/pixels/raster/raster.js';
import { lookForText, USUALLY_TEXT } from '../../../../client/core/pixels/text/look.js';
import { createPixelWorker } from '../../../../client/core/pixels/work.js';
import { createCodecModules } from '../../../../client/node/pixels/codec-modules.js';
import { createTextReader } from '../../../../client/node/pixels/text-reader.js';
import { bitmapFont } from '../../../support/burned-in/bitmap-font.js';
import { createCanvas, drawText } from '../../../support/burned-in/canvas.js';
import { createExample, exampleFonts, pictureOf } from '../../../support/burned-in/example.js';
import { createRandom } from '../../../support/burned-in/random.js';
import { drawSector } from '../../../support/burned-in/scenes.js';
import { scoreOf, sum } from '../../../support/burned-in/score.js';
import { exampleImage } from '../../../support/pixel-images.js';

const cleaner = createPixelCleaner(createPixelWorker({ modules: createCodecModules(), reader: null }));

function speckle(text: string | null, seed = 7): Picture {
  const canvas = createCanvas(320, 240, [0, 0, 0]);
  drawSector(canvas, createRandom(seed), 30);
  if (text !== null) drawText(canvas, text, 10, 8, { font: bitmapFont, size: 18, colour: [255, 255, 255] });
  return pictureOf(canvas, false);
}

function ultrasound(frames: number): Parameters<typeof cleaner.inspect>[0] {
  const shape = { bitsAllocated: 8, bitsStored: 8, highBit: 7, rows: 240, columns: 320 };
  return exampleImage({ ...shape, modality: 'US', numberOfFrames: frames, burnedInAnnotation: 'NO' });
}

function framesOf(pictures: readonly Picture[]): Parameters<typeof cleaner.inspect>[1] {
  return {
    count: pictures.length,
    kind: 'native',
    read: (frame) => Promise.resolve(pictures[frame]?.bytes ?? new Uint8Array(0)),
  };
}

describe('burned-in text', () => {
  it('is covered to at least 90 of 100 tokens with at most 2 % of the area wrongly covered, by its shapes alone', async () => {
    const scores = [];
    for (const seed of [2, 4, 12, 14, 16]) {
      const example = createExample(seed, (['ultrasound', 'capture', 'screenshot'] as const)[seed % 3]);
      scores.push(scoreOf(example, (await lookForText(example.picture, USUALLY_TEXT, null)).boxes));
    }
    const { tokens, covered, wrongPixels, pixels } = sum(scores);
    expect(tokens).to.be.greaterThan(40);
    expect(covered / tokens).to.be.at.least(0.9);
    expect(wrongPixels / pixels).to.be.at.most(0.02);
  });

  it('is not seen where there is none', async () => {
    const { boxes } = await lookForText(speckle(null), USUALLY_TEXT, null);
    expect(boxes).to.deep.equal([]);
  });

  it('is read by a model from disk', async () => {
    const canvas = createCanvas(400, 120, [0, 0, 0]);
    const font = exampleFonts()[0] ?? bitmapFont;
    drawText(canvas, 'MUSTER ERIKA', 20, 40, { font, size: 28, colour: [255, 255, 255] });
    const { width, height, bytes } = pictureOf(canvas, false);
    const words = await createTextReader()({ width, height, bytes: bytes.map((value) => 255 - value) });
    expect(
      words
        .map(({ text }) => text)
        .join(' ')
        .toUpperCase(),
    ).to.contain('ERIKA');
  });

  it('is masked although the instance says that there is none', async () => {
    const { masks, confidence } = await cleaner.inspect(ultrasound(1), framesOf([speckle('MUSTER ERIKA')]), 'careful');
    expect(masks.map(({ source, frame }) => `${source} ${frame}`)).to.deep.equal(['text null']);
    const [mask] = masks;
    expect(mask?.x).to.be.at.most(10);
    expect(mask?.y).to.be.at.most(8);
    expect(confidence).to.equal('checked');
  });

  it('is masked on all frames when it stands in one of many', async () => {
    const pictures = Array.from({ length: 9 }, (_, i) => speckle(i === 4 ? '12.03.1957' : 'MUSTER ERIKA', i));
    const { masks } = await cleaner.inspect(ultrasound(9), framesOf(pictures), 'careful');
    expect(masks.every(({ frame }) => frame === null)).to.equal(true);
    expect(masks.length).to.be.at.least(1);
  });

  it('gives the same answer for the same picture', async () => {
    const frames = framesOf([speckle('YILDIZ 20260312')]);
    expect(await cleaner.inspect(ultrasound(1), frames, 'careful')).to.deep.equal(
      await cleaner.inspect(ultrasound(1), frames, 'careful'),
    );
  });

  it('is never called checked in a syntax that cannot be decoded', async () => {
    const image = { ...ultrasound(1), transferSyntaxUid: '1.2.840.10008.1.2.4.100' };
    const { risks, confidence } = await cleaner.inspect(image, framesOf([speckle(null)]), 'careful');
    expect(risks).to.deep.equal(['frames-not-decoded']);
    expect(confidence).to.equal('unchecked');
    expect(cleaner.canMask(image)).to.equal(false);
  });

  it('is never called checked when a frame is broken', async () => {
    const broken = { ...speckle(null), bytes: new Uint8Array(10) };
    const { risks } = await cleaner.inspect(ultrasound(1), framesOf([broken]), 'careful');
    expect(risks).to.deep.equal(['frames-not-decoded']);
  });
});

describe('outside of the ultrasound regions', () => {
  const regions = [{ minX: 40, minY: 30, maxX: 279, maxY: 239, dataType: null }];

  it('everything that is not plain is covered, and nothing inside', () => {
    const boxes = contentOutside(speckle('ID 4711'), regions) ?? [];
    expect(boxes.some(({ left, top }) => left < 20 && top < 16)).to.equal(true);
    expect(boxes.filter(({ right, bottom }) => right > 40 && bottom > 30 && right <= 279)).to.deep.equal([]);
  });

  it('nothing is covered blindly when most of the picture lies there', () => {
    expect(contentOutside(speckle(null), [{ minX: 0, minY: 0, maxX: 3, maxY: 3, dataType: null }])).to.satisfy(
      (boxes: unknown) => boxes === null || Array.isArray(boxes),
    );
    const bright = {
      width: 64,
      height: 64,
      samples: 1 as const,
      bytes: Uint8Array.from({ length: 4096 }, (_, i) => (i * 67) % 256),
    };
    expect(contentOutside(bright, [{ minX: 0, minY: 0, maxX: 3, maxY: 3, dataType: null }])).to.equal(null);
  });
});

describe('what runs through many colours in ultrasound', () => {
  const flow = { left: 100, top: 60, right: 180, bottom: 90, confidence: 0.9, reason: 'shape' as const };
  const region = { minX: 40, minY: 30, maxX: 279, maxY: 239 };
  /** Whoever looks sees nothing but the flow, and cannot believe the regions where `outside` is null. */
  const seeing = (outside: [] | null) =>
    createPixelCleaner((() => Promise.resolve({ boxes: [], doubtful: [], flow: [flow], outside })) as never);
  const risksOf = async (dataType: number | null, outside: [] | null = []) => {
    const image = { ...ultrasound(1), ultrasoundRegions: dataType === null ? [] : [{ ...region, dataType }] };
    const { masks, risks } = await seeing(outside).inspect(image, framesOf([speckle(null)]), 'careful');
    expect(masks).to.deep.equal([]);
    return risks;
  };

  it('is left alone where the regions say that flow is shown, and said', async () => {
    expect(await risksOf(2)).to.deep.equal(['colour-flow']);
  });

  it('is for a person to look at where they say something else, or nothing', async () => {
    expect(await risksOf(1)).to.deep.equal(['text-suspected']);
    expect(await risksOf(null)).to.deep.equal(['text-suspected']);
  });

  it('and so is a picture whose regions leave out most of it', async () => {
    expect(await risksOf(2, null)).to.deep.equal(['text-suspected', 'colour-flow']);
  });
});
