import { toBase64Url, toHex } from '../../../crypto/wire/bytes.js';
import { type Fields, type Plain, bytesOf, cbor, cborFields, fields, join, tagged } from '../second.js';
import { type Vector, type VectorSet, writeVectorsWhenRun } from '../vector-files.js';
import { START_MS, type World, genesisOf, world } from '../world.js';

/** The form of a statement, docs/spec/mailbox.md §2; whether it follows from the chain before is test/vectors/chain. */

export interface StatementVector extends Vector {
  /** base64url */
  readonly statement: string;
  /** In the valid one: what it says. */
  readonly kind?: string;
  readonly seq?: number;
  readonly prev?: string;
  readonly timeMs?: number;
  readonly mailboxId?: string;
  readonly hash?: string;
}

interface Parts {
  readonly b: Fields;
  readonly signature: Uint8Array;
  readonly sign: (b: Uint8Array) => Uint8Array;
}

function partsOf({ alice, a1, aliceChain }: World): Parts {
  const b = {
    1: 'revoke-device',
    2: 3,
    3: tagged('stmt', aliceChain[1] ?? new Uint8Array(0)),
    4: START_MS + 7_200_000,
    5: fields({ 1: a1.deviceId, 2: 'lost' }),
    6: alice.mailboxId,
  };
  const sign = (bytes: Uint8Array) => alice.identity.sign('mailbox', bytes);
  return { b, sign, signature: sign(cborFields(b)) };
}

function without(b: Fields, key: number): Fields {
  return Object.fromEntries(Object.entries(b).filter(([name]) => Number(name) !== key));
}

/** Failures in `b`, rightly signed. */
function signedFailures({ b, sign }: Parts): VectorSet<StatementVector> {
  const refused = (description: string, fieldsOfB: Fields, expect = 'shape'): StatementVector => {
    const bytes = cborFields(fieldsOfB);
    return { description, expect, statement: toBase64Url(cbor([bytes, sign(bytes)])) };
  };
  const body = (description: string, changed: Plain, expect = 'shape'): StatementVector =>
    refused(description, { ...b, 5: changed }, expect);
  const deviceId = new Uint8Array(16);
  return {
    'kind-unknown': refused('A kind nobody knows', { ...b, 1: 'add-admin' }),
    'kind-bytes': refused('The kind as bytes', { ...b, 1: bytesOf('revoke-device') }),
    'field-extra': refused('A seventh field', { ...b, 7: 0 }),
    'field-missing': refused('No time', without(b, 4)),
    'mailbox-missing': refused('No mailbox id outside a genesis', without(b, 6)),
    'mailbox-short': refused('A mailbox id of 31 bytes', { ...b, 6: new Uint8Array(31) }, 'length'),
    'seq-negative': refused('A negative number', { ...b, 2: -1 }),
    'seq-text': refused('The number as text', { ...b, 2: '3' }),
    'prev-short': refused('A hash of 31 bytes', { ...b, 3: new Uint8Array(31) }),
    'body-array': body('The body as an array', [deviceId, 'lost']),
    'body-field-extra': body('A third field in the body', fields({ 1: deviceId, 2: 'lost', 3: null })),
    'body-field-missing': body('No reason', fields({ 1: deviceId })),
    'device-id-short': body('A device id of 15 bytes', fields({ 1: new Uint8Array(15), 2: '' }), 'length'),
    'reason-long': body('A reason of 201 characters', fields({ 1: deviceId, 2: 'x'.repeat(201) })),
    'reason-not-nfc': body('A reason not in NFC', fields({ 1: deviceId, 2: 'a\u0308' }), 'not-canonical'),
  };
}

/** Failures around `b`. */
function outerFailures({ b, signature }: Parts): VectorSet<StatementVector> {
  const bytes = cborFields(b);
  const refused = (description: string, value: Plain, expect = 'shape'): StatementVector => ({
    description,
    expect,
    statement: toBase64Url(cbor(value)),
  });
  const right = cbor([bytes, signature]);
  return {
    'signature-empty': refused('An empty signature', [bytes, new Uint8Array(0)]),
    'signature-missing': refused('No signature', [bytes]),
    'signature-null': refused('null instead of a signature', [bytes, null]),
    'signature-twice': refused('Two signatures', [bytes, signature, signature]),
    'signature-list': refused('A list of signatures', [bytes, [signature]]),
    'signature-short': refused('The Ed25519 half alone', [bytes, signature.subarray(0, 64)]),
    'signed-part-bare': refused('b as a map instead of bytes', [fields(b), signature]),
    'signed-part-unsorted': refused(
      'b with its first two fields exchanged',
      [unsorted(bytes), signature],
      'not-canonical',
    ),
    extended: { description: 'One byte more', expect: 'length', statement: toBase64Url(join(right, Uint8Array.of(0))) },
    truncated: { description: 'One byte short', expect: 'length', statement: toBase64Url(right.subarray(0, -1)) },
  };
}

/** `1: "revoke-device", 2: 3` → `2: 3, 1: "revoke-device"` */
function unsorted(b: Uint8Array): Uint8Array {
  const out = b.slice();
  out.set(b.subarray(16, 18), 1);
  out.set(b.subarray(1, 16), 3);
  return out;
}

export async function generateStatementVectors(): Promise<VectorSet<StatementVector>> {
  const known = await world();
  const parts = partsOf(known);
  const statement = cbor([cborFields(parts.b), parts.signature]);
  const valid: StatementVector = {
    description: 'The identity revokes a device',
    expect: 'valid',
    statement: toBase64Url(statement),
    kind: 'revoke-device',
    seq: 3,
    prev: toHex(parts.b[3] as Uint8Array),
    timeMs: START_MS + 7_200_000,
    mailboxId: toHex(known.alice.mailboxId),
    hash: toHex(tagged('stmt', statement)),
  };
  const genesis = genesisOf('alice', known.alice.address, { 6: known.alice.mailboxId });
  return {
    valid,
    ...signedFailures(parts),
    ...outerFailures(parts),
    'genesis-with-mailbox': {
      description: 'A genesis that names an id',
      expect: 'shape',
      statement: toBase64Url(genesis),
    },
  };
}

await writeVectorsWhenRun(import.meta.url, generateStatementVectors);
