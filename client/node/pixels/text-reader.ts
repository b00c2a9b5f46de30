import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { createOCREngine, type OCREngine } from 'tesseract-wasm';
import type { TextReader } from '../../core/pixels/text/words.js';

/** Tesseract as WebAssembly with the English model, both from packages on disk: nothing is fetched. */

const require = createRequire(import.meta.url);
const MODEL = '@tesseract.js-data/eng/4.0.0_best_int/eng.traineddata.gz';
/** Find as much text as possible in no particular order. */
const SPARSE_TEXT = '11';

async function createEngine(): Promise<OCREngine> {
  const wasmBinary = await readFile(require.resolve('tesseract-wasm').replace(/lib\.js$/, 'tesseract-core.wasm'));
  const engine = await createOCREngine({ wasmBinary });
  engine.loadModel(await promisify(gunzip)(await readFile(require.resolve(MODEL))));
  engine.setVariable('tessedit_pageseg_mode', SPARSE_TEXT);
  // Otherwise it guesses the resolution, and says so on standard error.
  engine.setVariable('user_defined_dpi', '100');
  return engine;
}

export function createTextReader(): TextReader {
  let engine: Promise<OCREngine> | null = null;
  return async ({ width, height, bytes }) => {
    const ready = await (engine ??= createEngine());
    const data = new Uint8ClampedArray(width * height * 4);
    for (let i = 0; i < bytes.length; i++) data.fill(bytes[i] ?? 0, 4 * i, 4 * i + 3).fill(255, 4 * i + 3, 4 * i + 4);
    ready.loadImage({ data, width, height });
    try {
      return ready.getTextBoxes('word').map(({ rect, text, confidence }) => ({ ...rect, text, confidence }));
    } finally {
      ready.clearImage();
    }
  };
}
