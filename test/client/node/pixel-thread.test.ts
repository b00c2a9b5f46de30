import { expect } from 'chai';
import type * as PixelThread from '../../../client/node/pixels/pixel-thread.js';
import { exampleImage, textured } from '../../support/pixel-images.js';

/** As compiled: a thread needs JavaScript. */
const compiled = new URL('../../../dist/client/node/pixels/pixel-thread.js', import.meta.url).href;
const { startPixelThreads } = (await import(compiled)) as typeof PixelThread;

describe('threads that work on pixels', () => {
  const image = exampleImage({});
  const reasonOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'answered',
      (error: unknown) => (error instanceof Error && 'reason' in error ? String(error.reason) : String(error)),
    );

  it('answer like the work done on the spot, refusals included', async () => {
    await using threads = startPixelThreads(1);
    const frame = textured(image);
    const raster = await threads.work<'decode'>({ kind: 'decode', image, frame });
    expect([...raster.cells.subarray(0, 3)]).to.deep.equal([1, 74, 147]);
    expect(await reasonOf(threads.work<'decode'>({ kind: 'decode', image, frame: frame.subarray(9) }))).to.equal(
      'truncated',
    );
  });

  it('are ended when a frame takes too long, and the next frame gets a new one', async () => {
    await using threads = startPixelThreads(1, 1);
    const frame = textured(image);
    expect(await reasonOf(threads.work<'decode'>({ kind: 'decode', image, frame }))).to.equal('timeout');
    expect(await reasonOf(threads.work<'decode'>({ kind: 'decode', image, frame }))).to.equal('timeout');
  });

  it('do not begin what was given up before', async () => {
    await using threads = startPixelThreads(1);
    const given = AbortSignal.abort(new Error('given up'));
    const frame = textured(image);
    expect(await reasonOf(threads.work<'decode'>({ kind: 'decode', image, frame }, given))).to.equal('Error: given up');
  });
});
