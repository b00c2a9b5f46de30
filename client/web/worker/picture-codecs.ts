import {
  type CodecModules,
  type Htj2kModule,
  type Jpeg2000Module,
  type JpegLsModule,
} from '../../core/pixels/wasm-codec.js';

/** The decoders that come as WebAssembly; each is fetched when the first picture needs it. */
export function webCodecs(): CodecModules {
  return {
    jpegLs: once(async () => {
      const { default: create } = await import('@cornerstonejs/codec-charls/decodewasmjs');
      const { default: wasmBinary } = await import('@cornerstonejs/codec-charls/decodewasm');
      return (await create({ wasmBinary, ...QUIET })) as JpegLsModule;
    }),
    jpeg2000: once(async () => {
      const { default: create } = await import('@cornerstonejs/codec-openjpeg/decodewasmjs');
      const { default: wasmBinary } = await import('@cornerstonejs/codec-openjpeg/decodewasm');
      return (await create({ wasmBinary, ...QUIET })) as Jpeg2000Module;
    }),
    htj2k: once(async () => {
      const { default: create } = await import('@cornerstonejs/codec-openjph/wasmjs');
      const { default: wasmBinary } = await import('@cornerstonejs/codec-openjph/wasm');
      return (await create({ wasmBinary, ...QUIET })) as Htj2kModule;
    }),
  };
}

/** What decoders say of broken pictures is nobody's to read. */
const QUIET = { print: () => undefined, printErr: () => undefined };

function once<T>(create: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => (made ??= create());
}
