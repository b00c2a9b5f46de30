import { addNoise, createCanvas, createNoise, createRandom, fillEllipse, type Canvas } from './canvas.js';
import { decimal, encodeFile, uidOf, type Element } from './dicom-file.js';

/** Who and what a made-up study is about. Nothing here comes from a person. */
export interface PhantomOptions {
  /** Same seed, same bytes. Default 1. */
  readonly seed?: number;
  /** DICOM PN. */
  readonly patientName?: string;
  readonly patientId?: string;
  /** DICOM DA. */
  readonly birthDate?: string;
  readonly sex?: 'M' | 'F' | 'O';
  readonly studyDate?: string;
  readonly description?: string;
  readonly referringPhysician?: string;
  readonly accessionNumber?: string;
}

/** `name` is a relative path that sorts in the order of the slices. */
export interface PhantomFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * A CT of a head: ellipsoids for skin, skull, brain, ventricles and a bleeding, with a scanner's noise. 512 × 512 × 16 bit, about 513 KiB a
 * slice, one after the other, so that a study of any length needs the memory of one slice.
 */
export function* ctStudy(
  options: PhantomOptions & { readonly slices?: number; readonly signed?: boolean } = {},
): Generator<PhantomFile, void, undefined> {
  const { slices = 120, signed = false } = options;
  const study = describe(options, 'CT', 'CT Schädel nativ');
  const noise = createNoise(createRandom(study.seed), 10.5);
  const spacing = 240 / 512;
  const thickness = Math.max(0.001, Math.round(150_000 / slices) / 1000);
  const range = signed ? { offset: 0, low: -1024, high: 3071 } : { offset: 1024, low: 0, high: 4095 };
  const canvas = createCanvas(512, 512);
  for (let index = 0; index < slices; index++) {
    const z = (index - (slices - 1) / 2) * thickness;
    drawHead(canvas, z, 1 / spacing, HOUNSFIELD);
    addNoise(canvas, noise, Math.imul(index + 1, 40_503_017), range);
    const plane = planeElements(study, canvas, spacing, thickness, z);
    const pixel = pixelElements(canvas, { bits: signed ? 16 : 12, signed, window: [40, 80], intercept: -range.offset });
    yield instanceFile(study, index, canvas, [
      [0x00080008, 'CS', 'ORIGINAL\\PRIMARY\\AXIAL'],
      [0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.2'],
      [0x00180015, 'CS', 'HEAD'],
      [0x00180060, 'DS', '120'],
      [0x00185100, 'CS', 'HFS'],
      [0x00200012, 'IS', '1'],
      [0x00281054, 'LO', 'HU'],
      ...plane,
      ...pixel,
    ]);
  }
}

/** A small T1-weighted MR of a head, 256 × 256. */
export function* mrStudy(
  options: PhantomOptions & { readonly slices?: number } = {},
): Generator<PhantomFile, void, undefined> {
  const { slices = 24 } = options;
  const study = describe(options, 'MR', 'MRT Schädel T1');
  const noise = createNoise(createRandom(study.seed), 9);
  const [spacing, thickness] = [240 / 256, 5];
  const canvas = createCanvas(256, 256);
  for (let index = 0; index < slices; index++) {
    const z = (index - (slices - 1) / 2) * thickness;
    drawHead(canvas, z, 1 / spacing, T1_SIGNAL);
    addNoise(canvas, noise, Math.imul(index + 1, 40_503_017), { offset: 12, low: 0, high: 4095 });
    yield instanceFile(study, index, canvas, [
      [0x00080008, 'CS', 'ORIGINAL\\PRIMARY\\OTHER'],
      [0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.4'],
      [0x00180015, 'CS', 'HEAD'],
      [0x00180020, 'CS', 'SE'],
      [0x00180021, 'CS', 'NONE'],
      [0x00180022, 'CS', ''],
      [0x00180023, 'CS', '2D'],
      [0x00180080, 'DS', '500'],
      [0x00180081, 'DS', '12'],
      [0x00180091, 'IS', '1'],
      [0x00185100, 'CS', 'HFS'],
      ...planeElements(study, canvas, spacing, thickness, z),
      ...pixelElements(canvas, { bits: 12, signed: false, window: [450, 900] }),
    ]);
  }
}

/** One CR of a chest; 2,320 × 3,056 pixels are 14 MB. */
export function* crStudy(
  options: PhantomOptions & { readonly columns?: number; readonly rows?: number } = {},
): Generator<PhantomFile, void, undefined> {
  const { columns = 2320, rows = 3056 } = options;
  const study = describe(options, 'CR', 'Thorax p.a.');
  const canvas = createCanvas(columns, rows);
  drawChest(canvas);
  addNoise(canvas, createNoise(createRandom(study.seed), 14), 0, { offset: 0, low: 0, high: 4095 });
  yield instanceFile(study, 0, canvas, [
    [0x00080008, 'CS', 'ORIGINAL\\PRIMARY'],
    [0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.1'],
    [0x00180015, 'CS', 'CHEST'],
    [0x00181164, 'DS', decimal(0.143, 0.143)],
    [0x00185101, 'CS', 'PA'],
    [0x00200020, 'CS', 'L\\F'],
    ...pixelElements(canvas, { bits: 12, signed: false, window: [2048, 4096] }),
  ]);
}

interface Study {
  readonly seed: number;
  readonly modality: string;
  readonly elements: readonly Element[];
}

/** Patient, study, series and equipment: the same in each instance. Types 1 and 2 of PS3.3 annex C. */
function describe(options: PhantomOptions, modality: string, description: string): Study {
  const { seed = 1, patientName = 'Phantom^Paula', patientId = `PH${seed}`, studyDate = '20260105' } = options;
  const elements: Element[] = [
    [0x00080005, 'CS', 'ISO_IR 192'],
    [0x00080020, 'DA', studyDate],
    [0x00080023, 'DA', studyDate],
    [0x00080030, 'TM', '101500'],
    [0x00080033, 'TM', '101600'],
    [0x00080050, 'SH', options.accessionNumber ?? `A${seed}`],
    [0x00080060, 'CS', modality],
    [0x00080070, 'LO', 'Bildbote'],
    [0x00080090, 'PN', options.referringPhysician ?? 'Hausarzt^Hanna'],
    [0x00081030, 'LO', options.description ?? description],
    [0x0008103e, 'LO', `Phantom ${modality}`],
    [0x00081090, 'LO', 'Phantom'],
    [0x00100010, 'PN', patientName],
    [0x00100020, 'LO', patientId],
    [0x00100030, 'DA', options.birthDate ?? '19640812'],
    [0x00100040, 'CS', options.sex ?? 'F'],
    [0x0020000d, 'UI', uidOf('study', modality, seed)],
    [0x0020000e, 'UI', uidOf('series', modality, seed)],
    [0x00200010, 'SH', String(seed)],
    [0x00200011, 'IS', '1'],
  ];
  return { seed, modality, elements };
}

function instanceFile(study: Study, index: number, canvas: Canvas, own: readonly Element[]): PhantomFile {
  const elements: Element[] = [
    ...study.elements,
    [0x00080018, 'UI', uidOf('instance', study.modality, study.seed, index)],
    [0x00200013, 'IS', String(index + 1)],
    ...own,
  ];
  elements.sort(([a], [b]) => a - b);
  const name = `${study.modality.toLowerCase()}/${String(index + 1).padStart(6, '0')}.dcm`;
  return { name, bytes: encodeFile(elements, canvas.pixels) };
}

/** Axial, feet first slice at the lowest z (PS3.3 §C.7.6.2). */
function planeElements(
  { seed, modality }: Study,
  canvas: Canvas,
  spacing: number,
  thickness: number,
  z: number,
): Element[] {
  const { columns, rows } = canvas;
  const corner = decimal((-(columns - 1) / 2) * spacing, (-(rows - 1) / 2) * spacing, z);
  return [
    [0x00180050, 'DS', decimal(thickness)],
    [0x00200032, 'DS', corner],
    [0x00200037, 'DS', decimal(1, 0, 0, 0, 1, 0)],
    [0x00200052, 'UI', uidOf('frame', modality, seed)],
    [0x00201040, 'LO', ''],
    [0x00201041, 'DS', decimal(z)],
    [0x00280030, 'DS', decimal(spacing, spacing)],
  ];
}

interface PixelFormat {
  readonly bits: number;
  readonly signed: boolean;
  readonly window: readonly [centre: number, width: number];
  /** Value = stored + intercept; absent where values have no unit. */
  readonly intercept?: number;
}

function pixelElements({ columns, rows }: Canvas, { bits, signed, window, intercept }: PixelFormat): Element[] {
  const rescale: Element[] =
    intercept === undefined
      ? []
      : [
          [0x00281052, 'DS', decimal(intercept)],
          [0x00281053, 'DS', '1'],
        ];
  return [
    [0x00280002, 'US', [1]],
    [0x00280004, 'CS', 'MONOCHROME2'],
    [0x00280010, 'US', [rows]],
    [0x00280011, 'US', [columns]],
    [0x00280100, 'US', [16]],
    [0x00280101, 'US', [bits]],
    [0x00280102, 'US', [bits - 1]],
    [0x00280103, 'US', [signed ? 1 : 0]],
    [0x00281050, 'DS', decimal(window[0])],
    [0x00281051, 'DS', decimal(window[1])],
    ...rescale,
  ];
}

type Tissue = 'air' | 'skin' | 'skull' | 'brain' | 'ventricle' | 'bleeding' | 'eye';
type TissueValues = Readonly<Record<Tissue, number>>;

const HOUNSFIELD: TissueValues = { air: -1000, skin: 30, skull: 900, brain: 36, ventricle: 6, bleeding: 68, eye: 12 };
const T1_SIGNAL: TissueValues = { air: 0, skin: 700, skull: 60, brain: 480, ventricle: 140, bleeding: 620, eye: 170 };

/** Centre and radii in mm, x to the left, y to the back, z to the head. */
type Ellipsoid = readonly [tissue: Tissue, x: number, y: number, z: number, rx: number, ry: number, rz: number];

const HEAD: readonly Ellipsoid[] = [
  ['skin', 0, 0, 0, 82, 102, 96],
  ['skull', 0, 0, 0, 76, 96, 90],
  ['brain', 0, 0, 0, 70, 90, 84],
  ['ventricle', -12, -4, 8, 7, 28, 16],
  ['ventricle', 12, -4, 8, 7, 28, 16],
  ['bleeding', 38, 16, 12, 14, 20, 15],
  ['eye', -32, -84, -40, 12, 12, 12],
  ['eye', 32, -84, -40, 12, 12, 12],
];

function drawHead(canvas: Canvas, z: number, pixelsPerMm: number, values: TissueValues): void {
  canvas.pixels.fill(values.air);
  for (const [tissue, x, y, cz, rx, ry, rz] of HEAD) {
    const scale = pixelsPerMm * Math.sqrt(Math.max(0, 1 - ((z - cz) / rz) ** 2));
    const centre = { x: canvas.columns / 2 + x * pixelsPerMm, y: canvas.rows / 2 + y * pixelsPerMm };
    fillEllipse(canvas, { ...centre, rx: rx * scale, ry: ry * scale }, values[tissue]);
  }
}

/** Bright is dense: mediastinum and spine between two dark lungs with ribs across. */
function drawChest(canvas: Canvas): void {
  const { columns, rows } = canvas;
  const ellipse = (x: number, y: number, rx: number, ry: number, value: number): void =>
    fillEllipse(canvas, { x: x * columns, y: y * rows, rx: rx * columns, ry: ry * rows }, value);
  canvas.pixels.fill(200);
  ellipse(0.5, 0.62, 0.48, 0.6, 2400);
  for (const side of [0.29, 0.71]) ellipse(side, 0.45, 0.17, 0.33, 900);
  for (let rib = 0; rib < 9; rib++) {
    for (const side of [0.29, 0.71]) ellipse(side, 0.18 + 0.065 * rib, 0.16, 0.009, 1350);
  }
  ellipse(0.56, 0.58, 0.15, 0.13, 2900);
  ellipse(0.5, 0.5, 0.045, 0.5, 3300);
}
