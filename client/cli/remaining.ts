import { type Language } from './texts.js';

const MINUTE_MS = 60_000;

/** How much of a deadline is left, to the minute: `2 h 5 min left`, `3 min over`. */
export function remainingText(deadlineMs: number, nowMs: number, language: Language): string {
  const leftMs = deadlineMs - nowMs;
  const minutes = Math.floor(Math.abs(leftMs) / MINUTE_MS);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  const parts = [days > 0 ? `${days} d` : '', hours > 0 ? `${hours} h` : '', `${minutes % 60} min`];
  const text = parts.filter((part) => part !== '').join(' ');
  if (language === 'de') return leftMs >= 0 ? `noch ${text}` : `seit ${text} überfällig`;
  return leftMs >= 0 ? `${text} left` : `${text} over`;
}
