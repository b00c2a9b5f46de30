import { assert } from 'chai';
import fc from 'fast-check';
import { toHex } from '../../../crypto/wire/bytes.js';
import { type WireErrorCode } from '../../../crypto/wire/error.js';
import { MAX_SUBJECT, MAX_TEXT } from '../../../crypto/wire/message-body.js';
import {
  MAX_PAYLOADS,
  MAX_RECIPIENTS,
  encodeHeader,
  encodeRecipientPart,
  headerHash,
  linkHash,
  messageSignatureInput,
  newHeader,
  parseHeader,
  parseRecipientPart,
} from '../../../crypto/wire/message.js';
import { bodyFields, headerFields, letterOf, partFields, type Letter } from '../../vectors/envelope/writer.js';
import { type Fields, type Plain, cbor, cborFields, fields, fixed, tagged } from '../../vectors/second.js';
import { ZERO_HASH, world } from '../../vectors/world.js';
import { altered, refusalOf, refused } from './refused.js';

describe('message header and P', () => {
  let letter: Letter;

  before(async () => {
    letter = letterOf(await world());
  });

  const header = (change: Fields): Uint8Array => cborFields({ ...headerFields(letter), ...change });
  const withBody = (change: Fields): Uint8Array => header({ 7: fields({ ...bodyFields(letter), ...change }) });
  const part = (change: Fields): Uint8Array => cborFields({ ...partFields(letter), ...change });
  const refusesAll = (
    wrong: readonly (readonly [Uint8Array, WireErrorCode])[],
    parse: (bytes: Uint8Array) => unknown,
  ) => {
    wrong.forEach(([bytes, code], i) =>
      assert.equal(
        refusalOf(() => parse(bytes)),
        code,
        `case ${i}`,
      ),
    );
  };

  it('are written as a second implementation writes them', () => {
    assert.equal(toHex(encodeHeader(parseHeader(header({})))), toHex(header({})));
    assert.equal(toHex(encodeRecipientPart(parseRecipientPart(part({})))), toHex(part({})));
    assert.equal(toHex(encodeHeader(newHeader(parseHeader(header({}))))), toHex(header({})));
  });

  it('come back with everything that may be in them', () => {
    const many = Array.from({ length: 5 }, (_, i): Plain => [
      fixed(`r${i}`, 32),
      i % 2 ? 'cc' : 'to',
      fixed(`k${i}`, 32),
    ]);
    const forwarded: Plain = [fixed('forwarded', 32), 'package', [fixed('origin', 32), fixed('device', 16)]];
    const full = header({
      6: many,
      7: fields({
        ...bodyFields(letter),
        5: fixed('reply to', 16),
        6: null,
        9: [[fixed('forwarded', 32), fixed('file', 16), fixed('digest', 32)]],
      }),
      8: [[fixed('payload', 32), 'package', null], forwarded],
      9: ['log.example/bildbote', 1234, fixed('root', 32), fixed('signature', 64)],
    });
    assert.equal(toHex(encodeHeader(parseHeader(full))), toHex(full));
    const receipt = header({ 7: fields({ 1: 'receipt', 7: 5, 10: fixed('receipt', 100) }), 8: [] });
    assert.equal(toHex(encodeHeader(parseHeader(receipt))), toHex(receipt));
    assert.equal(parseHeader(receipt).body.kind, 'receipt');
  });

  it('have these fields in these types and no others', () => {
    const other: Plain = [fixed('r', 32), 'to', fixed('k', 32)];
    const twice: Plain = [fixed('p', 32), 'package', null];
    refusesAll(
      [
        [header({ 0: null }), 'shape'],
        [header({ 1: 'message' }), 'shape'],
        [header({ 2: 0 }), 'suite'],
        [header({ 2: 3 }), 'suite'],
        [header({ 3: fixed('id', 15) }), 'length'],
        [header({ 4: -1 }), 'shape'],
        [header({ 5: [fixed('m', 32), fixed('d', 16), 1] }), 'shape'],
        [header({ 5: [fixed('m', 32), fixed('d', 16), 1, fixed('h', 31)] }), 'shape'],
        [header({ 6: fields({}) }), 'shape'],
        [header({ 6: [other, other] }), 'shape'],
        [header({ 6: [[...(other as readonly Plain[]), null]] }), 'shape'],
        [header({ 8: [[fixed('p', 32), 'package']] }), 'shape'],
        [header({ 8: [[fixed('p', 32), 'package', []]] }), 'shape'],
        [header({ 8: [twice, twice] }), 'shape'],
        [header({ 9: ['log', 1] }), 'shape'],
        [header({ 10: null }), 'shape'],
        [header({ 11: null }), 'shape'],
        [header({ 11: [1] }), 'shape'],
        [header({ 12: null }), 'shape'],
        [cborFields({}), 'shape'],
        [cbor([]), 'shape'],
      ],
      parseHeader,
    );
  });

  it('have a body with these fields and limits', () => {
    assert.doesNotThrow(() => parseHeader(withBody({ 2: 'x'.repeat(MAX_SUBJECT), 3: 'x'.repeat(MAX_TEXT) })));
    refusesAll(
      [
        [withBody({ 1: 'withdrawal' }), 'shape'],
        [withBody({ 1: 'receipt' }), 'shape'],
        [withBody({ 2: 'x'.repeat(MAX_SUBJECT + 1) }), 'shape'],
        [withBody({ 3: 'x'.repeat(MAX_TEXT + 1) }), 'shape'],
        [withBody({ 3: 'a\u0308' }), 'not-canonical'],
        [withBody({ 4: null }), 'shape'],
        [withBody({ 6: [1, 'x'.repeat(501)] }), 'shape'],
        [withBody({ 6: [1] }), 'shape'],
        [withBody({ 7: null }), 'shape'],
        [withBody({ 8: [1, 2] }), 'shape'],
        [withBody({ 9: null }), 'shape'],
        [withBody({ 10: null }), 'shape'],
        [withBody({ 11: ['x'.repeat(101), fixed('salt', 16)] }), 'shape'],
        [withBody({ 11: ['x', fixed('salt', 15)] }), 'shape'],
      ],
      parseHeader,
    );
  });

  it('name known files once each, of payloads in the list, beside one package of their own', () => {
    const [own, earlier, other] = ['own', 'earlier', 'other'].map((name): Plain => [fixed(name, 32), 'package', null]);
    const file = (payload: string, name: string): Plain => [fixed(payload, 32), fixed(name, 16), fixed('digest', 32)];
    const naming = (known: readonly Plain[], payloads: readonly (Plain | undefined)[]): Uint8Array =>
      header({ 7: fields({ ...bodyFields(letter), 9: known }), 8: payloads.map((one) => one ?? null) });
    assert.doesNotThrow(() => parseHeader(naming([file('earlier', 'a'), file('other', 'b')], [earlier, own, other])));
    refusesAll(
      [
        [naming([file('earlier', 'a')], [own]), 'shape'],
        [naming([file('earlier', 'a')], [earlier]), 'shape'],
        [naming([file('earlier', 'a')], [own, earlier, other]), 'shape'],
        [naming([file('earlier', 'a'), file('earlier', 'a')], [own, earlier]), 'shape'],
        [naming([file('earlier', 'a'), file('other', 'a')], [own, earlier, other]), 'shape'],
        [naming([[fixed('earlier', 32), fixed('a', 16)]], [own, earlier]), 'shape'],
      ],
      parseHeader,
    );
  });

  it('list at most 100 recipients and 16 payloads', () => {
    const recipients = (n: number) => Array.from({ length: n }, (_, i) => [fixed(`r${i}`, 32), 'to', fixed('k', 32)]);
    const payloads = (n: number) => Array.from({ length: n }, (_, i) => [fixed(`p${i}`, 32), 'package', null]);
    assert.doesNotThrow(() => parseHeader(header({ 6: recipients(MAX_RECIPIENTS), 8: payloads(MAX_PAYLOADS) })));
    refused(() => parseHeader(header({ 6: recipients(MAX_RECIPIENTS + 1) })), 'limits');
    refused(() => parseHeader(header({ 8: payloads(MAX_PAYLOADS + 1) })), 'limits');
  });

  it('P has these fields and no others', () => {
    refusesAll(
      [
        [part({ 1: fixed('m', 31) }), 'length'],
        [part({ 2: fixed('k', 31) }), 'length'],
        [part({ 3: 'from' }), 'shape'],
        [part({ 3: null }), 'shape'],
        [part({ 4: 0 }), 'shape'],
        [part({ 4: -1 }), 'shape'],
        [part({ 5: null }), 'shape'],
        [part({ 6: 0 }), 'shape'],
      ],
      parseRecipientPart,
    );
    for (const role of ['to', 'cc', 'bcc']) assert.equal(parseRecipientPart(part({ 3: role })).role, role);
  });

  it('changed in any byte fail, or say something else in the one way to say it', () => {
    const bytes = header({});
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const changed = altered(bytes, at, mask);
        if (refusalOf(() => parseHeader(changed)) !== null) return;
        assert.equal(toHex(encodeHeader(parseHeader(changed))), toHex(changed));
        assert.notEqual(toHex(headerHash(changed)), toHex(headerHash(bytes)));
      }),
      { numRuns: 600, seed: 15 },
    );
  });

  it('are hashed and signed as the specification writes it', () => {
    const [h, p] = [header({}), part({})];
    assert.equal(toHex(headerHash(h)), toHex(tagged('hdr', h)));
    assert.equal(toHex(messageSignatureInput(h, p)), toHex(cbor([h, p])));
    assert.equal(toHex(linkHash(h, p)), toHex(tagged('link', cbor([h, p]))));
    assert.notEqual(toHex(linkHash(h, p)), toHex(linkHash(h, part({ 5: fixed('link', 32) }))));
    assert.equal(toHex(parseRecipientPart(p).chainPrev), toHex(ZERO_HASH));
  });
});
