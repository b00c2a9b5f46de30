import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { CodecModules, Htj2kModule, Jpeg2000Module, JpegLsModule } from '../../core/pixels/wasm-codec.js';

/** The WebAssembly decoders from their packages; each is loaded when the first frame needs it. */

const require = createRequire(import.meta.url);

type CreateModule<T> = (settings: { wasmBinary: Uint8Array; print: () => void; printErr: () => void }) => Promise<T>;

/** @param name a package that exports its loader as `./wasmjs` and its binary as `./wasm` */
async function load<T>(name: string): Promise<T> {
  const create = require(`${name}/wasmjs`) as CreateModule<T>;
  const quiet = (): void => undefined;
  return create({ wasmBinary: await readFile(require.resolve(`${name}/wasm`)), print: quiet, printErr: quiet });
}

function once<T>(create: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => (made ??= create());
}

export function createCodecModules(): CodecModules {
  return {
    jpegLs: once(() => load<JpegLsModule>('@cornerstonejs/codec-charls')),
    jpeg2000: once(() => load<Jpeg2000Module>('@cornerstonejs/codec-openjpeg')),
    htj2k: once(() => load<Htj2kModule>('@cornerstonejs/codec-openjph')),
  };
}
