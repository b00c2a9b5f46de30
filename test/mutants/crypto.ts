import { type Mutant, mutant } from './mutant.js';

/** Defences of `crypto/`: what anyone may verify, and what only an endpoint may do. */
const FLOE = 'crypto/seal/floe.ts';
const MESSAGE = 'crypto/seal/message.ts';
const TALLY = 'crypto/seal/tally.ts';

const SEGMENTS: readonly Mutant[] = [
  mutant(
    'I1 A8',
    'a segment is authenticated',
    'crypto/seal/native.ts',
    ['  decipher.final();\n  return', '  return'],
    'crypto/seal/floe.test.ts',
    'crypto/seal/suite.test.ts',
  ),
  mutant(
    'I3',
    'a segment sealed again has another IV',
    FLOE,
    ['const iv = randomBytes(AES_GCM_IV_BYTES);', 'const iv = new Uint8Array(AES_GCM_IV_BYTES);'],
    'crypto/seal/floe.test.ts',
  ),
  mutant(
    'I3',
    'a new payload has another FLOE IV',
    FLOE,
    ['concatBytes(params, randomBytes(FLOE_IV_BYTES))', 'concatBytes(params, new Uint8Array(FLOE_IV_BYTES))'],
    'crypto/seal/floe.test.ts',
  ),
  mutant(
    'I4',
    'each payload has a secret of its own',
    'crypto/seal/payload.ts',
    ['const secret = randomSecret();', 'const secret = randomSecret().fill(7) as Secret;'],
    'crypto/seal/payload.test.ts',
  ),
  mutant(
    'I5',
    'a segment is bound to its index and to being the last',
    FLOE,
    [
      'return concatBytes(writeUint64(index), Uint8Array.of(position',
      'return concatBytes(writeUint64(0), Uint8Array.of(position',
    ],
    'crypto/seal/floe.test.ts',
  ),
  mutant(
    'I5 A9',
    'the frame of a segment says what the caller knows',
    FLOE,
    ['if (!equalBytes(segment.subarray(0, FRAME_BYTES), frame(length, position))) throw refused();', ''],
    'crypto/seal/floe.test.ts',
  ),
  mutant(
    'I5',
    'only the last segment may be short',
    FLOE,
    [
      "return position === 'inner' ? length === segmentBytes :",
      "return position === 'inner' ? length <= segmentBytes :",
    ],
    'crypto/seal/floe.test.ts',
  ),
  mutant(
    'A39',
    'the header of a payload commits to its secret',
    FLOE,
    ['if (!equalBytes(deriveHeaderTag(key, start, aad), claimedTag)) throw headerRefused();', ''],
    'crypto/seal/floe.test.ts',
    'crypto/seal/payload.test.ts',
  ),
];

const TALLIES: readonly Mutant[] = [
  mutant(
    'I16',
    'the number of a tally never goes back',
    TALLY,
    ['next.seq < last.seq ||', ''],
    'crypto/seal/tally.test.ts',
  ),
  mutant(
    'I16',
    'the count of a tally never goes back',
    TALLY,
    ['next.segments < last.segments ||', ''],
    'crypto/seal/tally.test.ts',
  ),
  mutant(
    'I16',
    'nothing follows a final or aborted tally',
    TALLY,
    ["(last.status !== 'open' && next.seq > last.seq) ||", ''],
    'crypto/seal/tally.test.ts',
  ),
  mutant(
    'I16',
    'one number, one tally',
    TALLY,
    ['(next.seq === last.seq && !equalBytes(encodeTallyBody(next), encodeTallyBody(last))) ||', ''],
    'crypto/seal/tally.test.ts',
  ),
  mutant(
    'I16',
    'one count, one root',
    TALLY,
    ['(next.segments === last.segments && !equalBytes(next.root, last.root))', 'false'],
    'crypto/seal/tally.test.ts',
  ),
  mutant(
    'I16 A9',
    'a tally speaks of its payload and by its one signer',
    'crypto/wire/tally.ts',
    [
      'if (tally.payloadId !== payloadId || tally.mailboxId !== signer.mailboxId || tally.deviceId !== signer.deviceId) {',
      'if (tally.payloadId === null) {',
    ],
    'crypto/wire/tally.test.ts',
    'crypto/seal/tally.test.ts',
  ),
  mutant(
    'I2 A9',
    'a tally is signed',
    'crypto/wire/tally.ts',
    ['  verifyByAnyKey(signer, body, asBytes(signature, SIGNATURE_BYTES));\n', ''],
    'crypto/wire/tally.test.ts',
    'crypto/seal/tally.test.ts',
  ),
  mutant(
    'I2',
    'a tally has a total exactly when it is final',
    'crypto/wire/tally.ts',
    ["if ((status === 'final') !== (totalBytes !== null))", 'if (totalBytes === -1)'],
    'crypto/wire/tally.test.ts',
  ),
  mutant(
    'I7',
    'the associated data of a tally names the payload',
    TALLY,
    ["return concatBytes(utf8('bb1/tally\\0'), idBytes(payloadId));", "return utf8('bb1/tally\\0');"],
    'crypto/seal/tally.test.ts',
  ),
  mutant(
    'I20',
    'the padding of a tally is zero',
    TALLY,
    ['if (end > plain.length || !isZero(plain.subarray(end)))', 'if (end > plain.length)'],
    'crypto/seal/tally.test.ts',
  ),
];

const SIGNED: readonly Mutant[] = [
  mutant(
    'I6 A13',
    'a signed value has one spelling',
    'crypto/wire/cbor.ts',
    [
      "if (!equalBytes(encodeCbor(value), bytes)) throw new WireError('not-canonical', 'CBOR is not deterministic');",
      '',
    ],
    'crypto/wire/cbor.test.ts',
  ),
  mutant(
    'I6',
    'nothing stands behind a value',
    'crypto/wire/cbor.ts',
    ["if (reader.offset !== bytes.length) throw new WireError('length', 'bytes after the CBOR value');", ''],
    'crypto/wire/cbor.test.ts',
  ),
  mutant(
    'I6 A13',
    'no field is passed over',
    'crypto/wire/shape.ts',
    ['for (const key of map.keys()) if (!required', 'for (const key of []) if (!required'],
    'crypto/wire/message.test.ts',
    'crypto/wire/chain.test.ts',
  ),
  mutant(
    'I7',
    'a signature has its label',
    'crypto/wire/signature.ts',
    ['lengthPrefixed(utf8(label)), lengthPrefixed(payload)', 'lengthPrefixed(payload)'],
    'crypto/wire/signature.test.ts',
    'crypto/seal/sign.test.ts',
  ),
  mutant(
    'I7 A33',
    'the classical half of a signature is checked',
    'crypto/wire/signature.ts',
    ['if (!verifyEd25519(publicKey, input, signature) || !verifyMlDsa(', 'if (!verifyMlDsa('],
    'crypto/wire/signature.test.ts',
  ),
  mutant(
    'I7 A33',
    'the post-quantum half of a signature is checked',
    'crypto/wire/signature.ts',
    [
      'if (!verifyEd25519(publicKey, input, signature) || !verifyMlDsa(publicKey, input, signature)) refuse();',
      'if (!verifyEd25519(publicKey, input, signature)) refuse();',
    ],
    'crypto/wire/signature.test.ts',
  ),
  mutant(
    'I7',
    'an envelope is bound to its mailbox and key',
    'crypto/wire/envelope.ts',
    [
      "concatBytes(utf8('bb1/env\\0'), writeUint16(SUITE), idBytes(mailboxId), idBytes(kemKeyId))",
      "concatBytes(utf8('bb1/env\\0'), writeUint16(SUITE), idBytes(kemKeyId))",
    ],
    'crypto/wire/envelope.test.ts',
    'crypto/seal/message.test.ts',
  ),
  mutant(
    'A33',
    'an envelope of another suite is refused',
    'crypto/wire/suite.ts',
    ['if (value !== SUITE)', 'if (value === -1)'],
    'crypto/wire/envelope.test.ts',
    'crypto/seal/message.test.ts',
  ),
  mutant(
    'I17',
    'an envelope has at most 4 MiB when it is read',
    'crypto/wire/envelope.ts',
    ["if (bytes.length > MAX_ENVELOPE_BYTES) throw new WireError('limits', 'the envelope is too long');", ''],
    'crypto/wire/envelope.test.ts',
  ),
  mutant(
    'I17',
    'an envelope has at most 4 MiB when it is written',
    MESSAGE,
    ["if (bytes.length > MAX_ENVELOPE_BYTES) throw new SealError('limits', 'the message is too long');", ''],
    'crypto/seal/message.test.ts',
  ),
  mutant(
    'I17 A22',
    'a value nests at most twelve deep',
    'crypto/wire/cbor.ts',
    ["if (depth >= reader.maxDepth) throw new WireError('limits', 'CBOR nests too deep');", ''],
    'crypto/wire/cbor.test.ts',
  ),
];

export const CRYPTO: readonly Mutant[] = [SEGMENTS, TALLIES, SIGNED].flat();
