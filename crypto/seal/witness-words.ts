import { wordlist } from '@scure/bip39/wordlists/english.js';
import { concatBytes, equalBytes, utf8 } from '../wire/bytes.js';
import { hkdfExpandSha256 } from './suite.js';

/**
 * Four words of the recovery kit that say whose word for the directory counts (docs/spec/keystore.md §6): a relay that names other witnesses to who
 * recovers would have to guess them, once, because they are keyed with the code.
 */
export const WITNESS_WORD_COUNT = 4;

const BITS_A_WORD = 11;
const LABEL = 'bb1/recovery/policy\0';

/** @param code the kit's 32 bytes @param policyDigest SHA-256 of the policy in its one spelling */
export function witnessWords(code: Uint8Array, policyDigest: Uint8Array): string[] {
  // 6 of 32 bytes; the four words take 44 of their 48 bits.
  const bytes = hkdfExpandSha256(code, concatBytes(utf8(LABEL), policyDigest), 6);
  const value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) >> 4n;
  return Array.from({ length: WITNESS_WORD_COUNT }, (_, i) => {
    const shift = BigInt(BITS_A_WORD * (WITNESS_WORD_COUNT - 1 - i));
    return wordlist[Number((value >> shift) & 0x7ffn)] ?? '';
  });
}

/** In constant time; upper case is forgiven, as in the other words. */
export function areWitnessWords(given: readonly string[], code: Uint8Array, policyDigest: Uint8Array): boolean {
  const expected = utf8(witnessWords(code, policyDigest).join(' '));
  return equalBytes(utf8(given.join(' ').toLowerCase()), expected);
}
