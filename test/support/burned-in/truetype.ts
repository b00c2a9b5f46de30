import { existsSync, readFileSync } from 'node:fs';
import { cropped, type Font, type Ink } from './ink.js';

/** Just enough of a TrueType reader to draw Latin text from the fonts of a Debian system (Apple's TrueType Reference Manual). */

const FOLDERS = ['/usr/share/fonts/truetype/dejavu', '/usr/share/fonts/truetype/noto'];
const FILES = [
  'DejaVuSans.ttf',
  'DejaVuSans-Bold.ttf',
  'DejaVuSansMono.ttf',
  'DejaVuSansCondensed.ttf',
  'DejaVuSerif.ttf',
  'NotoSansMono-Regular.ttf',
  'DejaVuSans-Oblique.ttf',
  'DejaVuSansMono-Bold.ttf',
];

/** The fonts that this machine has; possibly none. */
export function systemFonts(): Font[] {
  return FILES.flatMap((file) => {
    const path = FOLDERS.map((folder) => `${folder}/${file}`).find(existsSync);
    return path === undefined ? [] : [openTrueType(file.replace('.ttf', ''), readFileSync(path))];
  });
}

interface Point {
  readonly x: number;
  readonly y: number;
}

interface OutlinePoint extends Point {
  readonly isOnCurve: boolean;
}

interface Tables {
  readonly view: DataView;
  readonly at: (tag: string) => number;
}

export function openTrueType(name: string, bytes: Uint8Array): Font {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const offsets = new Map<string, number>();
  for (let i = 0; i < view.getUint16(4); i++) {
    const entry = 12 + 16 * i;
    offsets.set(String.fromCharCode(...bytes.subarray(entry, entry + 4)), view.getUint32(entry + 8));
  }
  const tables: Tables = { view, at: (tag) => offsets.get(tag) ?? 0 };
  const unitsPerEm = view.getUint16(tables.at('head') + 18);
  return { name, draw: (text, size) => drawText(tables, text, size / unitsPerEm) };
}

function drawText(tables: Tables, text: string, scale: number): Ink {
  const edges: [Point, Point][] = [];
  let x = 0;
  for (const letter of text) {
    const glyph = glyphOf(tables, letter.codePointAt(0) ?? 32);
    for (const contour of contoursOf(tables, glyph, 0)) {
      const points = flatten(contour).map((p) => ({ x: (p.x + x) * scale, y: -p.y * scale }));
      points.forEach((point, i) => edges.push([point, points[(i + 1) % points.length] ?? point]));
    }
    x += advanceOf(tables, glyph);
  }
  return cropped(fill(edges, Math.ceil(x * scale) + 4, Math.ceil(2048 * scale * 0.2), Math.ceil(2048 * scale * 1.2)));
}

/** cmap format 4. */
function glyphOf({ view, at }: Tables, code: number): number {
  const cmap = at('cmap');
  for (let i = 0; i < view.getUint16(cmap + 2); i++) {
    const table = cmap + view.getUint32(cmap + 8 + 8 * i);
    if (view.getUint16(table) !== 4) continue;
    const segments = view.getUint16(table + 6) / 2;
    for (let s = 0; s < segments; s++) {
      if (code > view.getUint16(table + 14 + 2 * s)) continue;
      const start = view.getUint16(table + 16 + 2 * (segments + s));
      if (code < start) return 0;
      const delta = view.getUint16(table + 16 + 2 * (2 * segments + s));
      const rangeAt = table + 16 + 2 * (3 * segments + s);
      const range = view.getUint16(rangeAt);
      if (range === 0) return (code + delta) & 0xffff;
      return view.getUint16(rangeAt + range + 2 * (code - start));
    }
  }
  return 0;
}

function advanceOf({ view, at }: Tables, glyph: number): number {
  const count = view.getUint16(at('hhea') + 34);
  return view.getUint16(at('hmtx') + 4 * Math.min(glyph, count - 1));
}

function contoursOf(tables: Tables, glyph: number, depth: number): OutlinePoint[][] {
  const { view, at } = tables;
  const long = view.getUint16(at('head') + 50) === 1;
  const place = (i: number): number =>
    long ? view.getUint32(at('loca') + 4 * i) : 2 * view.getUint16(at('loca') + 2 * i);
  if (place(glyph) === place(glyph + 1) || depth > 4) return [];
  const start = at('glyf') + place(glyph);
  const count = view.getInt16(start);
  return count >= 0 ? simpleContours(view, start + 10, count) : compositeContours(tables, start + 10, depth);
}

function simpleContours(view: DataView, start: number, count: number): OutlinePoint[][] {
  const ends = Array.from({ length: count }, (_, i) => view.getUint16(start + 2 * i));
  const total = (ends.at(-1) ?? -1) + 1;
  let at = start + 2 * count + 2 + view.getUint16(start + 2 * count);
  const flags: number[] = [];
  while (flags.length < total) {
    const flag = view.getUint8(at++);
    flags.push(flag);
    if ((flag & 8) !== 0) for (let repeat = view.getUint8(at++); repeat > 0; repeat--) flags.push(flag);
  }
  const read = (short: number, same: number): number[] => {
    let value = 0;
    return flags.map((flag) => {
      if ((flag & short) !== 0) value += (flag & same) !== 0 ? view.getUint8(at++) : -view.getUint8(at++);
      else if ((flag & same) === 0) {
        value += view.getInt16(at);
        at += 2;
      }
      return value;
    });
  };
  const xs = read(2, 16);
  const ys = read(4, 32);
  const points = flags.map((flag, i) => ({ x: xs[i] ?? 0, y: ys[i] ?? 0, isOnCurve: (flag & 1) === 1 }));
  return ends.map((end, i) => points.slice(i === 0 ? 0 : (ends[i - 1] ?? 0) + 1, end + 1));
}

/** Umlauts: a base and a diaeresis, moved. Scaled parts do not occur in the fonts used. */
function compositeContours(tables: Tables, start: number, depth: number): OutlinePoint[][] {
  const { view } = tables;
  const contours: OutlinePoint[][] = [];
  for (let at = start; ;) {
    const flags = view.getUint16(at);
    const words = (flags & 1) !== 0;
    const dx = words ? view.getInt16(at + 4) : view.getInt8(at + 4);
    const dy = words ? view.getInt16(at + 6) : view.getInt8(at + 5);
    for (const contour of contoursOf(tables, view.getUint16(at + 2), depth + 1)) {
      contours.push(contour.map((p) => ({ ...p, x: p.x + dx, y: p.y + dy })));
    }
    at += words ? 8 : 6;
    if ((flags & 8) !== 0) at += 2;
    else if ((flags & 64) !== 0) at += 4;
    else if ((flags & 128) !== 0) at += 8;
    if ((flags & 32) === 0) return contours;
  }
}

/** Quadratic curves as short lines; between two control points lies one on the curve. */
function flatten(contour: readonly OutlinePoint[]): Point[] {
  const points: OutlinePoint[] = [];
  contour.forEach((point, i) => {
    const next = contour[(i + 1) % contour.length] ?? point;
    points.push(point);
    if (!point.isOnCurve && !next.isOnCurve) {
      points.push({ x: (point.x + next.x) / 2, y: (point.y + next.y) / 2, isOnCurve: true });
    }
  });
  const first = points.findIndex(({ isOnCurve }) => isOnCurve);
  const ring = [...points.slice(first), ...points.slice(0, first)];
  const out: Point[] = [];
  ring.forEach((point, i) => {
    if (point.isOnCurve) out.push(point);
    else {
      const [a, b] = [ring[i - 1] ?? point, ring[(i + 1) % ring.length] ?? point];
      for (let t = 0.25; t < 1; t += 0.25) {
        const [p, q, r] = [(1 - t) ** 2, 2 * t * (1 - t), t ** 2];
        out.push({ x: p * a.x + q * point.x + r * b.x, y: p * a.y + q * point.y + r * b.y });
      }
    }
  });
  return out;
}

const FINE = 4;

/** Non-zero winding, sampled on four lines a pixel, exactly along each. */
function fill(edges: readonly (readonly [Point, Point])[], width: number, above: number, baseline: number): Ink {
  const height = baseline + Math.ceil(baseline / 2) + above;
  const coverage = new Float64Array(width * height);
  for (let line = 0; line < height * FINE; line++) {
    const y = (line + 0.5) / FINE - baseline;
    const crossings = edges
      .filter(([a, b]) => a.y <= y !== b.y <= y)
      .map(([a, b]) => ({ x: a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x), turn: b.y > a.y ? 1 : -1 }))
      .sort((p, q) => p.x - q.x);
    let winding = 0;
    crossings.forEach(({ x, turn }, i) => {
      winding += turn;
      const next = crossings[i + 1];
      if (winding !== 0 && next !== undefined) {
        addSpan(coverage, Math.floor(line / FINE) * width, width, x + 1, next.x + 1);
      }
    });
  }
  return { width, height, coverage: Uint8Array.from(coverage, (value) => Math.min(255, (value * 255) / FINE)) };
}

function addSpan(coverage: Float64Array, row: number, width: number, from: number, to: number): void {
  for (let x = Math.max(0, Math.floor(from)); x < Math.min(width, to); x++) {
    coverage[row + x]! += Math.max(0, Math.min(to, x + 1) - Math.max(from, x));
  }
}
