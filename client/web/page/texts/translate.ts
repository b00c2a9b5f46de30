import { de } from './de.js';
import { en } from './en.js';
import { type Language, type TextKey } from './keys.js';

export type Translate = (key: TextKey, values?: Readonly<Record<string, string | number>>) => string;

/** `{name}` in a text is put in from `values`: as text, never as markup. */
export function translator(language: Language): Translate {
  const texts: Readonly<Record<TextKey, string>> = language === 'de' ? de : en;
  return (key, values = {}) =>
    texts[key].replaceAll(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}

/** A code that has no text of its own is an unexpected error. */
export function errorKey(code: string): TextKey {
  const key = `error.${code}`;
  return key in en ? (key as TextKey) : 'error.internal-error';
}
