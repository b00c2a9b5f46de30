import { toHex } from '../../../crypto/wire/bytes.js';
import { type Plain, bytesOf, cbor, fields } from '../second.js';
import { type Vector, type VectorSet, writeVectorsWhenRun } from '../vector-files.js';

/** The valid values by cborg; the failures byte by byte. docs/spec/envelope.md §1.2. */

export interface CborVector extends Vector {
  /** Values that must be read, in the diagnostic notation of RFC 8949 §8. */
  readonly values?: readonly { readonly diagnostic: string; readonly hex: string }[];
  /** One value that must be refused. */
  readonly hex?: string;
}

const VALUES: readonly (readonly [string, Plain])[] = [
  ['0', 0],
  ['23', 23],
  ['24', 24],
  ['255', 255],
  ['256', 256],
  ['65535', 65_535],
  ['65536', 65_536],
  ['4294967295', 4_294_967_295],
  ['4294967296', 4_294_967_296],
  ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ['-1', -1],
  ['-24', -24],
  ['-25', -25],
  ['-9007199254740991', Number.MIN_SAFE_INTEGER],
  ['false', false],
  ['true', true],
  ['null', null],
  ["h''", new Uint8Array(0)],
  ["h'01020304'", Uint8Array.of(1, 2, 3, 4)],
  ['""', ''],
  ['"ü水𐅑"', 'ü水𐅑'],
  ['[]', []],
  ['[1, [2, 3], null]', [1, [2, 3], null]],
  ['{}', fields({})],
  ['{1: "a", 24: h\'00\', 256: {0: true}}', fields({ 256: fields({ 0: true }), 24: Uint8Array.of(0), 1: 'a' })],
];

function nested(depth: number): string {
  return '81'.repeat(depth) + '00';
}

const failure = (description: string, expect: string, hex: string): CborVector => ({ description, expect, hex });
const notCanonical = (description: string, hex: string): CborVector => failure(description, 'not-canonical', hex);

const INTEGERS = {
  'integer-in-two-bytes': notCanonical('23 in two bytes', '1817'),
  'integer-in-three-bytes': notCanonical('255 in three bytes', '1900ff'),
  'integer-in-nine-bytes': notCanonical('1 in nine bytes', '1b0000000000000001'),
  'integer-too-large': failure('2^53', 'limits', '1b0020000000000000'),
  'integer-too-small': failure('−2^53', 'limits', '3b001fffffffffffff'),
  'integer-bignum': notCanonical('2^64 as a bignum (tag 2)', 'c249010000000000000000'),
};

const FORBIDDEN = {
  'float-half': notCanonical('1.5 as a half float', 'f93e00'),
  'float-double': notCanonical('1.1', 'fb3ff199999999999a'),
  'simple-undefined': notCanonical('undefined', 'f7'),
  'simple-value': notCanonical('simple(16)', 'f0'),
  'tag-time': notCanonical('a date (tag 1)', 'c11a514b67b0'),
  'break-alone': notCanonical('a break without a beginning', 'ff'),
  'reserved-length': notCanonical('additional information 28', '1c'),
  'indefinite-bytes': notCanonical('a byte string in pieces', '5f42010243030405ff'),
  'indefinite-text': notCanonical('a text in pieces', '7f657374726561646d696e67ff'),
  'indefinite-array': notCanonical('an array without a count', '9fff'),
  'indefinite-map': notCanonical('a map without a count', 'bf0102ff'),
};

const MAPS = {
  'map-unsorted': notCanonical('{2: 0, 1: 0} in this order', 'a202000100'),
  'map-duplicate-key': notCanonical('{1: 0, 1: 1}', 'a201000101'),
  'map-text-key': notCanonical('{"a": 0}', 'a1616100'),
  'map-negative-key': notCanonical('{-1: 0}', 'a12000'),
  'map-long-key': notCanonical('{1: 0} with the key in two bytes', 'a1180100'),
};

const TEXTS = {
  'text-not-nfc': notCanonical('"ä" as a and a combining diaeresis', `63${toHex(bytesOf('a\u0308'))}`),
  'text-not-utf8': failure('text with the byte FF', 'encoding', '61ff'),
  'text-surrogate': failure('text with an encoded surrogate', 'encoding', '63eda080'),
  'text-overlong': failure('text with an overlong slash', 'encoding', '62c0af'),
};

const LENGTHS = {
  empty: failure('no byte at all', 'length', ''),
  'bytes-left-over': failure('a value and one byte more', 'length', '0000'),
  'bytes-cut-off': failure('four bytes promised, three there', 'length', '44010203'),
  'array-cut-off': failure('two items promised, one there', 'length', '8200'),
  'array-count-lie': failure('an array of 2^32 − 1 items in six bytes', 'length', '9affffffff00'),
  'map-cut-off': failure('a key without a value', 'length', 'a101'),
  'nested-too-deep': failure('13 arrays in each other', 'limits', nested(13)),
};

export function generateCborVectors(): Promise<VectorSet<CborVector>> {
  const values = VALUES.map(([diagnostic, value]) => ({ diagnostic, hex: toHex(cbor(value)) }));
  const valid = { description: 'The deterministic encodings of some values', expect: 'valid', values };
  return Promise.resolve({ valid, ...INTEGERS, ...FORBIDDEN, ...MAPS, ...TEXTS, ...LENGTHS });
}

await writeVectorsWhenRun(import.meta.url, generateCborVectors);
