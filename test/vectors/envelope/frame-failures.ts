import { type Fields, fields, join, u16, u32 } from '../second.js';
import { type Failure, type Failures, type Letter, type Sealed, PAYLOAD_ID, PAYLOAD_SECRET } from './writer.js';

/** Failures that a reader finds before he looks at the sender: the frame, its key, the padding, the inner message. */

const MAGIC_AT = 0;
const SUITE_AT = 8;
const HINT_AT = 10;
const ENC_AT = 18;
const X25519_AT = ENC_AT + 1088;
const COMMITMENT_AT = ENC_AT + 1120;
const CIPHERTEXT_AT = COMMITMENT_AT + 32;

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const out = bytes.slice();
  const index = at < 0 ? out.length + at : at;
  out[index] = (out[index] ?? 0) ^ 1;
  return out;
}

function withSuite(bytes: Uint8Array, suite: number): Uint8Array {
  return join(bytes.subarray(0, SUITE_AT), u16(suite), bytes.subarray(HINT_AT));
}

export function frameFailures(letter: Letter, { bytes }: Sealed): Failures {
  const changed = (description: string, altered: Uint8Array): Failure => [description, { bytes: altered }];
  return {
    'magic-flipped': changed('Another magic', flipped(bytes, MAGIC_AT)),
    'suite-older': changed('Suite 0x0000', withSuite(bytes, 0)),
    'suite-disabled': changed('Suite 0x0002', withSuite(bytes, 2)),
    'suite-sealed-as-other': ['Rightly sealed for suite 0x0002', { letter: { ...letter, suite: 2, infoSuite: 2 } }],
    'hint-flipped': changed('Another key hint', flipped(bytes, HINT_AT)),
    'enc-ml-kem-flipped': changed('A bit of the ML-KEM ciphertext', flipped(bytes, ENC_AT)),
    'enc-x25519-flipped': changed('A bit of the X25519 share', flipped(bytes, X25519_AT)),
    'enc-post-quantum-stripped': changed(
      'Zeros for the ML-KEM ciphertext',
      join(bytes.subarray(0, ENC_AT), new Uint8Array(1088), bytes.subarray(X25519_AT)),
    ),
    'commitment-flipped': changed('A bit of the commitment', flipped(bytes, COMMITMENT_AT)),
    'commitment-authenticated': [
      'Another commitment, under the tag of the ciphertext',
      { letter: { ...letter, commitment: (right) => flipped(right, 0) } },
    ],
    'ciphertext-flipped': changed('A bit of the ciphertext', flipped(bytes, CIPHERTEXT_AT)),
    'tag-flipped': changed('A bit of the tag', flipped(bytes, -1)),
    truncated: changed('One byte short', bytes.subarray(0, -1)),
    extended: changed('One byte more', join(bytes, Uint8Array.of(0))),
    'info-of-other-suite': ['The HPKE info names suite 0x0002', { letter: { ...letter, infoSuite: 2 } }],
  };
}

function repadded(text: Uint8Array, inner: Uint8Array, length: number): Uint8Array {
  return join(u32(length), inner, text.subarray(4 + inner.length));
}

function paddingFailures(letter: Letter): Failures {
  const text = (description: string, rawText: NonNullable<Letter['rawText']>): Failure => [
    description,
    { letter: { ...letter, rawText } },
  ];
  return {
    'padding-not-zero': text('The last byte of the padding is 1', (right) => flipped(right, -1)),
    'padding-longer': text('More padding than Padmé gives', (right) => join(right, new Uint8Array(4096))),
    'padding-none': text('No padding', (_right, inner) => join(u32(inner.length), inner, new Uint8Array(0))),
    'length-beyond-the-end': text('The length leads beyond the end', (right, inner) => repadded(right, inner, 2 ** 31)),
    'length-short': text('The length ends in the message', (right, inner) => repadded(right, inner, inner.length - 1)),
    'length-long': text('The length takes in padding', (right, inner) => repadded(right, inner, inner.length + 1)),
  };
}

export function innerFailures(letter: Letter, { header, part }: Sealed): Failures {
  const inner = (description: string, innerChange: Fields): Failure => [
    description,
    { letter: { ...letter, innerChange } },
  ];
  const signature = letter.key.sign(letter.label, join(header, part));
  const entry = [PAYLOAD_ID, PAYLOAD_SECRET] as const;
  const other = new Uint8Array(32);
  return {
    ...paddingFailures(letter),
    'inner-field-extra': inner('A fifth field', { 5: null }),
    'inner-unsorted': ['Its fields in another order', { letter: { ...letter, rawInner: unsorted } }],
    'signature-empty': inner('An empty signature', { 3: new Uint8Array(0) }),
    'signature-null': inner('null instead of a signature', { 3: null }),
    'signature-twice': inner('A list of two signatures', { 3: [signature, signature] }),
    'signature-short': inner('The Ed25519 half alone', { 3: signature.subarray(0, 64) }),
    'header-as-map': inner('H as a map instead of bytes', { 1: fields({ 1: 'msg' }) }),
    'secret-missing': inner('A payload without a secret', { 4: [] }),
    'secret-more': inner('A secret without a payload', { 4: [entry, [other, PAYLOAD_SECRET]] }),
    'secret-twice': inner('Two secrets for one payload', { 4: [entry, entry] }),
    'secret-short': inner('A secret of 31 bytes', { 4: [[PAYLOAD_ID, PAYLOAD_SECRET.subarray(1)]] }),
  };
}

/** `{1: H, 2: P, …}` → `{2: P, 1: H, …}`: H and P are byte strings with lengths of two and one bytes. */
function unsorted(inner: Uint8Array): Uint8Array {
  const header = 1 + 1 + 3 + (((inner[3] ?? 0) << 8) | (inner[4] ?? 0));
  const part = header + 1 + 2 + (inner[header + 2] ?? 0);
  return join(inner.subarray(0, 1), inner.subarray(header, part), inner.subarray(1, header), inner.subarray(part));
}
