import { toBase64Url, toHex } from '../../../crypto/wire/bytes.js';
import { type Fields, type Plain, bytesOf, cbor, cborFields, fixed, join } from '../second.js';
import { type Vector, type VectorSet, writeVectorsWhenRun } from '../vector-files.js';
import { START_MS, type World, tagOf, world } from '../world.js';

/** Signed receipts, docs/spec/receipt.md. */

export interface ReceiptVector extends Vector {
  /** The device that must have signed; `sigKey` base64url, `memberTag` from its chain. */
  readonly signer: {
    readonly mailboxId: string;
    readonly deviceId: string;
    readonly sigKey: string;
    readonly memberTag: string;
  };
  /** base64url */
  readonly receipt: string;
  /** In the valid one: the signed body. */
  readonly body?: string;
}

function bodyOf({ bob, b1 }: World): Fields {
  return {
    1: 'rcpt',
    2: 'imported',
    3: fixed('message id', 16),
    4: fixed('header hash', 32),
    5: [[fixed('payload id', 32), 2, fixed('root', 32), true]],
    6: [3, 3],
    7: 'PACS',
    8: START_MS,
    9: null,
    10: bob.mailboxId,
    11: b1.deviceId,
    12: [b1.member.label, b1.member.salt],
  };
}

function bodyFailures({ alice, a1 }: World): Readonly<Record<string, readonly [string, Fields, string?]>> {
  return {
    'type-other': ['Not "rcpt"', { 1: 'msg' }],
    'kind-unknown': ['A kind nobody knows', { 2: 'read' }],
    'message-id-short': ['A message id of 15 bytes', { 3: new Uint8Array(15) }, 'length'],
    'payload-final-number': ['1 instead of true', { 5: [[fixed('payload id', 32), 2, fixed('root', 32), 1]] }],
    'instances-alone': ['A count without its total', { 6: [3] }],
    'target-long': ['A target of 65 characters', { 7: 'x'.repeat(65) }],
    'mailbox-of-other': ['In the name of another mailbox', { 10: alice.mailboxId }],
    'device-of-other': ['In the name of another device', { 11: a1.deviceId }],
    'field-extra': ['A thirteenth field', { 13: null }],
  };
}

export async function generateReceiptVectors(): Promise<VectorSet<ReceiptVector>> {
  const w = await world();
  const { bob, b1, eve } = w;
  const signer = {
    mailboxId: toHex(bob.mailboxId),
    deviceId: toHex(b1.deviceId),
    sigKey: toBase64Url(b1.key.publicKey),
    memberTag: toHex(tagOf(b1)),
  };
  const body = cborFields(bodyOf(w));
  const right = cbor([body, b1.key.sign('receipt', body)]);
  const refused = (description: string, receipt: Uint8Array, expect = 'shape'): ReceiptVector => ({
    description,
    expect,
    signer,
    receipt: toBase64Url(receipt),
  });
  const signed = (bytes: Uint8Array, label = 'receipt', key = b1.key): Uint8Array =>
    cbor([bytes, key.sign(label, bytes)]);
  const around = (description: string, ...items: Plain[]): ReceiptVector => refused(description, cbor(items));
  const written = Object.entries(bodyFailures(w)).map(([name, [description, change, expect]]) => {
    return [name, refused(description, signed(cborFields({ ...bodyOf(w), ...change })), expect)] as const;
  });
  return {
    valid: {
      description: 'Three of three instances are in the PACS',
      expect: 'valid',
      signer,
      receipt: toBase64Url(right),
      body: toHex(body),
    },
    ...Object.fromEntries(written),
    'signed-by-eve': refused("Eve's signature", signed(body, 'receipt', eve.key), 'signature'),
    'signed-as-message': refused('Signed as a message', signed(body, 'msg'), 'signature'),
    'signature-empty': around('An empty signature', body, bytesOf('')),
    'signature-missing': around('No signature', body),
    extended: refused('One byte more', join(right, Uint8Array.of(0)), 'length'),
    'member-of-other': {
      ...refused(
        'The name of another member',
        signed(cborFields({ ...bodyOf(w), 12: ['Eve', fixed('eve/salt', 16)] })),
      ),
    },
  };
}

await writeVectorsWhenRun(import.meta.url, generateReceiptVectors);
