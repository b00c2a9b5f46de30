import { concatBytes } from '../../crypto/wire/bytes.js';
import { createCodecModules } from '../../client/node/pixels/codec-modules.js';
import { element as e, file, head, item, sequence } from './dicom-bytes.js';
import { encodeFrame, exampleImage } from './pixel-images.js';

/** Pictures of four plain squares, of which it is known what has to be seen: worked out here, by the standard’s own words. */

const SIDE = 64;
const modules = createCodecModules();

export interface Quadrants {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Red, green and blue of the squares: upper left, upper right, lower left, lower right. */
  readonly seen: readonly (readonly [number, number, number])[];
  /** How far a coding with losses, or rounding, may be from it. */
  readonly tolerance: number;
}

type Four = readonly [number, number, number, number];

function words(...values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * values.length));
  values.forEach((value, i) => view.setUint16(2 * i, value & 0xffff, true));
  return new Uint8Array(view.buffer);
}

function spread<T>(four: readonly T[]): T[] {
  return Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    return four[(x < SIDE / 2 ? 0 : 1) + (y < SIDE / 2 ? 0 : 2)] as T;
  });
}

interface Choices {
  readonly number: number;
  readonly name: string;
  readonly syntax?: string;
  readonly photometric?: string;
  readonly samples?: number;
  readonly allocated?: number;
  readonly stored?: number;
  readonly signed?: boolean;
  readonly planar?: number;
  readonly more?: readonly Uint8Array[];
  readonly pixels: Uint8Array;
}

function instance({ number, name, syntax = '1.2.840.10008.1.2.1', ...choices }: Choices): Uint8Array {
  const { photometric = 'MONOCHROME2', samples = 1, allocated = 16, stored = 12, signed = false, planar } = choices;
  const isEncapsulated = syntax.startsWith('1.2.840.10008.1.2.4') || syntax === '1.2.840.10008.1.2.5';
  const { pixels } = choices;
  const even = pixels.length % 2 === 0 ? pixels : concatBytes(pixels, new Uint8Array(1));
  const content = concatBytes(
    e(0x00080005, 'CS', 'ISO_IR 192'),
    e(0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.7'),
    e(0x00080018, 'UI', `1.9.${number}.1`),
    e(0x00080020, 'DA', '20260105'),
    e(0x00080060, 'CS', 'OT'),
    e(0x0008103e, 'LO', name),
    e(0x00100010, 'PN', 'Quadrat^Quirin'),
    e(0x00100020, 'LO', 'Q1'),
    e(0x0020000d, 'UI', '1.9'),
    e(0x0020000e, 'UI', `1.9.${number}`),
    e(0x00200011, 'IS', String(number)),
    e(0x00280002, 'US', samples),
    e(0x00280004, 'CS', photometric),
    ...(planar === undefined ? [] : [e(0x00280006, 'US', planar)]),
    e(0x00280010, 'US', SIDE),
    e(0x00280011, 'US', SIDE),
    e(0x00280100, 'US', allocated),
    e(0x00280101, 'US', stored),
    e(0x00280102, 'US', stored - 1),
    e(0x00280103, 'US', signed ? 1 : 0),
    ...(choices.more ?? []),
    ...(isEncapsulated
      ? [head(0x7fe00010, 'OB', 0xffffffff), item(new Uint8Array(0)), item(even), head(0xfffee0dd, '', 0)]
      : [e(0x7fe00010, allocated > 8 ? 'OW' : 'OB', pixels)]),
  );
  return file({ syntax }, content);
}

const gray = (shares: readonly number[]): Quadrants['seen'] =>
  shares.map((share) => {
    const shade = Math.min(Math.max(share, 0), 1) * 255;
    return [shade, shade, shade];
  });

/** PS3.3 §C.11.2.1.2.1, with its own three cases. */
function linear(x: number, c: number, w: number): number {
  if (x <= c - 0.5 - (w - 1) / 2) return 0;
  if (x > c - 0.5 + (w - 1) / 2) return 1;
  return (x - (c - 0.5)) / (w - 1) + 0.5;
}

const VALUES: Four = [0, 1000, 2000, 4000];
const WINDOW = [e(0x00281050, 'DS', '2048'), e(0x00281051, 'DS', '4096')];

async function coded(number: number, name: string, syntax: string, tolerance = 1): Promise<Quadrants> {
  const shape = { bitsAllocated: 16, bitsStored: 12, highBit: 11, rows: SIDE, columns: SIDE };
  const image = exampleImage({ ...shape, transferSyntaxUid: syntax });
  const cells = Uint16Array.from(spread(VALUES));
  const colour = 'monochrome2' as const;
  const raster = { width: SIDE, height: SIDE, samples: 1, bitsStored: 12, signed: false, colour, cells };
  const pixels = await encodeFrame(modules, image, raster);
  const seen = gray(VALUES.map((value) => linear(value, 2048, 4096)));
  return { name, bytes: instance({ number, name, syntax, more: WINDOW, pixels }), seen, tolerance };
}

const CODINGS = [
  ['explizit', '1.2.840.10008.1.2.1'],
  ['rle', '1.2.840.10008.1.2.5'],
  ['jpeg-zwoelf', '1.2.840.10008.1.2.4.51', 4],
  ['jpeg-verlustfrei', '1.2.840.10008.1.2.4.70'],
  ['jpeg-ls', '1.2.840.10008.1.2.4.80'],
  ['jpeg-2000', '1.2.840.10008.1.2.4.90'],
  ['htj2k', '1.2.840.10008.1.2.4.201'],
] as const;

export async function codedQuadrants(): Promise<Quadrants[]> {
  const all: Quadrants[] = [];
  for (const [i, [name, syntax, tolerance]] of CODINGS.entries()) all.push(await coded(i + 1, name, syntax, tolerance));
  return all;
}

/** Uncompressed, in the ways that values become shades and colours. */
export function shadedQuadrants(): Quadrants[] {
  return [monochrome1(), sigmoid(), exact(), voiTable(), modalityTable(), planes(), ybr(), palette()];
}

function monochrome1(): Quadrants {
  const stored: Four = [-2000, -400, 0, 900];
  const more = [e(0x00280120, 'SS', words(-2000)), e(0x00281050, 'DS', '0'), e(0x00281051, 'DS', '2000')];
  const rescale = [e(0x00281052, 'DS', '-100'), e(0x00281053, 'DS', '2')];
  const pixels = words(...spread(stored));
  const shares = stored.map((value) => 1 - linear(2 * value - 100, 0, 2000));
  // Background is background, whatever the polarity.
  const seen = gray([0, ...shares.slice(1)]);
  const choices = { number: 21, name: 'mono-eins', photometric: 'MONOCHROME1', stored: 16, signed: true };
  return {
    name: 'mono-eins',
    bytes: instance({ ...choices, more: [...more, ...rescale], pixels }),
    seen,
    tolerance: 1,
  };
}

function sigmoid(): Quadrants {
  const more = [e(0x00281050, 'DS', '2000'), e(0x00281051, 'DS', '1000'), e(0x00281056, 'CS', 'SIGMOID')];
  const seen = gray(VALUES.map((value) => 1 / (1 + Math.exp((-4 * (value - 2000)) / 1000))));
  const bytes = instance({ number: 22, name: 'sigmoid', more, pixels: words(...spread(VALUES)) });
  return { name: 'sigmoid', bytes, seen, tolerance: 1 };
}

function exact(): Quadrants {
  const more = [e(0x00281050, 'DS', '2000'), e(0x00281051, 'DS', '3000'), e(0x00281056, 'CS', 'LINEAR_EXACT')];
  const seen = gray(VALUES.map((value) => (value - 2000) / 3000 + 0.5));
  const bytes = instance({ number: 23, name: 'linear-exakt', more, pixels: words(...spread(VALUES)) });
  return { name: 'linear-exakt', bytes, seen, tolerance: 1 };
}

function voiTable(): Quadrants {
  const table = concatBytes(e(0x00283002, 'US', words(4, 1, 8)), e(0x00283006, 'OW', words(255, 128, 64, 0)));
  const pixels = words(...spread<number>([0, 2, 3, 9]));
  const bytes = instance({
    number: 24,
    name: 'voi-tabelle',
    more: [sequence(0x00283010, 'SQ', [item(table)])],
    pixels,
  });
  return { name: 'voi-tabelle', bytes, seen: gray([1, 128 / 255, 64 / 255, 0]), tolerance: 1 };
}

function modalityTable(): Quadrants {
  const table = concatBytes(
    e(0x00283002, 'US', words(3, 5, 16)),
    e(0x00283004, 'LO', 'OD'),
    e(0x00283006, 'OW', words(1000, 3000, 2000)),
  );
  const pixels = words(...spread<number>([5, 6, 7, 200]));
  const more = [e(0x00281050, 'DS', '2000'), e(0x00281051, 'DS', '4000'), sequence(0x00283000, 'SQ', [item(table)])];
  const seen = gray([1000, 3000, 2000, 2000].map((value) => linear(value, 2000, 4000)));
  return { name: 'modalitaet', bytes: instance({ number: 25, name: 'modalitaet', more, pixels }), seen, tolerance: 1 };
}

const COLOURS = [
  [255, 0, 0],
  [10, 200, 30],
  [0, 0, 255],
  [250, 240, 20],
] as const;

function planes(): Quadrants {
  const pixels = Uint8Array.from([0, 1, 2].flatMap((channel) => spread(COLOURS.map((colour) => colour[channel] ?? 0))));
  const choices = { photometric: 'RGB', samples: 3, allocated: 8, stored: 8, planar: 1 };
  return {
    name: 'ebenen',
    bytes: instance({ number: 26, name: 'ebenen', ...choices, pixels }),
    seen: COLOURS,
    tolerance: 1,
  };
}

/** PS3.3 §C.7.6.3.1.2, forwards. */
function ybr(): Quadrants {
  const ycc = COLOURS.map(([r, g, b]) => [
    0.299 * r + 0.587 * g + 0.114 * b,
    -0.1687 * r - 0.3313 * g + 0.5 * b + 128,
    0.5 * r - 0.4187 * g - 0.0813 * b + 128,
  ]);
  const clamped = ycc.map((three) => three.map((value) => Math.min(Math.max(Math.round(value), 0), 255)));
  const pixels = Uint8Array.from(spread(clamped).flat());
  const choices = { photometric: 'YBR_FULL', samples: 3, allocated: 8, stored: 8, planar: 0 };
  return { name: 'ybr', bytes: instance({ number: 27, name: 'ybr', ...choices, pixels }), seen: COLOURS, tolerance: 3 };
}

function palette(): Quadrants {
  const tables = [0, 1, 2].map((channel) => words(...COLOURS.map((colour) => (colour[channel] ?? 0) * 257)));
  const more = [
    ...[1, 2, 3].map((channel) => e(0x00281100 + channel, 'US', words(4, 7, 16))),
    ...tables.map((table, channel) => e(0x00281201 + channel, 'OW', table)),
  ];
  const pixels = Uint8Array.from(spread<number>([7, 8, 9, 10]));
  const choices = { photometric: 'PALETTE COLOR', allocated: 8, stored: 8, more };
  return {
    name: 'palette',
    bytes: instance({ number: 28, name: 'palette', ...choices, pixels }),
    seen: COLOURS,
    tolerance: 1,
  };
}
