import type {
  FrameReader,
  InspectionCare,
  MaskSource,
  PixelCleaner,
  PixelImage,
  PixelInspection,
  PixelMask,
  PixelRisk,
} from '../deidentification/pixel-port.js';
import { showsText } from '../deidentification/risk.js';
import { throwIfAborted } from '../error.js';
import { isWithoutDrawing } from './drawn.js';
import { assertGeometry } from './geometry.js';
import { PixelRefused } from './raster/refusal.js';
import { ruleRegions } from './rules.js';
import { frameCoding } from './syntax.js';
import type { Box } from './text/extend.js';
import { coveredBy, RARELY_TEXT, TEXT_AND_FLOW, type TextBox, USUALLY_TEXT } from './text/look.js';
import type { FrameSeen, PixelWorker } from './work.js';

/** Frames that are looked at: first so many, spread over all; then more as long as they show something new. */
const FIRST_FRAMES = 6;
const MORE_FRAMES = [12, 24, 48];

/** Finds and masks text with the help of a worker. The same image gives the same answer. */
export function createPixelCleaner(work: PixelWorker): PixelCleaner {
  return {
    inspect: (image, frames, care, signal) => inspect({ work, image, frames, care, signal }),
    canMask: (image) => frameCoding(image.transferSyntaxUid) !== null && isPossible(image),
    maskFrame: (image, frame, regions) => work<'mask'>({ kind: 'mask', image, frame, regions }),
  };
}

function isPossible(image: PixelImage): boolean {
  try {
    assertGeometry(image);
    return true;
  } catch (error) {
    if (error instanceof PixelRefused) return false;
    throw error;
  }
}

/** Segments, doses and maps are numbers in the form of pictures: nobody writes on them. */
const NO_PICTURE = new Set(['SEG', 'RTDOSE']);

interface Findings {
  readonly boxes: { readonly box: Box; readonly source: MaskSource }[];
  readonly doubtful: TextBox[];
  /** Whether colours were left alone because the picture says that flow is shown there. */
  hasFlow: boolean;
  /** Whether the last frames that were looked at showed text where none was before. */
  isChanging: boolean;
  looked: number;
}

interface Inspection {
  readonly work: PixelWorker;
  readonly image: PixelImage;
  readonly frames: FrameReader;
  readonly care: InspectionCare;
  readonly signal: AbortSignal | undefined;
}

async function inspect(inspection: Inspection): Promise<PixelInspection> {
  const { image, frames } = inspection;
  if (NO_PICTURE.has(image.modality)) return { masks: [], risks: [], confidence: 'checked' };
  const rules = ruleRegions(image).map((region): PixelMask => ({ ...region, frame: null, source: 'rule' }));
  if (frameCoding(image.transferSyntaxUid) === null || !isPossible(image)) {
    return { masks: rules, risks: ['frames-not-decoded'], confidence: 'unchecked' };
  }
  const found: Findings = { boxes: [], doubtful: [], hasFlow: false, isChanging: false, looked: 0 };
  try {
    await lookAtFrames(inspection, found);
  } catch (error) {
    if (!(error instanceof PixelRefused)) throw error;
    return { masks: [...rules, ...masksOf(found, image)], risks: ['frames-not-decoded'], confidence: 'unchecked' };
  }
  const isComplete = found.looked === frames.count || !found.isChanging;
  const isDoubtful = found.doubtful.some(
    (box) =>
      coveredBy(
        box,
        found.boxes.map((one) => one.box),
      ) < 0.5,
  );
  const risks: PixelRisk[] = [
    ...(isDoubtful || !isComplete ? ['text-suspected' as const] : []),
    ...(found.hasFlow ? ['colour-flow' as const] : []),
  ];
  return {
    masks: [...rules, ...masksOf(found, image)],
    risks,
    // What is doubtful is said as a risk; that all of it was looked at is another matter.
    confidence: isComplete ? 'checked' : 'unchecked',
  };
}

/** In rounds: text that moves or changes shows in frames that were not looked at yet. */
async function lookAtFrames(inspection: Inspection, found: Findings): Promise<void> {
  const { frames, signal } = inspection;
  const seen = new Set<number>();
  for (const count of [FIRST_FRAMES, ...MORE_FRAMES]) {
    const round = spreadOver(frames.count, count).filter((frame) => !seen.has(frame));
    const before = found.boxes.map(({ box }) => box);
    let isNew = false;
    for (const frame of round) {
      throwIfAborted(signal);
      const isFirst = seen.size === 0;
      seen.add(frame);
      const answer = await lookAt(inspection, await frames.read(frame), isFirst);
      if (answer.boxes.some((box) => coveredBy(box, before) < 0.7)) isNew = true;
      add(found, answer, inspection.image);
    }
    found.looked = seen.size;
    found.isChanging = isNew && count !== FIRST_FRAMES;
    if (seen.size === frames.count || !(isNew && (count !== FIRST_FRAMES || isUneven(found, seen.size)))) return;
  }
}

/** After the first round everything is new; more is looked at when what was found does not stand in one place. */
function isUneven({ boxes }: Findings, frames: number): boolean {
  return boxes.some(({ box }) => boxes.filter((other) => coveredBy(box, [other.box]) > 0.7).length < frames);
}

const NOTHING_SEEN: FrameSeen = { boxes: [], doubtful: [], flow: [], outside: [] };

async function lookAt(
  { work, image, frames, care, signal }: Inspection,
  frame: Uint8Array,
  isFirst: boolean,
): Promise<FrameSeen> {
  if (care === 'in-passing' && frames.kind === 'native' && isWithoutDrawing(image, frame)) return NOTHING_SEEN;
  const isRisky = showsText(image);
  const demands = image.modality === 'US' ? TEXT_AND_FLOW : isRisky ? USUALLY_TEXT : RARELY_TEXT;
  const reading = isRisky && isFirst ? 'shapes-and-words' : 'shapes';
  return work<'look'>({ kind: 'look', image, frame, demands, reading }, signal);
}

function add(found: Findings, { boxes, doubtful, flow, outside }: FrameSeen, image: PixelImage): void {
  for (const box of boxes) found.boxes.push({ box, source: 'text' });
  for (const box of outside ?? []) found.boxes.push({ box, source: 'ultrasound-region' });
  found.doubtful.push(...doubtful);
  // Regions that leave out most of the picture say nothing of what stands there.
  if (outside === null && image.ultrasoundRegions.length > 0) found.doubtful.push(wholeOf(image));
  for (const box of flow) {
    if (showsFlow(image, box)) found.hasFlow = true;
    else found.doubtful.push(box);
  }
}

function wholeOf({ columns, rows }: PixelImage): TextBox {
  return { left: 0, top: 0, right: columns, bottom: rows, confidence: 0, reason: 'shape' };
}

/** PS3.3 §C.8.5.5.1.2. */
const COLOUR_FLOW = 2;

/**
 * Many colours alone are no proof that something is no writing: the Sequence of Ultrasound Regions has to say that flow is shown there. Elsewhere
 * a person decides.
 */
function showsFlow({ ultrasoundRegions }: PixelImage, box: Box): boolean {
  return ultrasoundRegions.some(
    ({ minX, minY, maxX, maxY, dataType }) =>
      dataType === COLOUR_FLOW && isWithin(box, { left: minX, top: minY, right: maxX + 1, bottom: maxY + 1 }),
  );
}

/** First and last and evenly between. */
function spreadOver(count: number, wanted: number): number[] {
  if (count <= wanted) return Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: wanted }, (_, i) => Math.round((i * (count - 1)) / (wanted - 1)));
}

/** On all frames: what stands in one may stand in the next. Boxes within others are left out. */
function masksOf({ boxes }: Findings, { columns, rows }: PixelImage): PixelMask[] {
  const kept: { box: Box; source: MaskSource }[] = [];
  const bySize = [...boxes].sort((a, b) => areaOf(b.box) - areaOf(a.box));
  for (const one of bySize) if (!kept.some(({ box }) => isWithin(one.box, box))) kept.push(one);
  return kept.flatMap(({ box, source }) => {
    const [x, y] = [Math.max(0, box.left), Math.max(0, box.top)];
    const [right, bottom] = [Math.min(columns, box.right), Math.min(rows, box.bottom)];
    return right > x && bottom > y ? [{ x, y, width: right - x, height: bottom - y, frame: null, source }] : [];
  });
}

function areaOf({ left, top, right, bottom }: Box): number {
  return (right - left) * (bottom - top);
}

function isWithin(inner: Box, outer: Box): boolean {
  return (
    inner.left >= outer.left && inner.right <= outer.right && inner.top >= outer.top && inner.bottom <= outer.bottom
  );
}
