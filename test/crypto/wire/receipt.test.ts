import { assert } from 'chai';
import { fromBase64Url, fromHex, toHex } from '../../../crypto/wire/bytes.js';
import { type WireErrorCode } from '../../../crypto/wire/error.js';
import { parseDeviceId, parseMailboxId } from '../../../crypto/wire/ids.js';
import { memberTag, verifyMember } from '../../../crypto/wire/member.js';
import { type Receipt, encodeReceiptBody, verifyReceipt } from '../../../crypto/wire/receipt.js';
import { type ReceiptVector, generateReceiptVectors } from '../../vectors/receipt/generate.js';
import { readVectors } from '../../vectors/vector-files.js';
import { refused } from './refused.js';

function verify({ receipt, signer }: ReceiptVector): Receipt {
  const verified = verifyReceipt(fromBase64Url(receipt), {
    mailboxId: parseMailboxId(signer.mailboxId),
    deviceId: parseDeviceId(signer.deviceId),
    sigKey: fromBase64Url(signer.sigKey),
  });
  verifyMember(verified.member, fromHex(signer.memberTag));
  return verified;
}

describe('receipt', () => {
  const vectors = readVectors<ReceiptVector>('receipt');
  const valid = vectors['valid'] ?? assert.fail('no vector');

  it('vectors are what their generator writes', async () => {
    assert.deepEqual(vectors, await generateReceiptVectors());
  });

  it('says what was signed, and is written so', () => {
    const receipt = verify(valid);
    assert.deepEqual(
      [receipt.kind, receipt.instances, receipt.total, receipt.target, receipt.reason, receipt.member.label],
      ['imported', 3, 3, 'PACS', null, 'Dr. B. Yılmaz'],
    );
    assert.deepEqual(
      receipt.payloads.map(({ segments, isFinal }) => [segments, isFinal]),
      [[2, true]],
    );
    assert.equal(toHex(encodeReceiptBody(receipt)), valid.body);
  });

  for (const [name, vector] of Object.entries(vectors)) {
    if (vector.expect === 'valid') continue;
    it(`${name}: ${vector.description}`, () => {
      refused(() => verify(vector), vector.expect as WireErrorCode);
    });
  }
});

describe('member', () => {
  const member = { label: 'Dr. A. Meier', salt: new Uint8Array(16).fill(9) };

  it('is the one that the chain committed to, or refused', () => {
    const tag = memberTag(member);
    assert.equal(verifyMember(member, tag), member);
    refused(() => verifyMember({ ...member, label: 'Dr. A. Maier' }, tag), 'shape');
    refused(() => verifyMember({ ...member, salt: new Uint8Array(16) }, tag), 'shape');
    refused(() => verifyMember(member, tag.subarray(1)), 'shape');
  });

  it('cannot be guessed without its salt', () => {
    assert.notEqual(toHex(memberTag(member)), toHex(memberTag({ ...member, salt: new Uint8Array(16).fill(8) })));
  });
});
