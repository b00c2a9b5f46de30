import sodium from 'libsodium-wrappers';
import { toBase64Url, toHex } from '../../../crypto/wire/bytes.js';
import { type Fields, type Signer, bytesOf, cbor, cborFields, expand, fixed, join, sha256Of, u32 } from '../second.js';
import { type Vector, type VectorSet, flipBit, writeVectorsWhenRun } from '../vector-files.js';
import { START_MS, type World, world } from '../world.js';

/** Sealed tallies, docs/spec/payload.md §5. */

export interface TallyVector extends Vector {
  /** Payload secret, hex. */
  readonly secret: string;
  readonly payloadId: string;
  /** Whose tallies count; `sigKey` base64url. */
  readonly signer: { readonly mailboxId: string; readonly deviceId: string; readonly sigKey: string };
  /** base64url, 8,192 bytes */
  readonly wire: string;
  /** In the valid one: the body, and what it says. */
  readonly body?: string;
  readonly seq?: number;
  readonly segments?: number;
  readonly root?: string;
  readonly status?: string;
  readonly totalBytes?: number;
}

interface Writing {
  readonly secret: Uint8Array;
  readonly payloadId: Uint8Array;
  readonly body: Fields;
  readonly key: Signer;
  readonly label: string;
  readonly sealedFor: Uint8Array;
  readonly signature?: Uint8Array;
  readonly rawText?: (text: Uint8Array) => Uint8Array;
}

const PLAIN_BYTES = 8152;

function writingOf({ alice, a1 }: World): Writing {
  const payloadId = fixed('payload id', 32);
  const manifest = [69_700, 412, sha256Of(bytesOf('manifest part'))];
  const body = {
    1: payloadId,
    2: 3,
    3: 2,
    4: fixed('root', 32),
    5: 1,
    6: 71_680,
    7: manifest,
    8: START_MS,
    9: alice.mailboxId,
    10: a1.deviceId,
  };
  return { secret: fixed('payload secret', 32), payloadId, body, key: a1.key, label: 'tally', sealedFor: payloadId };
}

function wireOf(writing: Writing): Uint8Array {
  const body = cborFields(writing.body);
  const record = cbor([body, writing.signature ?? writing.key.sign(writing.label, body)]);
  const text = new Uint8Array(PLAIN_BYTES);
  text.set(join(u32(record.length), record));
  const plain = writing.rawText === undefined ? text : writing.rawText(text);
  const nonce = fixed('tally nonce', 24);
  const aad = join(bytesOf('bb1/tally\0'), writing.sealedFor);
  const key = expand(writing.secret, 'bb1/payload/ctrl');
  return join(nonce, sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, aad, null, nonce, key));
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const out = bytes.slice();
  const index = at < 0 ? out.length + at : at;
  out[index] = (out[index] ?? 0) ^ 1;
  return out;
}

function failures(w: World, right: Writing): Readonly<Record<string, readonly [string, Partial<Writing>]>> {
  const { b1, bob, a2 } = w;
  const body = (description: string, change: Fields): readonly [string, Partial<Writing>] => [
    description,
    { body: { ...right.body, ...change } },
  ];
  const text = (description: string, rawText: NonNullable<Writing['rawText']>): readonly [string, Partial<Writing>] => [
    description,
    { rawText },
  ];
  return {
    // A co-recipient holds the payload secret: as himself he signs well, and must not count.
    'co-recipient-as-himself': [
      'A co-recipient signs as himself',
      { key: b1.key, body: { ...right.body, 9: bob.mailboxId, 10: b1.deviceId } },
    ],
    'co-recipient-as-sender': ["A co-recipient signs in the sender's name", { key: b1.key }],
    'other-device': ['Another device of the sender', { key: a2.key, body: { ...right.body, 10: a2.deviceId } }],
    'signed-as-receipt': ['Signed as a receipt', { label: 'receipt' }],
    'signature-empty': ['An empty signature', { signature: new Uint8Array(0) }],
    'other-payload-named': body('The tally of another payload, sealed for this one', { 1: fixed('other payload', 32) }),
    'sealed-for-other': ['Sealed for another payload', { sealedFor: fixed('other payload', 32) }],
    'final-without-total': body('Final without a total', { 6: null }),
    'seq-zero': body('Number 0', { 2: 0 }),
    'padding-not-zero': text('The padding ends with 1', (plain) => flipped(plain, -1)),
    'length-beyond-the-end': text('The length leads beyond the end', (plain) => flipped(plain, 0)),
  };
}

export async function generateTallyVectors(): Promise<VectorSet<TallyVector>> {
  await sodium.ready;
  const w = await world();
  const right = writingOf(w);
  const wire = wireOf(right);
  const common = {
    secret: toHex(right.secret),
    payloadId: toHex(right.payloadId),
    signer: {
      mailboxId: toHex(w.alice.mailboxId),
      deviceId: toHex(w.a1.deviceId),
      sigKey: toBase64Url(w.a1.key.publicKey),
    },
  };
  const refused = (description: string, bytes: Uint8Array): TallyVector => ({
    description,
    expect: 'tally-invalid',
    ...common,
    wire: toBase64Url(bytes),
  });
  const written = Object.entries(failures(w, right)).map(
    ([name, [description, change]]) => [name, refused(description, wireOf({ ...right, ...change }))] as const,
  );
  return {
    valid: {
      description: 'The final tally of a payload of two segments',
      expect: 'valid',
      ...common,
      wire: toBase64Url(wire),
      body: toHex(cborFields(right.body)),
      seq: 3,
      segments: 2,
      root: toHex(fixed('root', 32)),
      status: 'final',
      totalBytes: 71_680,
    },
    ...Object.fromEntries(written),
    'ciphertext-flipped': refused('A bit of the ciphertext', flipped(wire, 24)),
    'tag-flipped': refused('A bit of the tag', flipped(wire, -1)),
    truncated: refused('One byte short', wire.subarray(0, -1)),
    'secret-flipped': { ...refused('Another payload secret', wire), secret: flipBit(common.secret, 0) },
  };
}

await writeVectorsWhenRun(import.meta.url, generateTallyVectors);
