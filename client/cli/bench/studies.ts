import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { addNoise, createCanvas, createNoise, createRandom, fillEllipse } from '../demo/canvas.js';
import { encodeFile, uidOf } from '../demo/dicom-file.js';
import { type PhantomFile, ctStudy, mrStudy } from '../demo/phantom.js';

/** Made studies, the same bytes each time: nothing in them comes from a person. */
export interface BenchStudy {
  readonly name: string;
  readonly title: string;
  files(): Iterable<PhantomFile>;
}

const CR_CLASS = '1.2.840.10008.5.1.4.1.1.1';
const MAMMOGRAPHY_CLASS = '1.2.840.10008.5.1.4.1.1.1.2';
const SECONDARY_CLASS = '1.2.840.10008.5.1.4.1.1.7';

export const STUDIES: readonly BenchStudy[] = [
  { name: 'ct', title: 'CT, 1,000 slices 512 × 512', files: () => ctStudy({ slices: 1000 }) },
  { name: 'ct200', title: 'CT, 200 slices 512 × 512', files: () => ctStudy({ slices: 200 }) },
  { name: 'mr', title: 'MR, 300 slices 256 × 256', files: () => mrStudy({ slices: 300 }) },
  {
    name: 'cr',
    title: 'CR, one of 3,000 × 2,400',
    files: () => [detectorFile('cr', 0, { rows: 3000, columns: 2400, bits: 12, modality: 'CR', sopClass: CR_CLASS })],
  },
  {
    name: 'mg',
    title: 'mammography, four of 3,518 × 2,800',
    files: () =>
      [0, 1, 2, 3].map((index) =>
        detectorFile('mg', index, { rows: 3518, columns: 2800, bits: 14, modality: 'MG', sopClass: MAMMOGRAPHY_CLASS }),
      ),
  },
  { name: 'tiny', title: '20,000 instances of 16 × 16', files: () => tinyFiles(20_000) },
];

/** Writes a study's files below `folder`. @returns what was written */
export async function writeStudy(
  study: BenchStudy,
  folder: string,
): Promise<{ readonly files: number; readonly bytes: number; readonly smallest: number }> {
  let [files, bytes, smallest] = [0, 0, Infinity];
  for (const file of study.files()) {
    const path = join(folder, file.name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.bytes);
    files += 1;
    bytes += file.bytes.length;
    smallest = Math.min(smallest, file.bytes.length);
  }
  return { files, bytes, smallest };
}

export interface DetectorShape {
  readonly rows: number;
  readonly columns: number;
  readonly bits: number;
  readonly modality: string;
  readonly sopClass: string;
}

/** One large image as a detector makes it: soft shapes, a dark surround, noise in the lowest bits. */
export function detectorFile(study: string, index: number, shape: DetectorShape): PhantomFile {
  const { rows, columns, bits, modality, sopClass } = shape;
  const canvas = createCanvas(columns, rows);
  const top = 2 ** bits - 1;
  for (let i = 1; i <= 40; i++) {
    const share = i / 40;
    const radii = { rx: (columns / 2) * (1.05 - share), ry: (rows / 2) * (1.05 - share) };
    fillEllipse(canvas, { x: columns / 2, y: rows / 2, ...radii }, Math.round(top * (0.1 + 0.7 * share)));
  }
  addNoise(canvas, createNoise(createRandom(7 + index), top / 400), 1, { offset: 0, low: 0, high: top });
  const bytes = encodeFile(
    [...common(study, index, modality, sopClass), ...pixels(rows, columns, bits)],
    canvas.pixels,
  );
  return { name: `${study}-${index}.dcm`, bytes };
}

function* tinyFiles(count: number): Generator<PhantomFile, void, undefined> {
  const canvas = createCanvas(16, 16);
  for (let index = 0; index < count; index++) {
    canvas.pixels.fill(index % 4096);
    const elements = [...common('tiny', index, 'OT', SECONDARY_CLASS), ...pixels(16, 16, 12)];
    yield { name: `${String(index).padStart(5, '0')}.dcm`, bytes: encodeFile(elements, canvas.pixels) };
  }
}

type Elements = Parameters<typeof encodeFile>[0];

function common(study: string, index: number, modality: string, sopClass: string): Elements {
  return [
    [0x00080016, 'UI', sopClass],
    [0x00080018, 'UI', uidOf('bench', study, `instance ${index}`)],
    [0x00080060, 'CS', modality],
    [0x00100010, 'PN', 'Muster^Maria'],
    [0x00100020, 'LO', 'BENCH-1'],
    [0x0020000d, 'UI', uidOf('bench', study, 'study')],
    [0x0020000e, 'UI', uidOf('bench', study, 'series')],
    [0x00200013, 'IS', String(index + 1)],
  ];
}

function pixels(rows: number, columns: number, bits: number): Elements {
  return [
    [0x00280002, 'US', [1]],
    [0x00280004, 'CS', 'MONOCHROME2'],
    [0x00280010, 'US', [rows]],
    [0x00280011, 'US', [columns]],
    [0x00280100, 'US', [16]],
    [0x00280101, 'US', [bits]],
    [0x00280102, 'US', [bits - 1]],
    [0x00280103, 'US', [0]],
  ];
}
