import { assert } from 'chai';
import { fromHex, toHex } from '../../../crypto/wire/bytes.js';
import { type WireErrorCode } from '../../../crypto/wire/error.js';
import { deviceIdFrom, mailboxIdFrom, payloadIdFrom } from '../../../crypto/wire/ids.js';
import {
  type TallyBody,
  type TallySigner,
  encodeTallyBody,
  encodeTallyRecord,
  verifyTallyRecord,
} from '../../../crypto/wire/tally.js';
import { type Fields, type Plain, cbor, cborFields, fixed, signerOf } from '../../vectors/second.js';
import { type TallyVector } from '../../vectors/tally/generate.js';
import { readVectors } from '../../vectors/vector-files.js';
import { refused } from './refused.js';

const KEY = signerOf(fixed('tally signer', 32));
const PAYLOAD_ID = payloadIdFrom(fixed('payload id', 32));
const SIGNER: TallySigner = {
  mailboxId: mailboxIdFrom(fixed('mailbox', 32)),
  deviceId: deviceIdFrom(fixed('device', 16)),
  sigKey: KEY.publicKey,
};
const OPEN: TallyBody = {
  payloadId: PAYLOAD_ID,
  seq: 1,
  segments: 1,
  root: fixed('root', 32),
  status: 'open',
  totalBytes: null,
  newestManifest: { offset: 0, length: 500, sha256: fixed('manifest', 32) },
  timeMs: 1_772_438_400_000,
  mailboxId: SIGNER.mailboxId,
  deviceId: SIGNER.deviceId,
};
const FIELDS: Fields = {
  1: fixed('payload id', 32),
  2: 1,
  3: 1,
  4: fixed('root', 32),
  5: 0,
  6: null,
  7: [0, 500, fixed('manifest', 32)],
  8: 1_772_438_400_000,
  9: fixed('mailbox', 32),
  10: fixed('device', 16),
};

const verify = (record: Uint8Array): TallyBody => verifyTallyRecord(record, PAYLOAD_ID, SIGNER);
const record = (change: Fields): Uint8Array => {
  const body = cborFields({ ...FIELDS, ...change });
  return cbor([body, KEY.sign('tally', body)]);
};

describe('tally record', () => {
  it('is written as the specification says', () => {
    assert.equal(toHex(encodeTallyBody(OPEN)), toHex(cborFields(FIELDS)));
    const body = fromHex(readVectors<TallyVector>('tally')['valid']?.body ?? '');
    assert.isAbove(body.length, 100);
  });

  it('of every status comes back', () => {
    const tallies: readonly TallyBody[] = [
      OPEN,
      { ...OPEN, status: 'final', totalBytes: 4096, newestManifest: null },
      { ...OPEN, status: 'aborted', seq: Number.MAX_SAFE_INTEGER, segments: 0 },
    ];
    for (const tally of tallies) {
      const body = encodeTallyBody(tally);
      assert.deepEqual(verify(encodeTallyRecord(body, KEY.sign('tally', body))), tally);
    }
  });

  it('has a total exactly when it is final', () => {
    refused(() => verify(record({ 5: 1 })), 'shape');
    refused(() => verify(record({ 6: 4096 })), 'shape');
    refused(() => verify(record({ 5: 2, 6: 4096 })), 'shape');
  });

  it('has these fields in these types and no others', () => {
    const wrong: readonly (readonly [Fields, WireErrorCode])[] = [
      [{ 1: fixed('other payload', 32) }, 'shape'],
      [{ 1: fixed('short', 31) }, 'length'],
      [{ 2: 0 }, 'shape'],
      [{ 2: -1 }, 'shape'],
      [{ 3: null }, 'shape'],
      [{ 4: fixed('short', 31) }, 'shape'],
      [{ 5: 3 }, 'shape'],
      [{ 5: 'open' }, 'shape'],
      [{ 7: [0, 500] }, 'shape'],
      [{ 7: [-1, 500, fixed('manifest', 32)] }, 'shape'],
      [{ 8: null }, 'shape'],
      [{ 9: fixed('other mailbox', 32) }, 'shape'],
      [{ 10: fixed('other device', 16) }, 'shape'],
      [{ 11: null }, 'shape'],
    ];
    for (const [change, code] of wrong) refused(() => verify(record(change)), code);
  });

  it('has one signature, by its signer, over its body, as a tally', () => {
    const body = cborFields(FIELDS);
    const signature = KEY.sign('tally', body);
    const eve = signerOf(fixed('eve', 32));
    const around = (...items: Plain[]) => cbor(items);
    refused(() => verify(around(body, eve.sign('tally', body))), 'signature');
    refused(() => verify(around(body, KEY.sign('receipt', body))), 'signature');
    refused(() => verify(around(cborFields({ ...FIELDS, 3: 2 }), signature)), 'signature');
    refused(() => verify(around(body, new Uint8Array(0))), 'shape');
    refused(() => verify(around(body)), 'shape');
    refused(() => verify(around(body, signature, signature)), 'shape');
    refused(() => verify(new Uint8Array(8193)), 'limits');
  });
});
