import { assert } from 'chai';
import fc from 'fast-check';
import {
  deviceIdFrom,
  fileIdFrom,
  idBytes,
  kemKeyIdFrom,
  mailboxIdFrom,
  messageIdFrom,
  parseAddress,
  parseDeviceId,
  parseFileId,
  parseKemKeyId,
  parseMailboxId,
  parseMessageId,
  parsePayloadId,
  payloadIdFrom,
} from '../../../crypto/wire/ids.js';
import { refused } from './refused.js';

const LONG = [
  [parseMailboxId, mailboxIdFrom],
  [parsePayloadId, payloadIdFrom],
  [parseKemKeyId, kemKeyIdFrom],
] as const;
const SHORT = [
  [parseDeviceId, deviceIdFrom],
  [parseMessageId, messageIdFrom],
  [parseFileId, fileIdFrom],
] as const;

describe('ids', () => {
  for (const [pairs, length] of [
    [LONG, 32],
    [SHORT, 16],
  ] as const) {
    it(`of ${length} bytes read back from bytes and from hex`, () => {
      const bytes = fc.uint8Array({ minLength: length, maxLength: length });
      for (const [parse, from] of pairs) {
        fc.assert(
          fc.property(bytes, (value) => {
            const id = from(value);
            assert.equal(parse(id), id);
            assert.deepEqual([...idBytes(id)], [...value]);
          }),
          { numRuns: 20, seed: 6 },
        );
      }
    });

    it(`of ${length} bytes have no other length and no other spelling`, () => {
      for (const [parse, from] of pairs) {
        for (const wrong of [0, length - 1, length + 1]) {
          refused(() => from(new Uint8Array(wrong)), 'length');
          refused(() => parse('0'.repeat(2 * wrong)), 'length');
        }
        refused(() => parse('A'.repeat(2 * length)), 'encoding');
        refused(() => parse('g'.repeat(2 * length)), 'encoding');
      }
    });
  }
});

describe('addresses', () => {
  it('are local@domain in lower-case ASCII', () => {
    const right = ['befund@radiologie-nord.example', 'a@b.de', 'a.b-c_d1@x.y.z', '0@1.2', `${'a'.repeat(64)}@b.de`];
    for (const text of right) assert.equal(parseAddress(text), text);
  });

  it('have no second spelling and no look-alike', () => {
    const wrong = [
      '',
      'a',
      '@b.de',
      'a@',
      'a@b',
      'a@b.',
      'a@.de',
      'a@b..de',
      'a..b@c.de',
      '.a@b.de',
      'a.@b.de',
      'a@-b.de',
      'a@b-.de',
      'a@@b.de',
      'A@b.de',
      'a@B.de',
      ' a@b.de',
      'a@b.de\n',
      'ä@b.de',
      'а@b.de',
      'a@ｂ.de',
      'a+b@c.de',
      '"a b"@c.de',
      'a@[::1]',
      `${'a'.repeat(65)}@b.de`,
      `a@${'b'.repeat(64)}.de`,
    ];
    for (const text of wrong) refused(() => parseAddress(text), 'address');
  });

  it('are at most 254 characters long', () => {
    const domain = (length: number) => `${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}.${'e'.repeat(length)}`;
    assert.lengthOf(parseAddress(`a@${domain(60)}`), 254);
    refused(() => parseAddress(`a@${domain(61)}`), 'address');
  });
});
