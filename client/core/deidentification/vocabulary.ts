import { VOCABULARY_WORDS } from './tables/vocabulary.js';
import { foldText } from './fold.js';

let known: ReadonlySet<string> | null = null;

/** Whether a word, folded, is one of imaging and grammar that identifies nobody. */
export function isVocabulary(folded: string): boolean {
  known ??= new Set(
    VOCABULARY_WORDS.trim()
      .split(/\s+/)
      .flatMap((word) => [foldText(word), foldText(word, 'german')]),
  );
  return known.has(folded);
}
