import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeFrame } from '../../client/core/pixels/decode.js';
import { openPixels } from '../../client/core/pixels/open-pixels.js';
import { toPicture } from '../../client/core/pixels/picture.js';
import type { Picture } from '../../client/core/pixels/raster/raster.js';
import { findCandidates, type LineCandidate } from '../../client/core/pixels/text/candidates.js';
import type { Forest } from '../../client/core/pixels/text/forest.js';
import { createCodecModules } from '../../client/node/pixels/codec-modules.js';
import { createExample } from '../support/burned-in/example.js';
import type { Token } from '../support/burned-in/canvas.js';
import { corpusFiles, corpusSource } from '../support/corpus.js';

/**
 * Makes client/core/pixels/text/line-model.ts: boosted trees that tell lines of text from anatomy, learned from generated
 * pictures of odd seeds (the campaign uses even ones) and, where the corpus is present, from real slices that show no text.
 * `npx tsx test/bench/train-text.ts [PICTURES]`
 */

interface Sample {
  readonly features: readonly number[];
  readonly isText: 0 | 1;
  readonly weight: number;
}

const TREES = 120;
const DEPTH = 4;
const RATE = 0.15;
const BINS = 48;

function sampleOf(candidate: LineCandidate, tokens: readonly Token[]): Sample {
  const { left, top, right, bottom, features } = candidate;
  let covered = 0;
  for (const { x, y, width, height } of tokens) {
    const w = Math.min(right, x + width + 2) - Math.max(left, x - 2);
    const h = Math.min(bottom, y + height + 2) - Math.max(top, y - 2);
    if (w > 0 && h > 0) covered += w * h;
  }
  const isText = covered > 0.6 * (right - left) * (bottom - top) ? 1 : 0;
  // What is wrongly covered costs by its area.
  const area = (right - left) * (bottom - top);
  return { features, isText, weight: isText === 1 ? 1 : Math.min(4, 0.5 + area / 1500) };
}

function generated(count: number): Sample[] {
  const samples: Sample[] = [];
  for (let i = 0; i < count; i++) {
    const { picture, tokens } = createExample(2 * i + 1);
    for (const candidate of findCandidates(picture)) samples.push(sampleOf(candidate, tokens));
  }
  return samples;
}

/** Real slices without text, of every sixth file, so that the others can be measured on. */
async function real(): Promise<Sample[]> {
  const plain = (corpusFiles() ?? []).filter(({ path }) => !path.startsWith('malformed/'));
  const samples: Sample[] = [];
  const modules = createCodecModules();
  for (const file of plain.filter(({ path }, i) => i % 6 === 0 || path.includes('eCT_Supplemental'))) {
    const opened = await openPixels(corpusSource(file)).catch(() => null);
    if (opened === null || !['CT', 'MR', 'PT', 'CR', 'DX'].includes(opened.image.modality)) continue;
    const { image, frames } = opened;
    const raster = await decodeFrame(modules, image, await frames.read(0)).catch(() => null);
    if (raster === null || Math.min(raster.width, raster.height) < 128) continue;
    const picture: Picture = toPicture(raster, image);
    for (const candidate of findCandidates(picture)) samples.push(sampleOf(candidate, []));
  }
  return samples;
}

/** Gradient boosting of the logistic loss with binned features. */
function train(samples: readonly Sample[]): Forest {
  const limits = (samples[0]?.features ?? []).map((_, f) => quantiles(samples.map(({ features }) => features[f] ?? 0)));
  const binned = samples.map(({ features }) => features.map((value, f) => binOf(limits[f] ?? [], value)));
  const total = samples.reduce((sum, { weight }) => sum + weight, 0);
  const share = samples.reduce((sum, { isText, weight }) => sum + isText * weight, 0) / total;
  const base = Math.log(share / (1 - share));
  const sums = new Float64Array(samples.length).fill(base);
  const trees: number[][] = [];
  for (let tree = 0; tree < TREES; tree++) {
    const gradient = samples.map(({ isText, weight }, i) => weight * (isText - 1 / (1 + Math.exp(-sums[i]!))));
    const curve = samples.map(({ weight }, i) => {
      const p = 1 / (1 + Math.exp(-sums[i]!));
      return weight * p * (1 - p);
    });
    const members = samples.map((_, i) => i);
    trees.push(grow({ binned, limits, gradient, curve, sums }, members, DEPTH));
  }
  return { base: round(base), trees };
}

interface Growing {
  readonly binned: readonly (readonly number[])[];
  readonly limits: readonly (readonly number[])[];
  readonly gradient: readonly number[];
  readonly curve: readonly number[];
  readonly sums: Float64Array;
}

function grow(state: Growing, members: readonly number[], depth: number): number[] {
  const split = depth === 0 ? null : bestSplit(state, members);
  if (split === null) {
    const g = members.reduce((sum, i) => sum + state.gradient[i]!, 0);
    const h = members.reduce((sum, i) => sum + state.curve[i]!, 0);
    const value = round((RATE * g) / (h + 1));
    for (const i of members) state.sums[i]! += value;
    return [-1, value];
  }
  const isLeft = (i: number): boolean => state.binned[i]![split.feature]! <= split.bin;
  const left = grow(state, members.filter(isLeft), depth - 1);
  const right = grow(
    state,
    members.filter((i) => !isLeft(i)),
    depth - 1,
  );
  return [split.feature, state.limits[split.feature]![split.bin]!, 3 + left.length, ...left, ...right];
}

function bestSplit(state: Growing, members: readonly number[]): { feature: number; bin: number } | null {
  let best: { feature: number; bin: number } | null = null;
  let bestGain = 0.5;
  const total = { g: 0, h: 0 };
  for (const i of members) {
    total.g += state.gradient[i]!;
    total.h += state.curve[i]!;
  }
  const score = (g: number, h: number): number => (g * g) / (h + 1);
  for (let feature = 0; feature < state.limits.length; feature++) {
    const g = new Float64Array(BINS + 1);
    const h = new Float64Array(BINS + 1);
    for (const i of members) {
      g[state.binned[i]![feature]!]! += state.gradient[i]!;
      h[state.binned[i]![feature]!]! += state.curve[i]!;
    }
    let [gl, hl] = [0, 0];
    for (let bin = 0; bin < (state.limits[feature]?.length ?? 0); bin++) {
      gl += g[bin]!;
      hl += h[bin]!;
      if (hl < 3 || total.h - hl < 3) continue;
      const gain = score(gl, hl) + score(total.g - gl, total.h - hl) - score(total.g, total.h);
      if (gain > bestGain) [bestGain, best] = [gain, { feature, bin }];
    }
  }
  return best;
}

function quantiles(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const cuts = Array.from({ length: BINS - 1 }, (_, i) =>
    round(sorted[Math.floor(((i + 1) * sorted.length) / BINS)] ?? 0),
  );
  return [...new Set(cuts)];
}

function binOf(limits: readonly number[], value: number): number {
  let bin = 0;
  while (bin < limits.length && value > limits[bin]!) bin++;
  return bin;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

async function main(): Promise<void> {
  const count = Number(process.argv[2] ?? 240);
  const samples = [...generated(count), ...(await real())];
  const forest = train(samples);
  const text = samples.filter(({ isText }) => isText === 1).length;
  process.stdout.write(`${samples.length} lines, ${text} of text\n`);
  const lines = forest.trees.map((tree: readonly number[]) => `    [${tree.join(', ')}],`);
  const file = join(import.meta.dirname, '../../client/core/pixels/text/line-model.ts');
  writeFileSync(
    file,
    [
      "import type { Forest } from './forest.js';",
      '',
      '/** Learned, not written: made by test/bench/train-text.ts. Features in the order of FEATURES in ./features.ts. */',
      'export const LINE_MODEL: Forest = {',
      `  base: ${forest.base},`,
      '  // prettier-ignore',
      '  trees: [',
      ...lines,
      '  ],',
      '};',
      '',
    ].join('\n'),
  );
}

await main();
