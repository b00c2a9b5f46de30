import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type ReferencePicture, gridOf } from '../support/reference-pictures.js';
import { CORPUS_FOLDER } from '../support/corpus.js';

/**
 * `npx tsx test/campaign/reference-pictures.ts`: how files of the corpus have to look, as another program renders them (dcmj2pnm of DCMTK, with the
 * window that stands here). What is kept are the shades at a grid of places; test/browser/collect.test.ts holds the page's rendering against them.
 */

type Wanted = Omit<ReferencePicture, 'rows' | 'columns' | 'grid'>;

const PYDICOM = 'pydicom-data/data_store/data';
const SOURCE = 'pydicom/src/pydicom/data/test_files';
const CORNERSTONE = 'cornerstone3D/packages/dicomImageLoader/testImages';
const gray = (path: string, what: string, center: number, width: number, more: Partial<Wanted> = {}): Wanted => {
  return { path, what, window: [center, width], frame: 0, tolerance: 1, ...more };
};
const color = (path: string, what: string, more: Partial<Wanted> = {}): Wanted => {
  return { path, what, window: null, frame: 0, tolerance: 1, ...more };
};

const WANTED: readonly Wanted[] = [
  gray(`${SOURCE}/CT_small.dcm`, 'signed 16 bit, rescaled, padding value', 40, 400),
  gray(`${SOURCE}/MR_small.dcm`, 'unsigned 16 bit', 600, 1600),
  gray('made-ts/ct-explLE.dcm', 'CT, explicit little endian', 40, 400),
  gray('made-ts/ct-rle.dcm', 'CT, RLE', 40, 400),
  gray('made-ts/ct-jpll70.dcm', 'CT, JPEG lossless', -600, 1500),
  gray('made-ts/mr-explLE.dcm', 'MR', 500, 1000),
  gray('highdicom/data/test_files/dx_image.dcm', 'MONOCHROME1', 128, 256),
  gray(`${SOURCE}/MR_small_bigendian.dcm`, 'big endian', 600, 1600),
  gray('highdicom/data/test_files/sm_image_grayscale.dcm', 'multi-frame, the seventh', 128, 256, { frame: 6 }),
  color('highdicom/data/test_files/sm_image_numbers.dcm', 'colour by pixel, multi-frame, the third', { frame: 2 }),
  color(`${PYDICOM}/color-pl.dcm`, 'colour by plane'),
  color(`${PYDICOM}/SC_rgb.dcm`, 'RGB'),
  color(`${PYDICOM}/SC_rgb_expb_2frame.dcm`, 'RGB big endian, the second', { frame: 1 }),
  color(`${PYDICOM}/SC_ybr_full_uncompressed.dcm`, 'YBR_FULL', { tolerance: 2 }),
  color(`${PYDICOM}/OBXXXX1A.dcm`, 'palette of 8 bit'),
  color(`${PYDICOM}/OBXXXX1A_rle_2frame.dcm`, 'palette, RLE, the second frame', { frame: 1 }),
  color(`${CORNERSTONE}/TestPattern_Palette_16.dcm`, 'palette of 16 bit'),
  color('made-ts/us-rle.dcm', 'colour, RLE'),
  color('made-ts/us-jpll70.dcm', 'colour, JPEG lossless'),
  // Two decoders of JPEG may each be off by one in every component before colours are turned.
  color(`${CORNERSTONE}/TestPattern_JPEG-Baseline_YBRFull.dcm`, 'colour, JPEG baseline, YBR_FULL', { tolerance: 6 }),
];

interface Pnm {
  readonly columns: number;
  readonly rows: number;
  readonly channels: 1 | 3;
  readonly samples: Uint8Array;
}

function parsePnm(bytes: Buffer): Pnm {
  const [head = '', kind, columns, rows] = /^P([56])\s+(\d+)\s+(\d+)\s+255\s/.exec(bytes.toString('latin1')) ?? [];
  if (head === '') throw new Error('not the PNM that was asked for');
  return {
    columns: Number(columns),
    rows: Number(rows),
    channels: kind === '5' ? 1 : 3,
    samples: new Uint8Array(bytes.subarray(head.length)),
  };
}

function rendered({ path, frame, window }: Wanted, folder: string): Pnm {
  const out = join(folder, 'picture.pnm');
  const shown = window === null ? [] : ['+Ww', String(window[0]), String(window[1])];
  execFileSync('dcmj2pnm', ['-O', '+F', String(frame + 1), ...shown, '+op', join(CORPUS_FOLDER, path), out]);
  return parsePnm(readFileSync(out));
}

function rgbaOf({ channels, samples, columns, rows }: Pnm): Uint8Array {
  const rgba = new Uint8Array(4 * columns * rows);
  for (let i = 0; i < columns * rows; i++) {
    for (let channel = 0; channel < 3; channel++)
      rgba[4 * i + channel] = samples[channels * i + (channels === 3 ? channel : 0)] ?? 0;
  }
  return rgba;
}

const folder = mkdtempSync(join(tmpdir(), 'bildbote-pictures-'));
const pictures = WANTED.map((one): ReferencePicture => {
  const pnm = rendered(one, folder);
  const { rows, columns } = pnm;
  return { ...one, rows, columns, grid: gridOf(rgbaOf(pnm), columns, rows) };
});
rmSync(folder, { recursive: true });
const file = resolve(import.meta.dirname, '../support/reference-pictures.json');
writeFileSync(file, `${JSON.stringify(pictures, null, 2)}\n`);
process.stdout.write(`${pictures.length} pictures\n`);
