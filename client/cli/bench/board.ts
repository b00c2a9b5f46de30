import { cpus, release, totalmem } from 'node:os';
import { type Figures, type Way } from './ground/way.js';

/** What came out of a run: a table for people, an object for machines, and the ratios that a later run is held against. */

export interface Row {
  readonly way: Pick<Way, 'name' | 'title' | 'isSealed'>;
  /** Medians. */
  readonly figures: Figures;
  /** Why it could not be gone; then there are no figures. */
  readonly trips: number;
}

export interface Board {
  readonly study: string;
  readonly line: string;
  readonly bytes: number;
  readonly rows: readonly Row[];
  readonly missing: readonly string[];
}

/** The way that the others are compared with: the best sealed peer. */
const REFERENCE = 'age';

export function medianFigures(all: readonly Figures[]): Figures {
  const of = (pick: (figures: Figures) => number): number => median(all.map(pick));
  const wires = all.flatMap(({ wireBytes }) => (wireBytes === null ? [] : [wireBytes]));
  return {
    wallS: of(({ wallS }) => wallS),
    cpuS: of(({ cpuS }) => cpuS),
    peakBytes: of(({ peakBytes }) => peakBytes),
    firstS: of(({ firstS }) => firstS),
    wireBytes: wires.length === 0 ? null : median(wires),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? NaN : (low + high) / 2;
}

export function referenceOf({ rows }: Board): Row | null {
  return rows.find(({ way }) => way.name === REFERENCE) ?? null;
}

export function boardText(board: Board): string {
  const reference = referenceOf(board)?.figures.wallS ?? null;
  const head = '| way | wall s | CPU s | peak MB | first s | line MB | wall ÷ age |\n|---|---|---|---|---|---|---|';
  const rows = [...board.rows].sort((a, b) => a.figures.wallS - b.figures.wallS).map((row) => rowText(row, reference));
  const size = `${megabytes(board.bytes)} MB`;
  const missing = board.missing.map((text) => `not measured: ${text}`);
  return [`### ${board.study} (${size}), ${board.line}`, '', head, ...rows, '', ...missing].join('\n');
}

function rowText({ way, figures }: Row, reference: number | null): string {
  const { wallS, cpuS, peakBytes, firstS, wireBytes } = figures;
  const ratio = reference === null ? '' : (wallS / reference).toFixed(2);
  const wire = wireBytes === null ? '' : megabytes(wireBytes);
  const cells = [wallS.toFixed(2), cpuS.toFixed(1), megabytes(peakBytes), firstS.toFixed(2), wire, ratio];
  const title = way.name.startsWith('bildbote') ? `**${way.title}**` : way.title;
  return `| ${[title, ...cells].join(' | ')} |`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}

export function machineText(): string {
  const [first] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${cpus().length} × ${first?.model.trim() ?? 'processor'}, ${memory}, ${process.platform} ${release()}, Node ${process.versions.node}`;
}

/**
 * By which runs on different days can be compared: wall and processor time as shares of the reference's, and bytes of the line for each of
 * the study.
 */
export function ratiosOf(boards: readonly Board[]): Record<string, number> {
  const ratios: Record<string, number> = {};
  for (const board of boards) {
    const reference = referenceOf(board)?.figures;
    for (const { way, figures } of board.rows) {
      if (!way.name.startsWith('bildbote')) continue;
      const name = `${board.study}, ${board.line}, ${way.name}`;
      if (figures.wireBytes !== null) ratios[`${name}: bytes`] = figures.wireBytes / board.bytes;
      if (reference === undefined) continue;
      ratios[`${name}: wall`] = figures.wallS / reference.wallS;
      ratios[`${name}: processor`] = figures.cpuS / reference.cpuS;
    }
  }
  return ratios;
}
