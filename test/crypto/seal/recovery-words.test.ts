import { assert } from 'chai';
import fc from 'fast-check';
import { fromHex, toHex } from '../../../crypto/wire/bytes.js';
import {
  RECOVERY_WORD_COUNT,
  encodeRecoveryWords,
  parseRecoveryWords,
  unknownRecoveryWords,
} from '../../../crypto/seal/recovery-words.js';
import { assertRefused } from './refusals.js';

// BIP-39, the published test vector for 32 bytes of 0x7f.
const SECRET = '7f'.repeat(32);
const WORDS =
  'legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful ' +
  'legal winner thank year wave sausage worth title';

describe('recovery words: 256 bits on paper', () => {
  it('are those of BIP-39', () => {
    assert.equal(encodeRecoveryWords(fromHex(SECRET)), WORDS);
    assert.equal(toHex(parseRecoveryWords(WORDS)), SECRET);
  });

  it('give every secret back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (secret) => {
        const words = encodeRecoveryWords(secret);
        assert.lengthOf(words.split(' '), RECOVERY_WORD_COUNT);
        assert.equal(toHex(parseRecoveryWords(words)), toHex(secret));
      }),
      { seed: 11 },
    );
  });

  it('may be typed in upper case, with line breaks and more spaces', () => {
    const typed = `\n  ${WORDS.toUpperCase().replaceAll(' ', '  \t')}\r\n`;
    assert.equal(toHex(parseRecoveryWords(typed)), SECRET);
  });

  it('are refused when one is missing or too many', () => {
    for (const text of ['', WORDS.slice(0, WORDS.lastIndexOf(' ')), `${WORDS} legal`, WORDS.replaceAll(' ', '-')]) {
      assertRefused(() => parseRecoveryWords(text), 'recovery-words-count');
    }
  });

  it('are never guessed from a part or a misspelling', () => {
    for (const other of ['lega', 'legall', 'lëgal']) {
      const typed = WORDS.replace('legal', other);
      assertRefused(() => parseRecoveryWords(typed), 'recovery-words-unknown');
      assert.deepEqual(unknownRecoveryWords(typed), [0]);
    }
    assert.deepEqual(unknownRecoveryWords(`${WORDS} xyz`), [24]);
    assert.deepEqual(unknownRecoveryWords(WORDS), []);
  });

  it('are refused when a word is another, or two are exchanged', () => {
    assertRefused(() => parseRecoveryWords(WORDS.replace('title', 'useful')), 'recovery-words-checksum');
    assertRefused(() => parseRecoveryWords(WORDS.replace('legal winner', 'winner legal')), 'recovery-words-checksum');
  });

  it('carry 32 bytes only', () => {
    for (const length of [0, 16, 31, 33]) {
      assertRefused(() => encodeRecoveryWords(new Uint8Array(length)), 'key-invalid');
    }
  });
});
