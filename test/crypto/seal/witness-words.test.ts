import { createHmac } from 'node:crypto';
import { assert } from 'chai';
import fc from 'fast-check';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { encodeSecretLink, parseSecretLink } from '../../../crypto/wire/pairing.js';
import { parseMailboxId } from '../../../crypto/wire/ids.js';
import { areWitnessWords, witnessWords } from '../../../crypto/seal/witness-words.js';

/** docs/spec/keystore.md §6, by node:crypto: HKDF-Expand of one block is one HMAC. */
function secondWords(code: Uint8Array, digest: Uint8Array): string[] {
  const info = Buffer.concat([Buffer.from('bb1/recovery/policy\0'), digest, Buffer.of(1)]);
  const tag = createHmac('sha256', code).update(info).digest();
  const bits = [...tag.subarray(0, 6)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return [0, 11, 22, 33].map((at) => wordlist[parseInt(bits.slice(at, at + 11), 2)] ?? '');
}

const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('the witness words of a kit', () => {
  it('are those of the worked example', () => {
    const words = witnessWords(new Uint8Array(32).fill(0x11), new Uint8Array(32).fill(0x22));
    assert.deepEqual(words, EXAMPLE);
  });

  it('are what the specification says, and fit their own code and policy alone', () => {
    fc.assert(
      fc.property(bytes, bytes, bytes, (code, digest, other) => {
        const words = witnessWords(code, digest);
        assert.deepEqual(words, secondWords(code, digest));
        assert.isTrue(areWitnessWords(words, code, digest));
        assert.isTrue(
          areWitnessWords(
            words.map((word) => word.toUpperCase()),
            code,
            digest,
          ),
        );
        if (Buffer.compare(other, digest) !== 0) assert.isFalse(areWitnessWords(words, code, other));
        if (Buffer.compare(other, code) !== 0) assert.isFalse(areWitnessWords(words, other, digest));
        assert.isFalse(areWitnessWords(words.slice(1), code, digest));
        assert.isFalse(areWitnessWords([...words, 'abandon'], code, digest));
        assert.isFalse(areWitnessWords([], code, digest));
      }),
      { numRuns: 50 },
    );
  });

  it('travel in the link of a kit, in one form, and in no other link', () => {
    const link = {
      purpose: 'recover' as const,
      origin: 'https://relay.example',
      mailboxId: parseMailboxId('ab'.repeat(32)),
      secret: new Uint8Array(32),
      witnessWords: EXAMPLE,
    };
    const text = encodeSecretLink(link);
    assert.deepEqual(parseSecretLink(text), link);
    const wrong = [
      `${text}-abandon`,
      `${text}.`,
      text.replace(/-[a-z]+$/, ''),
      text.replace('recover', 'pair'),
      `${text}A`,
    ];
    for (const one of wrong) assert.throws(() => parseSecretLink(one), undefined, undefined, one);
  });
});

const EXAMPLE = ['brush', 'wrap', 'wait', 'stable'];
