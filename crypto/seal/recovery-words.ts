import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { SealError } from './error.js';
import { KEY_BYTES } from './suite.js';

/**
 * A 256-bit code as 24 words, BIP-39 with the English list (docs/spec/keystore.md §6): for the printed recovery kit and for
 * pairing where no QR code can be read. The last word carries eight bits of checksum.
 */

export const RECOVERY_WORD_COUNT = 24;

/** @param secret 32 bytes @returns 24 lower-case words, single spaces @throws SealError `key-invalid` */
export function encodeRecoveryWords(secret: Uint8Array): string {
  if (secret.length !== KEY_BYTES) throw new SealError('key-invalid', 'recovery words carry 32 bytes');
  return entropyToMnemonic(secret, wordlist);
}

/**
 * Upper case and any white space are forgiven, nothing else: a word is never guessed.
 * @returns 32 bytes
 * @throws SealError `recovery-words-count`, `recovery-words-unknown`, `recovery-words-checksum`
 */
export function parseRecoveryWords(text: string): Uint8Array {
  const words = splitWords(text);
  if (words.length !== RECOVERY_WORD_COUNT) throw new SealError('recovery-words-count', 'not 24 words');
  if (unknownRecoveryWords(text).length > 0) throw new SealError('recovery-words-unknown', 'a word is not in the list');
  try {
    return mnemonicToEntropy(words.join(' '), wordlist);
  } catch {
    // Without the cause: it may quote what was typed.
    throw new SealError('recovery-words-checksum', 'the words do not belong together');
  }
}

/** Positions, from 0, of the words that are not in the list, so that the person can be shown where to look. */
export function unknownRecoveryWords(text: string): number[] {
  return splitWords(text).flatMap((word, position) => (KNOWN.has(word) ? [] : [position]));
}

const KNOWN: ReadonlySet<string> = new Set(wordlist);

function splitWords(text: string): string[] {
  return text
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== '');
}
