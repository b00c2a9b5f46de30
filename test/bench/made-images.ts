import { addNoise, createCanvas, createNoise, createRandom, fillEllipse } from '../../client/cli/demo/canvas.js';
import { encodeFile, uidOf } from '../../client/cli/demo/dicom-file.js';

/** One large image as a detector makes it: soft shapes, a dark surround, noise in the lowest bits. */
export function detector(
  name: string,
  rows: number,
  columns: number,
  bits: number,
): { readonly name: string; readonly bytes: Uint8Array } {
  const canvas = createCanvas(columns, rows);
  const top = 2 ** bits - 1;
  for (let i = 1; i <= 40; i++) {
    const share = i / 40;
    const radii = { rx: (columns / 2) * (1.05 - share), ry: (rows / 2) * (1.05 - share) };
    fillEllipse(canvas, { x: columns / 2, y: rows / 2, ...radii }, Math.round(top * (0.1 + 0.7 * share)));
  }
  addNoise(canvas, createNoise(createRandom(7), top / 400), 1, { offset: 0, low: 0, high: top });
  const uid = (part: string): string => uidOf('bench', name, part);
  const bytes = encodeFile(
    [
      [0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.1'],
      [0x00080018, 'UI', uid('instance')],
      [0x00080060, 'CS', 'CR'],
      [0x0020000d, 'UI', uid('study')],
      [0x0020000e, 'UI', uid('series')],
      [0x00280002, 'US', [1]],
      [0x00280004, 'CS', 'MONOCHROME2'],
      [0x00280010, 'US', [rows]],
      [0x00280011, 'US', [columns]],
      [0x00280100, 'US', [16]],
      [0x00280101, 'US', [bits]],
      [0x00280102, 'US', [bits - 1]],
      [0x00280103, 'US', [0]],
    ],
    canvas.pixels,
  );
  return { name: `${name}.dcm`, bytes };
}
