import { assert } from 'chai';
import { deviceIdFrom, mailboxIdFrom, messageIdFrom, payloadIdFrom } from '../../../crypto/wire/ids.js';
import { type Receipt, type ReceiptKind, readVerifiedReceipt, verifyReceipt } from '../../../crypto/wire/receipt.js';
import { signReceipt } from '../../../crypto/seal/receipt.js';
import { type SigningKey, signingKeyFromSeed } from '../../../crypto/seal/sign.js';
import { ready } from '../../../crypto/seal/suite.js';
import { fixed } from '../../vectors/second.js';
import { START_MS } from '../../vectors/world.js';
import { altered, refusalOf, refused } from '../wire/refused.js';

const RECEIPT: Receipt = {
  kind: 'imported',
  messageId: messageIdFrom(fixed('message', 16)),
  headerHash: fixed('header hash', 32),
  payloads: [
    { payloadId: payloadIdFrom(fixed('p1', 32)), segments: 2, root: fixed('r1', 32), isFinal: true },
    { payloadId: payloadIdFrom(fixed('p2', 32)), segments: 0, root: fixed('r2', 32), isFinal: false },
  ],
  instances: 3,
  total: 4,
  target: 'PACS',
  timeMs: START_MS,
  reason: null,
  mailboxId: mailboxIdFrom(fixed('bob', 32)),
  deviceId: deviceIdFrom(fixed('b1', 16)),
  member: { label: 'Dr. B. Yılmaz', salt: fixed('salt', 16) },
};

describe('receipt, signed', () => {
  let bob: SigningKey;
  let eve: SigningKey;

  before(async () => {
    await ready();
    bob = signingKeyFromSeed(fixed('bob/b1', 32));
    eve = signingKeyFromSeed(fixed('eve', 32));
  });

  const signer = () => ({ mailboxId: RECEIPT.mailboxId, deviceId: RECEIPT.deviceId, sigKey: bob.publicKey });

  it('of every kind is verified and read again', () => {
    for (const kind of ['delivered', 'opened', 'imported', 'refused'] satisfies ReceiptKind[]) {
      const receipt: Receipt = { ...RECEIPT, kind, reason: kind === 'refused' ? 'not our patient' : null };
      const bytes = signReceipt(receipt, bob);
      assert.deepEqual(verifyReceipt(bytes, signer()), receipt);
      assert.deepEqual(readVerifiedReceipt(bytes), receipt);
    }
  });

  it('counts for its own device and mailbox only', () => {
    const bytes = signReceipt(RECEIPT, bob);
    refused(() => verifyReceipt(bytes, { ...signer(), sigKey: eve.publicKey }), 'signature');
    refused(() => verifyReceipt(signReceipt(RECEIPT, eve), signer()), 'signature');
    refused(() => verifyReceipt(bytes, { ...signer(), mailboxId: mailboxIdFrom(fixed('eve', 32)) }), 'shape');
    refused(() => verifyReceipt(bytes, { ...signer(), deviceId: deviceIdFrom(fixed('b2', 16)) }), 'shape');
  });

  it('does not survive a changed byte', () => {
    const bytes = signReceipt(RECEIPT, bob);
    for (let at = 0; at < bytes.length; at += at < 400 ? 7 : 201) {
      assert.isNotNull(
        refusalOf(() => verifyReceipt(altered(bytes, at), signer())),
        `byte ${at}`,
      );
    }
  });
});
