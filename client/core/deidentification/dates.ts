/** Dates of DICOM (PS3.5 table 6.2-1) moved by whole days. What is no date is no date afterwards either: null. */

const DAY_MS = 86_400_000;

/** `YYYYMMDD`, or `YYYY.MM.DD` of old files. */
export function shiftDate(text: string, days: number): string | null {
  const match = /^(\d{4})\.?(\d{2})\.?(\d{2})$/.exec(text.trim());
  return match === null ? null : shifted(match[1] ?? '', match[2] ?? '', match[3] ?? '', days);
}

/** `YYYY[MM[DD[HH[MM[SS[.F]]]]]][&ZZXX]`: the precision stays, the time of day too. */
export function shiftDateTime(text: string, days: number): string | null {
  const match = /^(\d{4})(\d{2})?(\d{2})?(\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?)?([+-]\d{4})?$/.exec(text.trim());
  if (match === null) return null;
  const [, year = '', month, day, time = '', zone = ''] = match;
  const moved = shifted(year, month ?? '01', day ?? '01', days);
  if (moved === null) return null;
  const digits = day !== undefined ? 8 : month !== undefined ? 6 : 4;
  return moved.slice(0, digits) + time + zone;
}

export function isTime(text: string): boolean {
  return /^\d{2}:?(\d{2}:?(\d{2}(\.\d{1,6})?)?)?$/.test(text.trim());
}

function shifted(year: string, month: string, day: string, days: number): string | null {
  const ms = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const date = new Date(ms);
  if (Number(year) < 1000 || date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return null;
  const moved = new Date(ms + days * DAY_MS);
  const pad = (value: number, length: number): string => String(value).padStart(length, '0');
  return pad(moved.getUTCFullYear(), 4) + pad(moved.getUTCMonth() + 1, 2) + pad(moved.getUTCDate(), 2);
}
