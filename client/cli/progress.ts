import { type Language } from './texts.js';

/** A line with share, rate and remaining time; nothing at all where nobody is looking. */
export interface ProgressLine {
  show(phase: string, bytes: number, totalBytes: number | null): void;
  done(): void;
}

interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const REDRAW_MS = 100;
const BAR_CELLS = 24;
/** The rate is that of the last seconds: a line that has slowed down says so. */
const WINDOW_MS = 10_000;

export function createProgressLine(screen: Screen, language: Language, now: () => number = Date.now): ProgressLine {
  let drawnMs = -REDRAW_MS;
  let isShown = false;
  let samples: { ms: number; bytes: number }[] = [];
  return {
    show(phase, bytes, totalBytes) {
      const ms = now();
      samples = [...samples.filter((sample) => ms - sample.ms < WINDOW_MS), { ms, bytes }];
      if (screen.isTTY !== true || (ms - drawnMs < REDRAW_MS && bytes !== totalBytes)) return;
      drawnMs = ms;
      isShown = true;
      screen.write(`\r\u001b[K${progressText(phase, bytes, totalBytes, rateOf(samples), language)}`);
    },
    done() {
      if (isShown) screen.write('\n');
      isShown = false;
      samples = [];
    },
  };
}

/** Bytes per second over the samples, 0 while it is unknown. */
function rateOf(samples: readonly { ms: number; bytes: number }[]): number {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.ms === first.ms) return 0;
  return ((last.bytes - first.bytes) * 1000) / (last.ms - first.ms);
}

export function progressText(
  phase: string,
  bytes: number,
  totalBytes: number | null,
  bytesPerSecond: number,
  language: Language,
): string {
  const rate = bytesPerSecond > 0 ? `${formatBytes(bytesPerSecond, language)}/s` : '';
  if (totalBytes === null || totalBytes === 0) return `${phase}  ${formatBytes(bytes, language)}  ${rate}`;
  const share = Math.min(1, bytes / totalBytes);
  const cells = Math.round(share * BAR_CELLS);
  const bar = '█'.repeat(cells) + '░'.repeat(BAR_CELLS - cells);
  const left = bytesPerSecond > 0 ? formatDuration((totalBytes - bytes) / bytesPerSecond, language) : '';
  const percent = `${Math.floor(share * 100)}`.padStart(3);
  return `${phase}  ${bar} ${percent} %  ${formatBytes(totalBytes, language)}  ${rate}  ${left}`.trimEnd();
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export function formatBytes(bytes: number, language: Language): string {
  const unit = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)));
  const value = bytes / 1000 ** unit;
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toLocaleString(language, { maximumFractionDigits: digits })} ${UNITS[unit] ?? ''}`;
}

function formatDuration(seconds: number, language: Language): string {
  const left = language === 'de' ? 'noch ' : '';
  const right = language === 'de' ? '' : ' left';
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${left}${whole} s${right}`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${left}${minutes} min ${whole % 60} s${right}`;
  return `${left}${Math.floor(minutes / 60)} h ${minutes % 60} min${right}`;
}
