import type { Gray } from '../raster/raster.js';
import { componentAt, type ComponentTable, type Layer, layerAt } from './components.js';

/** A shape that could be a character, or several that touch. */
export interface Character {
  readonly left: number;
  readonly top: number;
  /** Exclusive. */
  readonly right: number;
  readonly bottom: number;
  readonly area: number;
  /** The threshold at which it was cut out. */
  readonly level: number;
  /** Mean inside, and mean step at its left and right edges. */
  readonly brightness: number;
  readonly edge: number;
  /** Pixels, from area and outline. */
  readonly strokeWidth: number;
  /** Runs a row: how often a line through it meets ink. */
  readonly crossings: number;
  /** Share of its area that is left one threshold higher, and its share of what it grows to one threshold lower. */
  readonly stableUp: number;
  readonly stableDown: number;
}

/** Thresholds are this far apart. */
const STEP = 16;
const LOWEST = 24;
const MIN_HEIGHT = 5;

/** What can be a character at all; taller ones belong to a smaller scale of the picture. */
const MAX_HEIGHT = 72;

/** All shapes of one polarity: bright on dark. For dark on bright, give the picture inverted. */
export function findCharacters(gray: Gray): Character[] {
  const found: Character[] = [];
  let lower: Layer | null = null;
  let waiting: Candidate[] = [];
  for (let level = LOWEST; level < 256; level += STEP) {
    const layer: Layer = layerAt(gray, level);
    const candidates = candidatesOf(layer);
    const parents = linkToParents(layer, lower);
    settle(waiting, lower?.table, found);
    waiting = candidates.map((id) => ({ id, layer, parentArea: parents[id]! }));
    lower = layer;
  }
  settle(waiting, lower?.table, found);
  return withoutRepetition(found);
}

interface Candidate {
  readonly id: number;
  readonly layer: Layer;
  readonly parentArea: number;
}

/** Area of each component's parent one threshold lower; and the parents learn of their largest child. */
function linkToParents({ table, start, rowStart, component }: Layer, lower: Layer | null): Int32Array {
  const areas = new Int32Array(table.count);
  if (lower === null) return areas;
  const seen = new Uint8Array(table.count);
  for (let y = 0; y + 1 < rowStart.length; y++) {
    for (let run = rowStart[y]!; run < rowStart[y + 1]!; run++) {
      const id = component[run]!;
      if (seen[id] === 1) continue;
      seen[id] = 1;
      const parent = componentAt(lower, start[run]!, y);
      areas[id] = lower.table.area[parent]!;
      if (table.area[id]! > lower.table.childArea[parent]!) lower.table.childArea[parent] = table.area[id]!;
    }
  }
  return areas;
}

function candidatesOf({ table }: Layer): number[] {
  const ids: number[] = [];
  for (let id = 0; id < table.count; id++) if (canBeText(table, id)) ids.push(id);
  return ids;
}

function canBeText(table: ComponentTable, id: number): boolean {
  const height = table.bottom[id]! - table.top[id]!;
  if (height < MIN_HEIGHT || height > MAX_HEIGHT) return false;
  const width = table.right[id]! - table.left[id]!;
  const area = table.area[id]!;
  if (width > 16 * height || area < Math.max(5, 0.6 * height)) return false;
  const fill = area / (width * height);
  if (fill < 0.08 || (fill > 0.92 && width > 0.5 * height)) return false;
  const crossings = table.runs[id]! / height;
  if (width > 2 * height ? crossings < 1.3 : crossings > 5) return false;
  return strokeWidth(table, id) <= 0.42 * height + 1;
}

/** Twice the area by the outline: half of the runs' ends, and of what is not joined above and below. */
function strokeWidth(table: ComponentTable, id: number): number {
  const area = table.area[id]!;
  return (2 * area) / (2 * table.runs[id]! + 2 * (area - table.joined[id]!));
}

/** A candidate is complete once the next threshold has been looked at. */
function settle(waiting: readonly Candidate[], table: ComponentTable | undefined, found: Character[]): void {
  if (table === undefined) return;
  for (const { id, layer, parentArea } of waiting) {
    const area = table.area[id]!;
    const stableUp = table.childArea[id]! / area;
    const stableDown = parentArea === 0 ? 0 : area / parentArea;
    if (Math.max(stableUp, stableDown) < 0.4) continue;
    const height = table.bottom[id]! - table.top[id]!;
    const edge = table.edges[id]! / (2 * table.runs[id]!);
    if (edge < 12) continue;
    found.push({
      left: table.left[id]!,
      top: table.top[id]!,
      right: table.right[id]!,
      bottom: table.bottom[id]!,
      area,
      level: layer.level,
      brightness: table.brightness[id]! / area,
      edge,
      strokeWidth: strokeWidth(table, id),
      crossings: table.runs[id]! / height,
      stableUp,
      stableDown,
    });
  }
}

const CELL = 16;

/** Of shapes that are the same at several thresholds, the steadiest. */
function withoutRepetition(found: Character[]): Character[] {
  const worth = ({ stableUp, stableDown, edge }: Character): number => stableUp + stableDown + edge / 128;
  const sorted = [...found].sort((a, b) => worth(b) - worth(a));
  const kept: Character[] = [];
  const cells = new Map<number, Character[]>();
  for (const character of sorted) {
    const keys = [...cellsOf(character)];
    if (keys.some((key) => (cells.get(key) ?? []).some((other) => isSame(character, other)))) continue;
    kept.push(character);
    for (const key of keys) {
      const cell = cells.get(key);
      if (cell === undefined) cells.set(key, [character]);
      else cell.push(character);
    }
  }
  return kept;
}

/** The cell of its centre and those around: two that are the same have centres near each other. */
function* cellsOf({ left, right, top, bottom }: Character): Iterable<number> {
  const column = Math.floor((left + right) / 2 / CELL);
  const row = Math.floor((top + bottom) / 2 / CELL);
  yield row * 65_536 + column;
}

function isSame(a: Character, b: Character): boolean {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  if (width <= 0 || height <= 0) return false;
  const common = width * height;
  const size = ({ left, right, top, bottom }: Character): number => (right - left) * (bottom - top);
  return common > 0.6 * Math.max(size(a), size(b));
}
