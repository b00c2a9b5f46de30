import { type Board, type Row } from './board.js';

/**
 * The boards of a run as a picture (SVG 1.1): for each way a bar as long as its trip took, and a mark where the first image was there. It
 * needs nothing but itself, and stands on light and on dark pages.
 */

/** The house's colours, as in client/web/page/style/tokens.css. */
const COLOURS = {
  sheet: '#ffffff',
  ink: '#17212b',
  muted: '#5b6773',
  ours: '#0b5c7d',
  others: '#8fbfd4',
  first: '#17603a',
};

const WIDTH = 860;
const LABELS = 390;
const VALUES = 90;
const ROW = 24;
const BAR = 14;
const HEAD = 40;
const GAP = 18;
const FOOT = 30;

export function plotSvg(boards: readonly Board[], machine: string): string {
  const height = boards.reduce((sum, { rows }) => sum + HEAD + rows.length * ROW + GAP, FOOT);
  let top = 0;
  const parts = boards.map((board) => {
    const drawn = boardParts(board, top);
    top += HEAD + board.rows.length * ROW + GAP;
    return drawn;
  });
  const foot = text(
    12,
    height - 12,
    `Bar: until the last verified file. Mark: first image. ${machine}`,
    COLOURS.muted,
    11,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>Seconds from folder to folder</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="${COLOURS.sheet}"/>`,
    ...parts,
    foot,
    '</svg>',
    '',
  ].join('\n');
}

function boardParts({ study, line, rows }: Board, top: number): string {
  const longest = Math.max(...rows.map(({ figures }) => figures.wallS));
  const scale = (seconds: number): number => ((WIDTH - LABELS - VALUES) * seconds) / longest;
  const sorted = [...rows].sort((a, b) => a.figures.wallS - b.figures.wallS);
  const title = text(12, top + 24, `${study}, ${line}`, COLOURS.ink, 14, 'font-weight="600"');
  return [title, ...sorted.map((row, i) => rowParts(row, top + HEAD + i * ROW, scale))].join('\n');
}

function rowParts({ way, figures }: Row, y: number, scale: (seconds: number) => number): string {
  const isOurs = way.name.startsWith('bildbote');
  const bar = scale(figures.wallS);
  const first = LABELS + Math.min(bar, scale(figures.firstS));
  const fill = isOurs ? COLOURS.ours : COLOURS.others;
  const label = text(LABELS - 8, y + BAR - 2, way.title, COLOURS.ink, 12, 'text-anchor="end"');
  const value = text(LABELS + bar + 8, y + BAR - 2, `${figures.wallS.toFixed(2)} s`, COLOURS.ink, 12);
  return [
    label,
    `<rect x="${LABELS}" y="${y}" width="${bar.toFixed(1)}" height="${BAR}" rx="2" fill="${fill}"/>`,
    `<rect x="${(first - 1.5).toFixed(1)}" y="${y - 3}" width="3" height="${BAR + 6}" fill="${COLOURS.first}"/>`,
    value,
  ].join('\n');
}

function text(x: number, y: number, content: string, colour: string, size: number, more = ''): string {
  const place = `x="${x.toFixed(1)}" y="${y}" fill="${colour}" font-size="${size}" font-family="system-ui, sans-serif"`;
  return `<text ${place}${more === '' ? '' : ` ${more}`}>${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
