import { type Language } from './keys.js';

/** Numbers, times and names as people of the language write them. */

/** English with days before months, as practices here write. */
function localeOf(language: Language): string {
  return language === 'en' ? 'en-GB' : 'de-DE';
}

/** In English the month is a word: 05/01 is read in two ways, and a date of birth must not be. */
function dayOf(language: Language): Intl.DateTimeFormatOptions {
  return language === 'en' ? { day: 'numeric', month: 'short' } : { day: '2-digit', month: '2-digit' };
}

export function formatBytes(bytes: number, language: Language): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toLocaleString(localeOf(language), { maximumFractionDigits: digits })}\u00a0${units[unit] ?? ''}`;
}

export function formatTime(ms: number, language: Language): string {
  return new Date(ms).toLocaleString(localeOf(language), { dateStyle: 'medium', timeStyle: 'short' });
}

/** Today the hour, else the day. */
export function formatShortTime(ms: number, nowMs: number, language: Language): string {
  const [date, now] = [new Date(ms), new Date(nowMs)];
  if (date.toDateString() === now.toDateString())
    return date.toLocaleTimeString(localeOf(language), { timeStyle: 'short' });
  const isThisYear = date.getFullYear() === now.getFullYear();
  const year = isThisYear ? {} : ({ year: language === 'en' ? 'numeric' : '2-digit' } as const);
  return date.toLocaleDateString(localeOf(language), { ...dayOf(language), ...year });
}

export function formatDate(ms: number, language: Language): string {
  return new Date(ms).toLocaleDateString(localeOf(language), { dateStyle: 'medium' });
}

/** `2 h 5 min`, `3 d 4 h`: the two largest units. */
export function formatSpan(ms: number, language: Language): string {
  const minutes = Math.max(1, Math.round(Math.abs(ms) / 60_000));
  const day = language === 'de' ? 'T' : 'd';
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60];
  if (days > 0) return hours > 0 ? `${days} ${day} ${hours} h` : `${days} ${day}`;
  if (hours > 0) return rest > 0 ? `${hours} h ${rest} min` : `${hours} h`;
  return `${rest} min`;
}

export function formatSeconds(seconds: number, language: Language): string {
  return seconds < 60 ? `${Math.max(1, Math.ceil(seconds))} s` : formatSpan(seconds * 1000, language);
}

/** DICOM DA, 20261124. What is no date stays as it came. */
export function formatDicomDate(text: string, language: Language): string {
  const [, year = '', month = '', day = ''] = /^(\d{4})(\d{2})(\d{2})$/.exec(text) ?? [];
  if (year === '') return text;
  const date = new Date(Number(year), Number(month) - 1, Number(day));
  if (date.getMonth() !== Number(month) - 1) return text;
  return date.toLocaleDateString(localeOf(language), { ...dayOf(language), year: 'numeric' });
}

/** DICOM PN: `Family^Given^Middle^Prefix^Suffix`, the first representation that says something. */
export function formatPersonName(text: string): string {
  const group = text.split('=').find((part) => part.replaceAll('^', '').trim() !== '') ?? '';
  const [family = '', given = '', middle = '', prefix = '', suffix = ''] = group.split('^').map((part) => part.trim());
  const first = [prefix, given, middle].filter((part) => part !== '').join(' ');
  const last = [family, suffix].filter((part) => part !== '').join(' ');
  return [last, first].filter((part) => part !== '').join(', ');
}
