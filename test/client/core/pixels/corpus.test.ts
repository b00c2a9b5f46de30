import { expect } from 'chai';
import { ScanRefused } from '../../../../client/core/dicom/refusal.js';
import { decodeFrame } from '../../../../client/core/pixels/decode.js';
import { openPixels } from '../../../../client/core/pixels/open-pixels.js';
import { sampleReader } from '../../../../client/core/pixels/picture.js';
import type { Raster } from '../../../../client/core/pixels/raster/raster.js';
import { PixelRefused } from '../../../../client/core/pixels/raster/refusal.js';
import { isLossySyntax } from '../../../../client/core/pixels/syntax.js';
import { createCodecModules } from '../../../../client/node/pixels/codec-modules.js';
import { type CorpusFile, corpusSource, withCorpus } from '../../../support/corpus.js';

const modules = createCodecModules();

async function firstFrame(file: CorpusFile): Promise<{ raster: Raster; syntax: string }> {
  const { image, frames } = await openPixels(corpusSource(file));
  return { raster: await decodeFrame(modules, image, await frames.read(0)), syntax: image.transferSyntaxUid };
}

describe('frames of the corpus', () => {
  withCorpus((files) => {
    for (const set of ['ct', 'ctge', 'mr', 'us']) {
      it(`are the same in every lossless transfer syntax: ${set}`, async () => {
        const members = files.filter(({ path }) => path.startsWith(`made-ts/${set}-`));
        let reference: { raster: Raster; read: (i: number) => number } | null = null;
        let compared = 0;
        for (const file of members) {
          const { raster, syntax } = await firstFrame(file);
          if (isLossySyntax(syntax)) continue;
          const read = sampleReader(raster);
          reference ??= { raster, read };
          const other = reference;
          const differs = raster.cells.findIndex((_, i) => read(i) !== other.read(i));
          expect(differs, file.path).to.equal(-1);
          expect(raster.cells.length).to.equal(other.raster.cells.length);
          compared++;
        }
        expect(compared).to.be.greaterThan(4);
      });
    }

    it('are decoded, or refused with a reason, when they are malformed', async () => {
      for (const file of files.filter(({ collection }) => collection === 'malformed')) {
        const outcome = await firstFrame(file).catch((error: unknown) => error);
        if (outcome instanceof Error) {
          expect(
            outcome instanceof PixelRefused || outcome instanceof ScanRefused,
            `${file.path}: ${outcome.message}`,
          ).to.equal(true);
        }
      }
    });
  });
});
