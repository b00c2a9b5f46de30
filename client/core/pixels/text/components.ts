import type { Gray } from '../raster/raster.js';

/**
 * Connected components of a picture at rising thresholds. What is drawn over a picture has sharp edges and one brightness, so
 * its shapes stay the same over many thresholds, while anatomy and noise melt away: that is what the detector looks for.
 */

/** A component's numbers, one entry each in every array. */
export interface ComponentTable {
  count: number;
  readonly left: Int32Array;
  readonly top: Int32Array;
  readonly right: Int32Array;
  readonly bottom: Int32Array;
  readonly area: Int32Array;
  readonly runs: Int32Array;
  /** Pixels that touch a pixel of the same component in the row above. */
  readonly joined: Int32Array;
  /** Sums of brightness, and of the steps at the ends of each run. */
  readonly brightness: Float64Array;
  readonly edges: Float64Array;
  /** Area of the largest component one threshold higher that lies within; 0 for none. */
  readonly childArea: Int32Array;
}

/** Runs of one threshold: rows index into them. */
export interface Layer {
  readonly level: number;
  readonly rowStart: Int32Array;
  readonly start: Int32Array;
  readonly end: Int32Array;
  /** The component of each run. */
  readonly component: Int32Array;
  readonly table: ComponentTable;
}

/** Runs of pixels that are at least `level`, joined with those they touch, also diagonally. */
export function layerAt(gray: Gray, level: number): Layer {
  const runs = findRuns(gray, level);
  const parent = new Int32Array(runs.count);
  for (let i = 0; i < runs.count; i++) parent[i] = i;
  const joined = new Int32Array(runs.count);
  for (let y = 1; y < gray.height; y++) joinRow(runs, y, parent, joined);
  return tabulate(gray, level, runs, parent, joined);
}

interface Runs {
  count: number;
  readonly rowStart: Int32Array;
  start: Int32Array;
  end: Int32Array;
}

function findRuns({ width, height, bytes }: Gray, level: number): Runs {
  const runs: Runs = {
    count: 0,
    rowStart: new Int32Array(height + 1),
    start: new Int32Array(4096),
    end: new Int32Array(4096),
  };
  for (let y = 0; y < height; y++) {
    const row = y * width;
    runs.rowStart[y] = runs.count;
    for (let x = 0; x < width; x++) {
      if (bytes[row + x]! < level) continue;
      const from = x;
      while (x < width && bytes[row + x]! >= level) x++;
      if (runs.count === runs.start.length) grow(runs);
      runs.start[runs.count] = from;
      runs.end[runs.count++] = x;
    }
  }
  runs.rowStart[height] = runs.count;
  return runs;
}

function grow(runs: Runs): void {
  const larger = (old: Int32Array): Int32Array => {
    const out = new Int32Array(old.length * 2);
    out.set(old);
    return out;
  };
  runs.start = larger(runs.start);
  runs.end = larger(runs.end);
}

function find(parent: Int32Array, run: number): number {
  let root = run;
  while (parent[root]! !== root) {
    parent[root] = parent[parent[root]!]!;
    root = parent[root]!;
  }
  return root;
}

function joinRow({ rowStart, start, end }: Runs, y: number, parent: Int32Array, joined: Int32Array): void {
  let above = rowStart[y - 1]!;
  const aboveEnd = rowStart[y]!;
  for (let run = aboveEnd; run < rowStart[y + 1]!; run++) {
    while (above < aboveEnd && end[above]! < start[run]!) above++;
    for (let other = above; other < aboveEnd && start[other]! <= end[run]!; other++) {
      joined[run]! += Math.max(0, Math.min(end[run]!, end[other]!) - Math.max(start[run]!, start[other]!));
      const [a, b] = [find(parent, run), find(parent, other)];
      if (a < b) parent[b] = a;
      else parent[a] = b;
    }
  }
}

function createTable(count: number): ComponentTable {
  return {
    count: 0,
    left: new Int32Array(count),
    top: new Int32Array(count),
    right: new Int32Array(count),
    bottom: new Int32Array(count),
    area: new Int32Array(count),
    runs: new Int32Array(count),
    joined: new Int32Array(count),
    brightness: new Float64Array(count),
    edges: new Float64Array(count),
    childArea: new Int32Array(count),
  };
}

function tabulate(gray: Gray, level: number, runs: Runs, parent: Int32Array, joined: Int32Array): Layer {
  const component = new Int32Array(runs.count);
  let count = 0;
  for (let run = 0; run < runs.count; run++) {
    // A root comes before its members.
    component[run] = parent[run] === run ? count++ : component[find(parent, run)]!;
  }
  const table = createTable(count);
  table.count = count;
  for (let y = 0; y < gray.height; y++) {
    for (let run = runs.rowStart[y]!; run < runs.rowStart[y + 1]!; run++) {
      addRun(table, component[run]!, gray, { y, start: runs.start[run]!, end: runs.end[run]!, joined: joined[run]! });
    }
  }
  const { rowStart, start, end } = runs;
  return { level, rowStart, start, end, component, table };
}

interface Run {
  readonly y: number;
  readonly start: number;
  readonly end: number;
  readonly joined: number;
}

function addRun(table: ComponentTable, id: number, { width, bytes }: Gray, { y, start, end, joined }: Run): void {
  const row = y * width;
  if (table.area[id] === 0) {
    table.left[id] = start;
    table.top[id] = y;
    table.right[id] = end;
  }
  table.left[id] = Math.min(table.left[id]!, start);
  table.right[id] = Math.max(table.right[id]!, end);
  table.bottom[id] = y + 1;
  table.area[id]! += end - start;
  table.runs[id]! += 1;
  table.joined[id]! += joined;
  let sum = 0;
  for (let x = start; x < end; x++) sum += bytes[row + x]!;
  table.brightness[id]! += sum;
  // Two pixels out, so that a smoothed edge counts whole.
  const before = bytes[row + Math.max(0, start - 2)]!;
  const behind = bytes[row + Math.min(width - 1, end + 1)]!;
  table.edges[id]! += (2 * sum) / (end - start) - before - behind;
}

/** The component of `layer` at a pixel, or −1. */
export function componentAt({ rowStart, start, end, component }: Layer, x: number, y: number): number {
  let low = rowStart[y]!;
  let high = rowStart[y + 1]! - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (x < start[middle]!) high = middle - 1;
    else if (x >= end[middle]!) low = middle + 1;
    else return component[middle]!;
  }
  return -1;
}
