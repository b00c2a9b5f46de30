import { ed25519 } from '@noble/curves/ed25519.js';
import { createVerifierKey, encodeVerifierKey } from '../../../crypto/log/verifier-key.js';
import { toBase64Url, toHex } from '../../../crypto/wire/bytes.js';
import { type Fields, type Plain, bytesOf, cbor, cborFields, fixed, join, u32 } from '../second.js';
import { type Vector, type VectorSet, writeVectorsWhenRun } from '../vector-files.js';
import { START_MS, type World, world } from '../world.js';

/** The relay's signed word about deliveries that were taken back, docs/spec/withdrawal.md §2. */

export interface TestimonyVector extends Vector {
  /** The log's verifier key. */
  readonly log: string;
  /** base64url */
  readonly testimony: string;
  /** In the valid ones: the signed body. */
  readonly body?: string;
}

const ORIGIN = 'relay.example/log';
const seed = fixed('log key', 32);
const log = encodeVerifierKey(createVerifierKey('log', ORIGIN, ed25519.getPublicKey(seed)));

function prefixed(bytes: Uint8Array): Uint8Array {
  return join(u32(bytes.length), bytes);
}

function signed(body: Uint8Array, label = 'relay', key = seed): Uint8Array {
  const input = join(bytesOf('bb1-sig\0'), prefixed(bytesOf(label)), prefixed(body));
  return cbor([body, ed25519.sign(input, key)]);
}

function bodyOf({ alice, bob }: World): Fields {
  return {
    1: 'testimony',
    2: ORIGIN,
    3: 'fetched',
    4: alice.mailboxId,
    5: fixed('message id', 16),
    6: bob.mailboxId,
    7: fixed('envelope digest', 32),
    8: START_MS,
    9: START_MS + 1_000,
    10: START_MS + 5_000,
  };
}

const FAILURES: Readonly<Record<string, readonly [string, Fields, string?]>> = {
  'type-other': ['Not "testimony"', { 1: 'rcpt' }],
  'origin-other': ['In the name of another log', { 2: 'other.example/log' }, 'origin'],
  'origin-long': ['An origin of 256 characters', { 2: 'x'.repeat(256) }],
  'kind-unknown': ['A kind nobody knows', { 3: 'accepted' }],
  'fetched-without-time': ['Fetched, but never', { 9: null }],
  'never-fetched-with-time': ['Never fetched, but at a time', { 3: 'never-fetched' }],
  'fetched-before-accepted': ['Fetched before it was accepted', { 9: START_MS - 1 }],
  'fetched-after-said': ['Fetched after the relay said so', { 9: START_MS + 5_001 }],
  'said-before-accepted': ['Said before it was accepted', { 3: 'never-fetched', 9: null, 10: START_MS - 1 }],
  'message-id-short': ['A message id of 15 bytes', { 5: new Uint8Array(15) }, 'length'],
  'digest-short': ['A digest of 31 bytes', { 7: new Uint8Array(31) }],
  'field-extra': ['An eleventh field', { 11: null }],
};

export async function generateTestimonyVectors(): Promise<VectorSet<TestimonyVector>> {
  const w = await world();
  const fetched = cborFields(bodyOf(w));
  const never = cborFields({ ...bodyOf(w), 3: 'never-fetched', 9: null });
  const right = signed(never);
  const refused = (description: string, testimony: Uint8Array, expect = 'shape'): TestimonyVector => ({
    description,
    expect,
    log,
    testimony: toBase64Url(testimony),
  });
  const around = (description: string, ...items: Plain[]): TestimonyVector => refused(description, cbor(items));
  const written = Object.entries(FAILURES).map(([name, [description, change, expect]]) => {
    return [name, refused(description, signed(cborFields({ ...bodyOf(w), ...change })), expect)] as const;
  });
  const valid = (description: string, body: Uint8Array): TestimonyVector => ({
    description,
    expect: 'valid',
    log,
    testimony: toBase64Url(signed(body)),
    body: toHex(body),
  });
  return {
    valid: valid('Bob has never fetched it', never),
    'valid-fetched': valid('Bob has fetched it a second after it was accepted', fetched),
    ...Object.fromEntries(written),
    'signed-by-other': refused("Another key's signature", signed(never, 'relay', fixed('other', 32)), 'signature'),
    'signed-as-receipt': refused('Signed as a receipt', signed(never, 'receipt'), 'signature'),
    'signed-without-label': refused(
      'The bare body is signed, as a note would be',
      cbor([never, ed25519.sign(never, seed)]),
      'signature',
    ),
    'signature-empty': around('An empty signature', never, bytesOf('')),
    'signature-missing': around('No signature', never),
    extended: refused('One byte more', join(right, Uint8Array.of(0)), 'length'),
    'body-changed': refused(
      'The body says something else than was signed',
      cbor([fetched, ed25519.sign(join(bytesOf('bb1-sig\0'), prefixed(bytesOf('relay')), prefixed(never)), seed)]),
      'signature',
    ),
    long: refused('1,025 bytes', cbor([new Uint8Array(1_025), new Uint8Array(64)]), 'limits'),
  };
}

await writeVectorsWhenRun(import.meta.url, generateTestimonyVectors);
