import { PixelRefused, type PixelRefusal } from '../../core/pixels/raster/refusal.js';
import { performPixelTask, type PixelTask } from '../../core/pixels/work.js';
import {
  type CodecModules,
  type Htj2kModule,
  type Jpeg2000Module,
  type JpegLsModule,
} from '../../core/pixels/wasm-codec.js';

/** What runs in the workers of ../ports/pixel-workers.ts: one task after the other. They hold no key, and of a file they get a frame. */
export type PixelAnswer =
  { readonly kind: 'done'; readonly answer: unknown } | { readonly kind: 'refused'; readonly reason: PixelRefusal };

const scope = self as unknown as DedicatedWorkerGlobalScope;
const QUIET = { print: () => undefined, printErr: () => undefined };

/** With the encoders: what was masked is coded again in the syntax that it came in. Each is fetched with the first frame that needs it. */
const modules: CodecModules = {
  jpegLs: once(async () => {
    const { default: create } = await import('@cornerstonejs/codec-charls/wasmjs');
    const { default: wasmBinary } = await import('@cornerstonejs/codec-charls/wasm');
    return (await create({ wasmBinary, ...QUIET })) as JpegLsModule;
  }),
  jpeg2000: once(async () => {
    const { default: create } = await import('@cornerstonejs/codec-openjpeg/wasmjs');
    const { default: wasmBinary } = await import('@cornerstonejs/codec-openjpeg/wasm');
    return (await create({ wasmBinary, ...QUIET })) as Jpeg2000Module;
  }),
  htj2k: once(async () => {
    const { default: create } = await import('@cornerstonejs/codec-openjph/wasmjs');
    const { default: wasmBinary } = await import('@cornerstonejs/codec-openjph/wasm');
    return (await create({ wasmBinary, ...QUIET })) as Htj2kModule;
  }),
};

function once<T>(create: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => (made ??= create());
}

scope.addEventListener('message', ({ data }: MessageEvent<PixelTask>) => {
  void performPixelTask({ modules, reader: null }, data)
    .then((answer): PixelAnswer => ({ kind: 'done', answer }))
    // What is no refusal is a fault of a decoder: the frame is not decoded.
    .catch((error: unknown): PixelAnswer => ({
      kind: 'refused',
      reason: error instanceof PixelRefused ? error.reason : 'code-stream',
    }))
    .then((answer) => scope.postMessage(answer));
});
