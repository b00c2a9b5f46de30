import { addNoise, type Canvas, type Colour, createCanvas, drawText, fillWith, type TextStyle } from './canvas.js';
import type { Font } from './ink.js';
import { personalText, technicalText } from './words.js';
import type { Random } from './random.js';

/** Pictures as devices and people make them, with text burned in. */

export type SceneName = 'ultrasound' | 'capture' | 'screenshot' | 'document' | 'x-ray' | 'photograph';
export const SCENES: readonly SceneName[] = ['ultrasound', 'capture', 'screenshot', 'document', 'x-ray', 'photograph'];

export interface Scene {
  readonly name: SceneName;
  readonly canvas: Canvas;
  readonly isColour: boolean;
}

const WHITE: Colour = [255, 255, 255];
const BLACK: Colour = [0, 0, 0];

export function drawScene(name: SceneName, random: Random, fonts: readonly Font[]): Scene {
  switch (name) {
    case 'ultrasound':
      return ultrasound(random, fonts);
    case 'capture':
      return capture(random, fonts);
    case 'screenshot':
      return screenshot(random, fonts);
    case 'document':
      return document(random, fonts);
    case 'x-ray':
      return xRay(random, fonts);
    case 'photograph':
      return photograph(random, fonts);
  }
}

/** Smooth noise: random numbers on a grid, blended between. */
export function clouds(random: Random, width: number, height: number, grain: number): (x: number, y: number) => number {
  const columns = Math.ceil(width / grain) + 2;
  const rows = Math.ceil(height / grain) + 2;
  const grid = Float32Array.from({ length: columns * rows }, () => random.next());
  return (x, y) => {
    const ix = Math.floor(x / grain);
    const iy = Math.floor(y / grain);
    const tx = x / grain - ix;
    const ty = y / grain - iy;
    const fx = tx * tx * (3 - 2 * tx);
    const fy = ty * ty * (3 - 2 * ty);
    const at = iy * columns + ix;
    const top = grid[at]! * (1 - fx) + grid[at + 1]! * fx;
    const bottom = grid[at + columns]! * (1 - fx) + grid[at + columns + 1]! * fx;
    return top * (1 - fy) + bottom * fy;
  };
}

function styleOf(random: Random, fonts: readonly Font[], colour: Colour, sizes: readonly [number, number]): TextStyle {
  return { font: random.pick(fonts), size: random.whole(sizes[0], sizes[1]), colour };
}

/** Lines of text one below the other. */
function block(canvas: Canvas, random: Random, x: number, y: number, style: TextStyle, lines: number): void {
  let top = y;
  for (let i = 0; i < lines; i++) {
    const isPersonal = random.chance(0.6);
    const text = isPersonal ? personalText(random) : technicalText(random);
    const ink = drawText(canvas, text, x, top, { ...style, isPersonal });
    top += (ink?.height ?? style.size) + Math.max(4, Math.round(style.size * random.between(0.3, 0.6)));
  }
}

/** The speckle of a sector: noise that is sharp in depth and smeared sideways, over slow clouds. */
export function drawSector(canvas: Canvas, random: Random, top: number): void {
  const { width, height } = canvas;
  const [cx, radius] = [width * random.between(0.42, 0.58), (height - top) * random.between(0.75, 0.95)];
  const opening = random.between(0.5, 0.8);
  const slow = clouds(random, width, height, random.between(40, 90));
  const fast = clouds(random, width * 3, height * 3, random.between(2.2, 4));
  fillWith(canvas, [0, top, width, height - top], (x, y) => {
    const [dx, dy] = [x - cx, y - top + radius * 0.15];
    const distance = Math.hypot(dx, dy);
    const angle = Math.atan2(dx, dy);
    if (distance > radius * 1.1 || distance < radius * 0.15 || Math.abs(angle) > opening) return null;
    const speckle = fast(((angle + 1) * radius) / 1.5, distance * 1.3);
    const value = 255 * (0.15 + 0.85 * slow(x, y) ** 1.5) * speckle ** 1.8 * 1.3;
    return [value, value, value];
  });
}

/** Sharp islands: colour flow, vessels in a map, contrast. They look like writing from afar. */
function drawIslands(
  canvas: Canvas,
  random: Random,
  at: readonly [number, number, number, number],
  colours: readonly Colour[],
): void {
  const grain = random.between(7, 26);
  const shape = clouds(random, canvas.width, canvas.height, grain);
  const shade = clouds(random, canvas.width, canvas.height, grain * 1.5);
  const level = random.between(0.55, 0.72);
  fillWith(canvas, at, (x, y) => {
    if (shape(x, y) < level) return null;
    return colours[Math.min(colours.length - 1, Math.floor(shade(x, y) * colours.length))] ?? null;
  });
}

/** What devices draw besides text: frames, rulers, crosses. */
function drawGraphics(canvas: Canvas, random: Random, colour: Colour): void {
  const { width, height } = canvas;
  const [x, y, w, h] = [
    random.whole(20, width / 2),
    random.whole(60, height / 2),
    random.whole(60, width / 3),
    random.whole(40, height / 3),
  ];
  for (const box of [
    [x, y, w, 1],
    [x, y + h, w, 1],
    [x, y, 1, h],
    [x + w, y, 1, h],
  ] as const)
    fillWith(canvas, box, () => colour);
  const step = random.whole(6, 22);
  for (let i = 0; i < 12; i++)
    fillWith(canvas, [x + i * step, y + h + 20, 1 + (i % 2), i % 5 === 0 ? 10 : 6], () => colour);
  for (let i = 0; i < 3; i++) {
    const [cx, cy] = [random.whole(20, width - 20), random.whole(60, height - 60)];
    fillWith(canvas, [cx - 5, cy, 11, 1], () => colour);
    fillWith(canvas, [cx, cy - 5, 1, 11], () => colour);
  }
}

function ultrasound(random: Random, fonts: readonly Font[]): Scene {
  const [width, height] = random.pick([
    [640, 480],
    [800, 600],
    [1024, 768],
  ] as const);
  const canvas = createCanvas(width, height, BLACK);
  drawSector(canvas, random, Math.round(height * 0.12));
  const colour = random.pick<Colour>([WHITE, [230, 230, 120], [120, 220, 230], [170, 170, 170], [90, 230, 90]]);
  const isColour = colour[0] !== colour[2] || random.chance(0.5);
  // The gray scale and the depth marks, which are no text.
  fillWith(canvas, [width - 24, height * 0.2, 12, 128], (_, y) => {
    const value = 255 - 2 * (y - height * 0.2);
    return [value, value, value];
  });
  for (let y = height * 0.15; y < height * 0.9; y += 25) fillWith(canvas, [width - 40, y, 6, 1], () => colour);
  const flow: readonly Colour[] = random.pick<readonly Colour[]>([
    [
      [120, 0, 0],
      [220, 60, 0],
      [255, 200, 0],
    ],
    [
      [0, 0, 160],
      [40, 120, 255],
    ],
    [
      [200, 200, 200],
      [255, 255, 255],
    ],
  ]);
  if (random.chance(0.4)) drawIslands(canvas, random, [width * 0.35, height * 0.35, width * 0.3, height * 0.35], flow);
  if (random.chance(0.5)) drawGraphics(canvas, random, colour);
  const small = styleOf(random, fonts, colour, [10, 16]);
  block(canvas, random, 8, 6, styleOf(random, fonts, colour, [12, 22]), 2);
  block(canvas, random, width * 0.6, 6, styleOf(random, fonts, colour, [11, 18]), 2);
  block(canvas, random, 8, height * 0.3, small, random.whole(2, 5));
  block(canvas, random, width * 0.3, height - 40, small, 1);
  // On the image itself.
  const over = { ...styleOf(random, fonts, WHITE, [14, 24]), outline: random.chance(0.5) ? BLACK : undefined };
  block(canvas, random, width * 0.4, height * random.between(0.4, 0.7), over, random.whole(0, 2));
  return { name: 'ultrasound', canvas, isColour };
}

/** A slice through a body, as a workstation's secondary capture with texts in its corners. */
function capture(random: Random, fonts: readonly Font[]): Scene {
  const size = random.pick([512, 768, 1024]);
  const canvas = createCanvas(size, size, BLACK);
  const tissue = clouds(random, size, size, size / 10);
  const organs = clouds(random, size, size, size / 24);
  const [rx, ry] = [size * random.between(0.36, 0.47), size * random.between(0.3, 0.44)];
  fillWith(canvas, [0, 0, size, size], (x, y) => {
    const d = Math.hypot((x - size / 2) / rx, (y - size / 2) / ry);
    if (d > 1) return null;
    const bone = d > 0.86 && d < 0.93 ? 90 : 0;
    const value = 60 + 70 * tissue(x, y) + (organs(x, y) > 0.62 ? 45 : 0) + bone;
    return [value, value, value];
  });
  const islands: readonly Colour[] = random.pick<readonly Colour[]>([
    [BLACK],
    [
      [30, 30, 30],
      [10, 10, 10],
    ],
    [
      [230, 230, 230],
      [250, 250, 250],
    ],
  ]);
  if (random.chance(0.35)) drawIslands(canvas, random, [size * 0.25, size * 0.3, size * 0.5, size * 0.4], islands);
  if (random.chance(0.3)) drawGraphics(canvas, random, WHITE);
  addNoise(canvas, random, random.between(0, 24));
  const style = { ...styleOf(random, fonts, random.pick<Colour>([WHITE, [200, 200, 200], [255, 255, 0]]), [11, 20]) };
  const outlined = { ...style, outline: random.chance(0.4) ? BLACK : undefined };
  block(canvas, random, 8, 8, outlined, random.whole(2, 5));
  block(canvas, random, size * 0.66, 8, outlined, random.whole(1, 4));
  block(canvas, random, 8, size * 0.82, outlined, random.whole(1, 3));
  if (random.chance(0.5)) block(canvas, random, size * 0.35, size * 0.5, { ...outlined, size: style.size + 4 }, 1);
  if (random.chance(0.25)) {
    drawText(canvas, personalText(random), size - 40, size * 0.45, { ...outlined, isTurned: true });
  }
  return { name: 'capture', canvas, isColour: style.colour[2] === 0 };
}

function screenshot(random: Random, fonts: readonly Font[]): Scene {
  const [width, height] = random.pick([
    [1024, 768],
    [1280, 800],
    [800, 600],
  ] as const);
  const isDark = random.chance(0.5);
  const ground: Colour = isDark ? [40, 44, 52] : [236, 236, 240];
  const canvas = createCanvas(width, height, ground);
  const ink: Colour = isDark ? [215, 220, 225] : [25, 25, 30];
  fillWith(canvas, [0, 0, width, 30], (x) => [30 + (x * 60) / width, 70, 130]);
  block(canvas, random, 10, 7, styleOf(random, fonts, WHITE, [12, 16]), 1);
  const panel: Colour = isDark ? [60, 64, 74] : [255, 255, 255];
  fillWith(canvas, [width * 0.02, 60, width * 0.28, height * 0.8], () => panel);
  block(canvas, random, width * 0.03, 72, styleOf(random, fonts, ink, [11, 17]), random.whole(6, 14));
  for (let i = 0; i < 5; i++) {
    const y = height - 40;
    fillWith(canvas, [width * 0.35 + i * 110, y, 96, 26], () => (isDark ? [80, 90, 110] : [205, 210, 220]));
    const button = { ...styleOf(random, fonts, ink, [11, 14]), isPersonal: false };
    drawText(canvas, technicalText(random), width * 0.35 + i * 110 + 8, y + 7, button);
  }
  const view = clouds(random, width, height, 50);
  fillWith(canvas, [width * 0.34, 60, width * 0.62, height * 0.75], (x, y) => {
    const value = 20 + 160 * view(x, y) + 20 * random.next();
    return [value, value, value];
  });
  block(canvas, random, width * 0.35, 66, styleOf(random, fonts, WHITE, [12, 18]), random.whole(1, 4));
  return { name: 'screenshot', canvas, isColour: true };
}

function document(random: Random, fonts: readonly Font[]): Scene {
  const [width, height] = random.pick([
    [850, 1100],
    [1240, 1754],
  ] as const);
  const canvas = createCanvas(width, height, [248, 246, 240]);
  const size = Math.round(width / random.between(45, 70));
  const ink = random.pick<Colour>([
    [20, 20, 20],
    [50, 50, 60],
    [20, 30, 110],
  ]);
  const style = { font: random.pick(fonts), size, colour: ink };
  block(canvas, random, width * 0.1, height * 0.05, { ...style, size: Math.round(size * 1.8) }, 1);
  let y = height * 0.12;
  for (let row = 0; row < random.whole(12, 28); row++, y += size * 1.9) {
    block(canvas, random, width * 0.1, y, style, 1);
    if (random.chance(0.6)) block(canvas, random, width * 0.5, y, style, 1);
  }
  for (let line = 0; line < 4; line++)
    fillWith(canvas, [width * 0.1, height * (0.1 + 0.2 * line), width * 0.8, 2], () => ink);
  addNoise(canvas, random, random.between(4, 20));
  return { name: 'document', canvas, isColour: random.chance(0.5) };
}

function xRay(random: Random, fonts: readonly Font[]): Scene {
  const [width, height] = random.pick([
    [800, 1000],
    [1024, 1280],
    [1400, 1700],
  ] as const);
  const canvas = createCanvas(width, height, BLACK);
  const soft = clouds(random, width, height, width / 5);
  const fine = clouds(random, width, height, 14);
  const ribs = random.between(60, 110);
  fillWith(canvas, [0, 0, width, height], (x, y) => {
    const rib = Math.sin((y + 60 * Math.sin(x / 200)) / (ribs / 6)) > 0.55 ? 26 : 0;
    const value = 30 + 150 * soft(x, y) + rib + 14 * fine(x, y) + 8 * random.next();
    return [value, value, value];
  });
  const sizes: readonly [number, number] = [16, 40];
  block(canvas, random, 30, 30, styleOf(random, fonts, WHITE, sizes), random.whole(1, 3));
  if (random.chance(0.7)) block(canvas, random, width * 0.55, height * 0.9, styleOf(random, fonts, WHITE, sizes), 2);
  if (random.chance(0.5)) {
    const [x, y] = [width * 0.5, 30];
    fillWith(canvas, [x, y, width * 0.45, 110], () => [235, 235, 235]);
    block(canvas, random, x + 12, y + 12, styleOf(random, fonts, BLACK, [16, 28]), 2);
  }
  drawText(canvas, random.pick(['L', 'R']), width * 0.08, height * 0.45, {
    ...styleOf(random, fonts, WHITE, [40, 70]),
    isPersonal: false,
  });
  return { name: 'x-ray', canvas, isColour: false };
}

/** An endoscope's or a camera's picture with the patient at its side. */
function photograph(random: Random, fonts: readonly Font[]): Scene {
  const [width, height] = random.pick([
    [720, 576],
    [1024, 768],
  ] as const);
  const canvas = createCanvas(width, height, BLACK);
  const [r, g] = [clouds(random, width, height, 70), clouds(random, width, height, 25)];
  const vessels = clouds(random, width, height, 12);
  const [cx, cy, radius] = [width * 0.62, height / 2, height * 0.46];
  fillWith(canvas, [0, 0, width, height], (x, y) => {
    if (Math.hypot(x - cx, y - cy) > radius) return null;
    const light = 0.5 + 0.5 * r(x, y);
    const vein = Math.abs(vessels(x, y) - 0.5) < 0.03 ? 0.6 : 1;
    return [240 * light * vein, (110 + 70 * g(x, y)) * light * vein, (90 + 50 * g(x, y)) * light];
  });
  addNoise(canvas, random, 8);
  block(
    canvas,
    random,
    8,
    20,
    styleOf(random, fonts, random.pick<Colour>([WHITE, [240, 220, 60]]), [13, 20]),
    random.whole(3, 6),
  );
  const over = { ...styleOf(random, fonts, WHITE, [14, 22]), outline: random.chance(0.6) ? BLACK : undefined };
  if (random.chance(0.5)) block(canvas, random, width * 0.5, height * 0.85, over, 1);
  return { name: 'photograph', canvas, isColour: true };
}
