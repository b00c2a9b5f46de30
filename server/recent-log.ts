import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** The newest lines of the log, kept beside the data for a support bundle: what is older is the log collector's. */

const NAME = 'recent.log';
const BEFORE = `${NAME}.1`;
const MAX_BYTES = 1024 * 1024;

export interface LineStream {
  write(line: string): void;
}

/** Passes every line on, and keeps a copy as well as it can: what counts is the log itself. */
export function keepRecentLog(dataDir: string, next: LineStream): LineStream {
  const path = join(dataDir, NAME);
  let kept: { fd: number; bytes: number } | null = null;
  const keep = (line: string): void => {
    if (kept === null || kept.bytes >= MAX_BYTES) kept = turnOver(path, join(dataDir, BEFORE), kept);
    kept.bytes += writeSync(kept.fd, line);
  };
  return {
    write(line) {
      next.write(line);
      try {
        keep(line);
      } catch {
        kept = null;
      }
    },
  };
}

function turnOver(path: string, before: string, kept: { readonly fd: number } | null) {
  if (kept !== null) {
    closeSync(kept.fd);
    renameSync(path, before);
  }
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
  const fd = openSync(path, 'a', 0o600);
  return { fd, bytes: fstatSync(fd).size };
}

/** @param most lines, the newest; oldest first */
export function readRecentLog(dataDir: string, most: number): string[] {
  const lines = [BEFORE, NAME].flatMap((name) => {
    try {
      return readFileSync(join(dataDir, name), 'utf8').split('\n');
    } catch {
      return [];
    }
  });
  return lines.filter((line) => line !== '').slice(-most);
}
