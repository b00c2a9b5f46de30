import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import createModule from '@cornerstonejs/codec-charls/wasmjs';
import { type CharlsModule, createCharls } from '../core/coding/charls.js';
import { type JpegLs } from '../core/coding/codecs.js';

const wasmPath = createRequire(import.meta.url).resolve('@cornerstonejs/codec-charls/wasm');

/** CharLS, loaded when it is first needed. */
export function nodeCharls(): JpegLs {
  return createCharls(async () => (await createModule({ wasmBinary: await readFile(wasmPath) })) as CharlsModule);
}
