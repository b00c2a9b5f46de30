import type { Box } from './extend.js';
import type { TextLine } from './find-text.js';

/** Gaps between two pieces of one line, in heights: a space in wide type, or a full stop and a space. */
const MAX_GAP = 2.2;

/**
 * Puts pieces of a line together and leaves out turned lines that are only columns of upright ones: letters stand below
 * letters in every block of text.
 */
export function joinLines(lines: readonly TextLine[]): TextLine[] {
  const upright = joinAlong(lines.filter(({ isTurned }) => !isTurned));
  const turned = lines.filter((line) => line.isTurned && coveredShare(line, upright) < 0.4);
  return [...upright, ...joinAlong(turned.map(flipped)).map(flipped)];
}

function flipped({ left, top, right, bottom, ...rest }: TextLine): TextLine {
  return { ...rest, left: top, top: left, right: bottom, bottom: right };
}

function joinAlong(lines: readonly TextLine[]): TextLine[] {
  const open = [...lines].sort((a, b) => a.left - b.left);
  const done: TextLine[] = [];
  for (let line = open.shift(); line !== undefined; line = open.shift()) {
    let joined = line;
    for (let at = open.findIndex((other) => belong(joined, other)); at >= 0;) {
      const [other] = open.splice(at, 1);
      if (other !== undefined) joined = union(joined, other);
      at = open.findIndex((next) => belong(joined, next));
    }
    done.push(joined);
  }
  return done;
}

function belong(a: TextLine, b: TextLine): boolean {
  const common = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  const small = Math.min(a.bottom - a.top, b.bottom - b.top);
  if (common < 0.6 * small) return false;
  const gap = Math.max(a.left, b.left) - Math.min(a.right, b.right);
  // What lies within the other adds nothing; what stands beside it must be of about its size.
  const isWithin = gap < 0 && -gap >= 0.9 * Math.min(a.right - a.left, b.right - b.left);
  if (isWithin) return common >= 0.9 * small;
  const ratio = a.size / b.size;
  return ratio < 2 && ratio > 0.5 && gap <= MAX_GAP * Math.max(a.size, b.size);
}

function union(a: TextLine, b: TextLine): TextLine {
  return {
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
    size: Math.max(a.size, b.size),
    isTurned: a.isTurned,
    characters: countTogether(a, b),
    confidence: Math.max(a.confidence, b.confidence),
  };
}

/** What lies within the other was counted there. */
function countTogether(a: TextLine, b: TextLine): number {
  const isBeside = Math.max(a.left, b.left) >= Math.min(a.right, b.right) - 1;
  return isBeside ? a.characters + b.characters : Math.max(a.characters, b.characters);
}

function coveredShare(box: Box, others: readonly Box[]): number {
  let covered = 0;
  for (const other of others) {
    const width = Math.min(box.right, other.right) - Math.max(box.left, other.left);
    const height = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
    if (width > 0 && height > 0) covered += width * height;
  }
  return covered / ((box.right - box.left) * (box.bottom - box.top));
}
