import { findElement, type ElementNode } from './element-tree.js';
import type { Outcome } from './job.js';
import type { OpenInstance } from './open-instance.js';
import { frameReader, treatPixelData } from './pixel-data.js';
import type { PixelCleaner, PixelImage, PixelInspection, PixelMask } from './pixel-port.js';
import type { OptionKey, Profile } from './profile.js';
import { refuseInstance } from './refused.js';
import { type Risk, risksOf, showsFace, showsText } from './risk.js';
import { type Attributes, pixelImageOf } from './root-attributes.js';

export interface PixelsCleaned {
  /** What the instance says of its picture. */
  readonly image: PixelImage;
  readonly replacements: ReadonlyMap<number, Outcome>;
  readonly options: ReadonlySet<OptionKey>;
  readonly coding: 'same' | 'lossless' | 'lossy';
  readonly masks: readonly PixelMask[];
  readonly maskedFrames: number;
  readonly risks: readonly Risk[];
}

export interface PixelRun {
  readonly profile: Profile;
  readonly cleaner: PixelCleaner | null;
  readonly masks: readonly PixelMask[];
  readonly signal: AbortSignal | undefined;
}

const PIXEL_TAGS = [0x7fe00010, 0x7fe00008, 0x7fe00009];

/** Looks at the picture, masks what is to be masked, and says what remains doubtful. */
export async function cleanPixels(instance: OpenInstance, root: Attributes, run: PixelRun): Promise<PixelsCleaned> {
  const { elements, transferSyntaxUid, encoding } = instance;
  const node = PIXEL_TAGS.map((tag) => findElement(elements, tag)).find((found) => found !== undefined);
  const image = pixelImageOf(root, elements, transferSyntaxUid, encoding.littleEndian);
  const inspection = node === undefined ? null : await inspect(instance, node, image, run);
  const masks = [...run.masks, ...(inspection?.masks ?? [])];
  const bodyPart =
    `${root.text(0x00180015)} ${root.words(0x00081030)} ${root.words(0x0008103e)} ${root.words(0x00181030)}`.trim();
  assertVisualFeatures(image, bodyPart, node !== undefined, run, inspection);
  const isLooked = inspection?.confidence === 'checked' || run.masks.length > 0;
  const asked = run.profile.options.has('cleanPixelData');
  if (asked && node !== undefined && showsText(image) && !isLooked) refuseInstance('pixels-not-checked');
  const padding = [0x00280120, 0x00280121].flatMap((tag) => root.uint16(tag) ?? []);
  const saysSize = root.has(0x00280010) && root.has(0x00280011);
  const work = { image, source: instance.data, masks, cleaner: run.cleaner, padding, saysSize };
  const treated = node === undefined ? null : await treatPixelData({ node, ...work });
  const isClean = node !== undefined && (masks.length > 0 || (asked && inspection?.confidence === 'checked'));
  const input = { image, hasPixels: node !== undefined, bodyPart, masks: run.masks, inspection };
  const { options: chosen, documents } = run.profile;
  return {
    image,
    replacements: treated?.replacements ?? new Map(),
    options: new Set<OptionKey>(isClean ? ['cleanPixelData'] : []),
    coding: treated?.coding ?? 'same',
    masks,
    maskedFrames: treated?.maskedFrames ?? 0,
    risks: risksOf({
      ...input,
      keepsDocument: documents === 'keep' && findElement(elements, 0x00420011) !== undefined,
      keepsUidsButMovesDates: chosen.has('retainUIDs') && !chosen.has('retainLongFullDates'),
    }),
  };
}

async function inspect(
  instance: OpenInstance,
  node: ElementNode,
  image: PixelImage,
  run: PixelRun,
): Promise<PixelInspection | null> {
  if (run.cleaner === null) return null;
  const frames = await frameReader(node, image, instance.data);
  if (frames === null) return null;
  const care = run.profile.options.has('cleanPixelData') ? 'careful' : 'in-passing';
  return run.cleaner.inspect(image, frames, care, run.signal);
}

/** Clean Recognizable Visual Features: nothing here takes a face out of a volume, so where one may be the instance is refused. */
function assertVisualFeatures(
  image: PixelImage,
  bodyPart: string,
  hasPixels: boolean,
  run: PixelRun,
  inspection: PixelInspection | null,
): void {
  if (!run.profile.options.has('cleanVisualFeatures') || !hasPixels) return;
  const isMasked = inspection?.masks.some(({ source }) => source === 'face') === true;
  if (showsFace(image, bodyPart) && !isMasked) refuseInstance('visual-features');
}
