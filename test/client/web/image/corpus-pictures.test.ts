import { expect } from 'chai';
import { type FrameView } from '../../../../client/web/desk/picture.js';
import { readImageDataSet } from '../../../../client/web/image/dataset.js';
import { decodeFrame } from '../../../../client/web/image/frame.js';
import { createCodecModules } from '../../../../client/node/pixels/codec-modules.js';
import { memorySource } from '../../../support/memory-source.js';
import { type CorpusFile, readCorpusFile, withCorpus } from '../../../support/corpus.js';

/** Pictures of other people's files: what other programs coded without loss has to come out as it went in. */

const modules = createCodecModules();

async function frameOf(file: CorpusFile): Promise<FrameView> {
  const source = memorySource('a.dcm', readCorpusFile(file));
  return decodeFrame({ source, set: await readImageDataSet(source) }, 0, modules);
}

async function codeOf(file: CorpusFile): Promise<string> {
  return frameOf(file).then(
    () => 'shown',
    (error: unknown) => String((error as { code?: unknown }).code),
  );
}

function bytesOf(frame: FrameView): Uint8Array {
  const { buffer } = frame.kind === 'gray' ? frame.values : frame.rgba;
  return new Uint8Array(buffer);
}

/** Coders with losses change rescaling, too: values are compared. */
function valuesOf(frame: FrameView): ArrayLike<number> {
  if (frame.kind === 'color') return frame.rgba;
  return Float64Array.from(frame.values, (stored) => stored * frame.slope + frame.intercept);
}

/** Greatest and mean difference of two pictures of the same kind. */
function difference(a: FrameView, b: FrameView): readonly [greatest: number, mean: number] {
  const [x, y] = [a, b].map(valuesOf);
  if (x === undefined || y === undefined || x.length !== y.length) throw new Error('pictures of different sizes');
  let [greatest, sum] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    const distance = Math.abs((x[i] ?? 0) - (y[i] ?? 0));
    greatest = Math.max(greatest, distance);
    sum += distance;
  }
  return [greatest, sum / x.length];
}

const LOSSLESS = /-(implLE|explBE|deflLE|rle|jpll57|jpll70|jls80|j2k90|htj2k201|htj2k202)\.dcm$/;
const LOSSY = /-(jpeg50|jpeg51|jls81|j2k91|htj2k203)\.dcm$/;

describe('pictures of the corpus', function () {
  this.timeout(60_000);

  withCorpus((files) => {
    const made = files.filter(({ collection }) => collection === 'made-ts');
    for (const name of ['ct', 'ctge', 'mr', 'us']) {
      it(`are the same in every lossless coding, and nearly the same in the others: ${name}`, async () => {
        const all = made.filter(({ path }) => path.startsWith(`made-ts/${name}-`));
        const plain = all.find(({ path }) => path.endsWith('-explLE.dcm'));
        if (plain === undefined) throw new Error('no uncompressed picture');
        const reference = await frameOf(plain);
        const lossless = all.filter(({ path }) => LOSSLESS.test(path));
        expect(lossless.length).to.be.greaterThan(6);
        for (const file of lossless) {
          const frame = await frameOf(file);
          expect(frame.kind, file.path).to.equal(reference.kind);
          expect(Buffer.compare(bytesOf(frame), bytesOf(reference)), file.path).to.equal(0);
        }
        // A picture of 512 × 512 in less than that has lost what could be compared.
        for (const file of all.filter(({ path, bytes }) => LOSSY.test(path) && bytes > 10_000)) {
          const [greatest, mean] = difference(await frameOf(file), reference);
          expect(mean, file.path).to.be.below(reference.kind === 'gray' ? 30 : 4);
          expect(greatest, file.path).to.be.greaterThan(0);
        }
      });
    }

    it('are shown, or refused for a reason, whatever the file is', async () => {
      const some = files.filter(({ path, bytes }) => bytes < 300_000 && /^(malformed|pydicom|highdicom)\//.test(path));
      const found = new Map<string, number>();
      for (const file of some) {
        const code = await codeOf(file);
        found.set(code, (found.get(code) ?? 0) + 1);
      }
      const known = ['shown', 'image-invalid', 'image-unsupported', 'image-video', 'no-image'];
      expect([...found.keys()].filter((code) => !known.includes(code))).to.deep.equal([]);
      expect(found.get('shown')).to.be.greaterThan(60);
    });
  });
});
