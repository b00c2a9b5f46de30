import { assert } from 'chai';
import fc from 'fast-check';
import { concatBytes } from '../../crypto/wire/bytes.js';
import { scanSource } from '../../client/core/dicom/scan.js';
import { element, file, item, sequence } from '../support/dicom-bytes.js';
import { memorySource } from '../support/memory-source.js';

/** Attack A23: dimensions that make a reader allocate, or reach beyond, what the file does not have. */

interface Image {
  readonly rows: number;
  readonly columns: number;
  readonly samples?: number;
  readonly bits?: number;
  readonly frames?: string;
  readonly photometric?: string;
  readonly syntax?: string;
  readonly palette?: Uint8Array;
  readonly pixels: Uint8Array;
}

function image({
  rows,
  columns,
  samples = 1,
  bits = 16,
  frames,
  photometric = 'MONOCHROME2',
  syntax,
  palette,
  pixels,
}: Image): Uint8Array {
  const content = concatBytes(
    element(0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.7'),
    element(0x00080018, 'UI', '1.9.1'),
    element(0x0020000d, 'UI', '1.2.3'),
    element(0x0020000e, 'UI', '1.2.3.1'),
    element(0x00280002, 'US', samples),
    element(0x00280004, 'CS', photometric),
    frames === undefined ? new Uint8Array(0) : element(0x00280008, 'IS', frames),
    element(0x00280010, 'US', rows),
    element(0x00280011, 'US', columns),
    element(0x00280100, 'US', bits),
    palette ?? new Uint8Array(0),
    pixels,
  );
  return file(syntax === undefined ? {} : { syntax }, content);
}

const native = (length: number): Uint8Array => element(0x7fe00010, 'OW', new Uint8Array(length));
const fragments = (count: number): Uint8Array =>
  sequence(
    0x7fe00010,
    'OB',
    Array.from({ length: count + 1 }, () => item(new Uint8Array(4))),
  );
const JPEG = '1.2.840.10008.1.2.4.70';

async function reasonOf(choices: Image): Promise<string> {
  const start = process.cpuUsage();
  const scan = await scanSource(memorySource('a', image(choices)));
  const { user, system } = process.cpuUsage(start);
  // `npm run campaign:malformed` holds one second.
  assert.isBelow((user + system) / 1000, 5000);
  return scan.kind === 'other' ? scan.reason : scan.kind;
}

describe('A23: dimensions', () => {
  it('that overflow are refused before anybody allocates', async () => {
    assert.equal(await reasonOf({ rows: 65_535, columns: 65_535, pixels: native(64) }), 'pixel-length');
    assert.equal(await reasonOf({ rows: 4, columns: 4, frames: '2147483647', pixels: native(32) }), 'pixel-length');
    assert.equal(
      await reasonOf({
        rows: 65_535,
        columns: 65_535,
        samples: 65_535,
        bits: 65_535,
        frames: '2147483647',
        pixels: native(8),
      }),
      'pixel-length',
    );
    for (const frames of ['0', '-1', '-2147483648']) {
      assert.equal(await reasonOf({ rows: 4, columns: 4, frames, pixels: native(32) }), 'pixel-length');
      assert.equal(await reasonOf({ rows: 4, columns: 4, frames, syntax: JPEG, pixels: fragments(1) }), 'pixel-length');
    }
    for (const zero of [{ rows: 0 }, { columns: 0 }, { samples: 0 }, { bits: 0 }]) {
      assert.equal(await reasonOf({ rows: 4, columns: 4, pixels: native(32), ...zero }), 'pixel-length');
    }
  });

  it('agree with the length at n − 1, n and n + 1', async () => {
    const dimensions = fc.record({
      rows: fc.integer({ min: 1, max: 9 }),
      columns: fc.integer({ min: 1, max: 9 }),
      samples: fc.constantFrom(1, 3),
      bits: fc.constantFrom(1, 8, 16, 32),
      frames: fc.integer({ min: 1, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(dimensions, async ({ rows, columns, samples, bits, frames }) => {
        const length = Math.ceil((rows * columns * samples * bits * frames) / 8);
        const even = length + (length % 2);
        const given = { rows, columns, samples, bits, frames: String(frames) };
        assert.equal(await reasonOf({ ...given, pixels: native(even) }), 'instance');
        assert.equal(await reasonOf({ ...given, pixels: native(even + 2) }), 'instance');
        assert.equal(await reasonOf({ ...given, pixels: native(even - 2) }), 'pixel-length');
      }),
      { numRuns: 60 },
    );
  });

  it('have a fragment for each frame, except in films', async () => {
    const given = { rows: 4, columns: 4, syntax: JPEG, frames: '3' };
    assert.equal(await reasonOf({ ...given, pixels: fragments(2) }), 'pixel-length');
    assert.equal(await reasonOf({ ...given, pixels: fragments(3) }), 'instance');
    assert.equal(await reasonOf({ ...given, pixels: fragments(4) }), 'instance');
    assert.equal(await reasonOf({ ...given, pixels: sequence(0x7fe00010, 'OB', []) }), 'pixel-length');
    assert.equal(await reasonOf({ ...given, syntax: '1.2.840.10008.1.2.4.102', pixels: fragments(1) }), 'instance');
    assert.equal(await reasonOf({ ...given, frames: '2147483647', pixels: fragments(1) }), 'pixel-length');
  });

  it('of a palette agree with its tables', async () => {
    const palette = (entries: number, bits: number, bytes: number): Uint8Array => {
      const descriptor = new Uint8Array(new Uint16Array([entries, 0, bits]).buffer);
      const tags = [1, 2, 3];
      return concatBytes(
        ...tags.map((i) => element(0x00281100 + i, 'US', descriptor)),
        ...tags.map((i) => element(0x00281200 + i, 'OW', new Uint8Array(bytes))),
      );
    };
    const given = { rows: 4, columns: 4, bits: 8, photometric: 'PALETTE COLOR', pixels: native(16) };
    assert.equal(await reasonOf({ ...given, palette: palette(256, 16, 512) }), 'instance');
    assert.equal(await reasonOf({ ...given, palette: palette(256, 8, 256) }), 'instance');
    assert.equal(await reasonOf({ ...given, palette: palette(256, 16, 510) }), 'palette');
    assert.equal(await reasonOf({ ...given, palette: palette(0, 16, 512) }), 'palette');
    assert.equal(await reasonOf({ ...given, palette: palette(65_535, 8, 16) }), 'palette');
    assert.equal(await reasonOf({ ...given, photometric: 'MONOCHROME2', palette: palette(256, 16, 2) }), 'instance');
    assert.equal(await reasonOf(given), 'instance');
  });
});
