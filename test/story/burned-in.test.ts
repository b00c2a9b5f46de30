import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { concatBytes } from '../../crypto/wire/bytes.js';
import { openPixels } from '../../client/core/pixels/open-pixels.js';
import { diskFile } from '../../client/node/disk-source.js';
import { element, file } from '../support/dicom-bytes.js';
import { bitmapFont } from '../support/burned-in/bitmap-font.js';
import { createCanvas, drawText } from '../support/burned-in/canvas.js';
import { pictureOf } from '../support/burned-in/example.js';

const run = promisify(execFile);
const [WIDTH, HEIGHT] = [320, 200];

/** An ultrasound picture with a name on it. */
function picture(): Uint8Array {
  const canvas = createCanvas(WIDTH, HEIGHT, [0, 0, 0]);
  drawText(canvas, 'MUSTER ERIKA', 10, 8, { font: bitmapFont, size: 18, colour: [255, 255, 255] });
  return pictureOf(canvas, false).bytes;
}

function instance(pixels: Uint8Array): Uint8Array {
  const rest = [
    element(0x00080008, 'CS', 'ORIGINAL\\PRIMARY'),
    element(0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.6.1'),
    element(0x00080018, 'UI', '1.2.3.4'),
    element(0x00080060, 'CS', 'US'),
    element(0x00100010, 'PN', 'Muster^Erika'),
    element(0x00100020, 'LO', '4711'),
    element(0x0020000d, 'UI', '1.2.3'),
    element(0x0020000e, 'UI', '1.2.3.1'),
    element(0x00280002, 'US', 1),
    element(0x00280004, 'CS', 'MONOCHROME2'),
    element(0x00280010, 'US', HEIGHT),
    element(0x00280011, 'US', WIDTH),
    element(0x00280100, 'US', 8),
    element(0x00280101, 'US', 8),
    element(0x00280102, 'US', 7),
    element(0x00280103, 'US', 0),
    element(0x7fe00010, 'OB', pixels),
  ];
  return file({}, concatBytes(...rest));
}

describe('burned-in text, on the command line', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bildbote-burned-in-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function deidentified(pixels: Uint8Array, ...more: string[]): Promise<Uint8Array> {
    const [from, to] = [join(folder, 'in.dcm'), join(folder, 'out.dcm')];
    await writeFile(from, instance(pixels));
    const program = join(import.meta.dirname, '../../client/cli/bildbote.mjs');
    await run(process.execPath, [program, 'deidentify', from, to, '--profile', 'basic', ...more]);
    const { frames } = await openPixels(await diskFile(to));
    return frames.read(0);
  }

  it('is covered without being asked, and the program ends', async () => {
    const frame = await deidentified(picture(), '--report', join(folder, 'report.json'));
    expect(frame.some((value) => value !== 0)).to.equal(false);
    expect(await readFile(join(folder, 'report.json'), 'utf8')).to.not.contain('ERIKA');
  });

  it("is covered where a person's regions say, and only there", async () => {
    const pixels = new Uint8Array(WIDTH * HEIGHT).fill(90);
    const masks = join(folder, 'masks.json');
    await writeFile(masks, JSON.stringify({ 'in.dcm': [[30, 40, 50, 20, null]] }));
    const frame = await deidentified(pixels, '--masks', masks);
    for (let i = 0; i < frame.length; i++) {
      const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
      expect(frame[i]).to.equal(x >= 30 && x < 80 && y >= 40 && y < 60 ? 0 : 90);
    }
  });
});
