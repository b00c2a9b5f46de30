import { type Language } from '../texts/keys.js';

/** How this browser shows things. Nothing of a message, a mailbox or a key is among it. */

export type Theme = 'system' | 'light' | 'dark';

export interface Settings {
  readonly language: Language;
  readonly theme: Theme;
  /** Minutes without a touch until the account is locked. */
  readonly lockMinutes: number;
  /** Whether the desktop is told of new messages. */
  readonly notify: boolean;
}

export const LOCK_MINUTES = [5, 10, 15, 30, 60] as const;
const KEY = 'bildbote-settings';

export function loadSettings(): Settings {
  const saved = readSaved();
  const { language, theme, lockMinutes, notify } = saved;
  return {
    language: language === 'de' || language === 'en' ? language : ownLanguage(),
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    lockMinutes: LOCK_MINUTES.find((minutes) => minutes === lockMinutes) ?? 15,
    notify: notify === true,
  };
}

function ownLanguage(): Language {
  return navigator.language.toLowerCase().startsWith('de') ? 'de' : 'en';
}

function readSaved(): Partial<Record<keyof Settings, unknown>> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

export function saveSettings(settings: Settings): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // A browser that keeps nothing: the choice holds until the tab closes.
  }
}

/** What the style sheet and screen readers go by. */
export function showSettings({ language, theme }: Settings): void {
  document.documentElement.lang = language;
  document.documentElement.dataset['theme'] = theme;
}
