import { assert } from 'chai';
import fc from 'fast-check';
import { concatBytes, writeUint32, writeUint64 } from '../../../../crypto/wire/bytes.js';
import {
  MAX_EXTENTS,
  MAX_FILE_BODY_BYTES,
  MAX_MANIFEST_BYTES,
  RECORD_PREFIX_BYTES,
} from '../../../../client/core/package/limits.js';
import {
  encodeFileRecordHead,
  encodeRecord,
  parseFileHeader,
  parseRecordPrefix,
} from '../../../../client/core/package/record.js';
import { codeOf } from '../../../support/codes.js';
import { fileIdOf } from '../../../support/package-examples.js';

function prefix(type: number, flags: number, reserved: number, headerBytes: number, bodyBytes: number): Uint8Array {
  return concatBytes(
    Uint8Array.of(type, flags, reserved >> 8, reserved),
    writeUint32(headerBytes),
    writeUint64(bodyBytes),
  );
}

describe('package records', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.nat(MAX_EXTENTS - 1),
        fc.boolean(),
        fc.nat(255),
        fc.nat(MAX_FILE_BODY_BYTES),
        (id, index, last, codec, bodyBytes) => {
          const header = { fileId: fileIdOf(id), index, last, codec };
          const head = encodeFileRecordHead(header, bodyBytes);
          const parsed = parseRecordPrefix(head.subarray(0, RECORD_PREFIX_BYTES));
          assert.deepEqual(parsed, { kind: 'file', headerBytes: head.length - RECORD_PREFIX_BYTES, bodyBytes });
          assert.deepEqual(parseFileHeader(head.subarray(RECORD_PREFIX_BYTES)), header);
        },
      ),
    );
  });

  it('have no other prefix than the one that is written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        try {
          const { kind, headerBytes, bodyBytes } = parseRecordPrefix(bytes);
          const type = { file: 1, manifest: 2, trailer: 3 }[kind];
          assert.deepEqual(prefix(type, 0, 0, headerBytes, bodyBytes), bytes);
        } catch (error) {
          assert.propertyVal(error, 'code', 'package-record');
        }
      }),
    );
  });

  it('refuse unknown types, flags, reserved bytes and lengths over the limit', async () => {
    assert.deepEqual(parseRecordPrefix(prefix(2, 0, 0, 0, MAX_MANIFEST_BYTES)).bodyBytes, MAX_MANIFEST_BYTES);
    const refused = [
      prefix(0, 0, 0, 0, 5),
      prefix(4, 0, 0, 0, 5),
      prefix(2, 1, 0, 0, 5),
      prefix(2, 0, 1, 0, 5),
      prefix(2, 0, 256, 0, 5),
      prefix(2, 0, 0, 1, 5),
      prefix(2, 0, 0, 0, MAX_MANIFEST_BYTES + 1),
      prefix(1, 0, 0, 0, 5),
      prefix(1, 0, 0, 1025, 5),
      prefix(1, 0, 0, 24, MAX_FILE_BODY_BYTES + 1),
      prefix(3, 0, 0, 0, 257),
      concatBytes(prefix(1, 0, 0, 24, 0).subarray(0, 8), new Uint8Array(8).fill(255)),
      prefix(2, 0, 0, 0, 5).subarray(1),
    ];
    for (const bytes of refused) assert.equal(await codeOf(() => parseRecordPrefix(bytes)), 'package-record');
  });

  it('refuse a FILE header with another field, another order or another spelling', async () => {
    const header = { fileId: fileIdOf(1), index: 0, last: true, codec: 0 };
    const good = encodeFileRecordHead(header, 0).subarray(RECORD_PREFIX_BYTES);
    const missing = concatBytes(Uint8Array.of(0xa2), good.subarray(1, -2));
    const longInteger = concatBytes(good.subarray(0, 20), Uint8Array.of(0x18, 0), good.subarray(21));
    const storedWritten = concatBytes(Uint8Array.of(0xa4), good.subarray(1), Uint8Array.of(4, 0));
    const cases = [missing, longInteger, storedWritten, good.subarray(0, -1), concatBytes(good, Uint8Array.of(0))];
    for (const bytes of cases) {
      assert.equal(await codeOf(() => parseFileHeader(bytes)), 'package-record');
    }
  });

  it('of the manifest and the trailer have no header', () => {
    const record = encodeRecord('manifest', Uint8Array.of(1, 2, 3));
    assert.deepEqual([...record], [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3]);
  });
});
