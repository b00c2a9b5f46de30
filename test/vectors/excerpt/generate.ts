import { toBase64Url } from '../../../crypto/wire/bytes.js';
import { type Cast, castOf, renewedChain } from '../renewal/generate.js';
import { type Fields, type Plain, type Signer, bytesOf, cbor, cborFields, fields, fixed, join, kemKeyOf, sha256Of, signerOf, tagged } from '../second.js';
import { type Vector, type VectorSet, writeVectorsWhenRun } from '../vector-files.js';
import {
  DAY_MS,
  type Draft,
  START_MS,
  type WorldDevice,
  epoch,
  epochSeed,
  revokeDevice,
  statementAfter,
  tagOf,
  world,
} from '../world.js';

/** Chains without their middle, docs/spec/mailbox.md §9: Alice's after its renewals, and what must not be taken for one. */

export interface ExcerptVector extends Vector {
  /** In a failure, only what differs from the valid one. */
  readonly spine?: readonly string[];
  readonly carried?: string;
  readonly statements?: readonly string[];
  readonly inclusion?: readonly string[];
  readonly seen?: { readonly seq: number; readonly head: string };
  /** Also to a reader of the whole chain: the first of `statements` does not follow Alice's thirteen. */
  readonly isRefusedAsNext?: true;
}

const HOUR_MS = 3_600_000;
const SEEN = 5;

function rfc6962(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return sha256Of(join(Uint8Array.of(0), leaves[0] ?? bytesOf('')));
  const split = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  return sha256Of(join(Uint8Array.of(1), rfc6962(leaves.slice(0, split)), rfc6962(leaves.slice(split))));
}

function pathTo(leaves: readonly Uint8Array[], index: number): Uint8Array[] {
  if (leaves.length === 1) return [];
  const split = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split ? [...pathTo(left, index), rfc6962(right)] : [...pathTo(right, index - split), rfc6962(left)];
}

interface Story {
  readonly cast: Cast;
  /** Thirteen statements. */
  readonly chain: readonly Uint8Array[];
  readonly heads: readonly Uint8Array[];
}

function common(device: WorldDevice, isAdmin: number, addedSeq: number, lastEpoch: number): Plain[] {
  return [device.deviceId, tagOf(device), isAdmin, addedSeq, START_MS + (addedSeq - 1) * HOUR_MS, lastEpoch];
}

function carriedFields({ cast, heads }: Story): Fields {
  const { a1, a2, alice } = cast.w;
  const { a3, a4, identity3, recovery2 } = cast;
  const anew = { ...alice, recovery: recovery2 };
  const ends = [0, 7, 8, 9, 10].map((day) => START_MS + (day + 60) * DAY_MS);
  return {
    1: 13,
    2: rfc6962(heads),
    3: [1, 10, 12],
    4: 12,
    5: tagged('foundation', identity3.publicKey, recovery2.key.publicKey, recovery2.kemKey),
    6: [[...common(a4, 1, 12, 5), 12, START_MS + 11 * HOUR_MS, a4.key.publicKey, a4.kemKey]],
    7: [
      [...common(a1, 1, 2, 4), 12, 'recovered'],
      [...common(a2, 0, 4, 2), 6, 'lost'],
      [...common(a3, 1, 9, 4), 12, 'recovered'],
    ],
    8: [5, 13, kemKeyOf(epochSeed(anew, 5)), START_MS + 10 * DAY_MS, START_MS + 70 * DAY_MS],
    9: 5,
    10: ends,
    11: [],
  };
}

function balanceDraft(carried: Uint8Array, signer: Signer): Draft {
  return { kind: 'balance', signer, body: fields({ 1: tagged('balance', carried) }) };
}

type Refused = (description: string, expect: string, pieces: Omit<ExcerptVector, keyof Vector>) => ExcerptVector;
const refusedAs: Refused = (description, expect, pieces) => ({ description, expect, ...pieces });

/** A balance that its owner signs, over something else than the chain: who reads the whole chain refuses it, too, where `isBy` all readers. */
function carriedFailures(story: Story): VectorSet<ExcerptVector> {
  const { cast, chain } = story;
  const { alice, eve, a1 } = cast.w;
  const right = carriedFields(story);
  const [inForce, ended] = [right[6] as readonly Plain[], right[7] as readonly (readonly Plain[])[]];
  const signed = (description: string, expect: string, change: Fields, raw?: Uint8Array): ExcerptVector => {
    const carried = raw ?? cborFields({ ...right, ...change });
    const statement = statementAfter(chain, alice, balanceDraft(carried, cast.identity3));
    const pieces = { carried: toBase64Url(carried), statements: [toBase64Url(statement)], isRefusedAsNext: true } as const;
    return refusedAs(description, expect, pieces);
  };
  const again = [...common(a1, 1, 2, 4), 2, START_MS + HOUR_MS, a1.key.publicKey, a1.kemKey];
  const forged = cbor([...attestation(cast, eve.key)]);
  return {
    'carried-seq': signed('It sums up one statement more than there are', 'chain', { 1: 14 }),
    'carried-spine-short': signed('A rotation is not among what the identity rests on', 'chain', { 3: [1, 12] }),
    'carried-foundation-other': signed('It rests on the keys of before', 'chain', { 5: fixed('x', 32) }),
    'carried-device-twice': signed('A device in force that has ended as well', 'shape', { 6: [...inForce, again] }),
    'carried-key-short': signed('A signing key without its second half', 'shape', {
      6: [[...(inForce[0] as readonly Plain[]).slice(0, 8), cast.a4.key.publicKey.slice(0, 32), cast.a4.kemKey]],
    }),
    'carried-admin-true': signed('A device that administrates by true', 'shape', {
      7: ended.map((one) => one.map((field, i) => (i === 2 ? true : field))),
    }),
    'carried-epoch-zero': signed('An epoch without a number', 'shape', { 8: [0, 13, kemKeyOf(fixed('k', 32)), 0, 1] }),
    'carried-field-missing': signed('Without attestations', 'shape', {}, cbor(new Map([...fields(right)].filter(([key]) => key !== 11)))),
    'carried-field-extra': signed('A twelfth field', 'shape', { 12: 0 }),
    'carried-name-forged': signed('A name that its registrar has not signed (attack A3)', 'signature', { 11: [forged] }),
  };
}

/** A record that names a registrar, signed by somebody else. */
function attestation({ w }: Cast, signer: Signer): Plain[] {
  const signed = cborFields({
    1: w.alice.mailboxId,
    2: w.alice.address,
    3: 'Gesundheitsamt Nord',
    4: 'Kiel',
    5: null,
    6: 'Radiologie',
    7: [],
    8: START_MS,
    9: START_MS,
    10: START_MS + 365 * DAY_MS,
  });
  return [signed, signerOf(fixed('registrar', 32)).publicKey, signer.sign('attest', signed)];
}

function statementFailures(story: Story, carried: Uint8Array): VectorSet<ExcerptVector> {
  const { cast, chain } = story;
  const { alice, bob, a1 } = cast.w;
  const by = (signer: Signer): Uint8Array => statementAfter(chain, alice, balanceDraft(carried, signer));
  const right = by(cast.identity3);
  const said = (description: string, expect: string, ...statements: readonly Uint8Array[]): ExcerptVector =>
    refusedAs(description, expect, { statements: statements.map(toBase64Url) });
  const asNext = (vector: ExcerptVector): ExcerptVector => ({ ...vector, isRefusedAsNext: true });
  const revoked: Draft = { ...revokeDevice(alice, cast.a4, 'x'), signer: cast.identity2 };
  const body = fields({ 1: tagged('balance', carried), 2: 0 });
  const short = fields({ 1: tagged('balance', carried).slice(1) });
  const again = balanceDraft(cborFields({ ...carriedFields(story), 1: 14 }), cast.identity3);
  return {
    'by-device': asNext(said('A device in force signs', 'signature', by(cast.a4.key))),
    'by-old-identity': asNext(said('The identity that was replaced signs', 'signature', by(cast.identity2))),
    'by-recovery': asNext(said('The recovery key signs', 'signature', by(cast.recovery2.key))),
    'by-removed-device': asNext(said('A device that has ended signs', 'signature', by(a1.key))),
    'other-mailbox': asNext(said("Bob's balance", 'chain', statementAfter(chain, bob, balanceDraft(carried, cast.identity3)))),
    'field-extra': asNext(said('A second field', 'shape', statementAfter(chain, alice, { kind: 'balance', signer: cast.identity3, body }))),
    'digest-short': asNext(said('A digest of 31 bytes', 'shape', statementAfter(chain, alice, { kind: 'balance', signer: cast.identity3, body: short }))),
    'no-balance': said('It begins with an epoch', 'chain', chain[12] ?? right),
    'none-at-all': said('Nothing after the spine', 'chain'),
    'later-gap': said('A statement is left out after it', 'chain', right, statementAfter([...chain, right, right], alice, revoked)),
    'later-by-old-identity': said('The identity of before goes on after it', 'signature', right, statementAfter([...chain, right], alice, revoked)),
    'later-balance': said('Another balance, which only the whole chain can show to be true', 'chain', right, statementAfter([...chain, right], alice, again)),
  };
}

function spineFailures({ cast, chain }: Story): VectorSet<ExcerptVector> {
  const [genesis, rotation, recovery] = [chain[0], chain[9], chain[11]].map((one) => toBase64Url(one ?? bytesOf('')));
  const bobs = toBase64Url(cast.w.bob.genesis);
  if (genesis === undefined || rotation === undefined || recovery === undefined) throw new Error('three');
  const spine = (description: string, expect: string, ...pieces: readonly string[]): ExcerptVector =>
    refusedAs(description, expect, { spine: pieces });
  return {
    'spine-empty': spine('Nothing that the identity rests on', 'chain'),
    'spine-without-rotation': spine('The rotation is left out', 'chain', genesis, recovery),
    'spine-without-recovery': spine('The recovery is left out: the lost devices sign', 'signature', genesis, rotation),
    'spine-genesis-alone': spine('Everything after the genesis is left out', 'signature', genesis),
    'spine-other-genesis': spine("Bob's genesis", 'chain', bobs, rotation, recovery),
    'spine-backwards': spine('The recovery before the rotation', 'chain', genesis, recovery, rotation),
    'spine-twice': spine('The rotation twice', 'chain', genesis, rotation, rotation, recovery),
    'spine-epoch': spine('An epoch, which brings no identity', 'chain', genesis, toBase64Url(chain[2] ?? bytesOf('')), rotation, recovery),
  };
}

function seenFailures({ chain, heads }: Story): VectorSet<ExcerptVector> {
  const proof = pathTo(heads, SEEN - 1).map(toBase64Url);
  const seen = (description: string, pieces: Pick<ExcerptVector, 'seen' | 'inclusion'>): ExcerptVector =>
    refusedAs(description, 'proof', pieces);
  const head = (seq: number): string => toBase64Url(heads[seq - 1] ?? bytesOf(''));
  return {
    'seen-other-head': seen('The statement that was seen is another one (rollback)', {
      seen: { seq: SEEN, head: toBase64Url(tagged('stmt', chain[3] ?? bytesOf(''))) },
    }),
    'seen-other-place': seen('It was seen at another place', { seen: { seq: SEEN + 1, head: head(SEEN) } }),
    'seen-proof-missing': seen('No proof', { inclusion: [] }),
    'seen-proof-long': seen('A hash too many', { inclusion: [...proof, head(1)] }),
  };
}

export async function generateExcerptVectors(): Promise<VectorSet<ExcerptVector>> {
  const cast = castOf(await world());
  const chain = await renewedChain(cast);
  const heads = chain.map((bytes) => tagged('stmt', bytes));
  const story: Story = { cast, chain, heads };
  const { alice } = cast.w;
  const carried = cborFields(carriedFields(story));
  const balance = statementAfter(chain, alice, balanceDraft(carried, cast.identity3));
  const anew = { ...alice, recovery: cast.recovery2 };
  const six = { n: 6, signer: cast.a4, devices: [cast.a4], notBeforeMs: START_MS + 17 * DAY_MS };
  const later = statementAfter([...chain, balance], alice, await epoch(anew, six));
  const altered = cborFields({ ...carriedFields(story), 7: [] });
  return {
    valid: {
      description: 'genesis, rotation, recovery; balance of 13 statements, epoch 6; statement 5 was seen before',
      expect: 'valid',
      spine: [chain[0], chain[9], chain[11]].map((one) => toBase64Url(one ?? bytesOf(''))),
      carried: toBase64Url(carried),
      statements: [balance, later].map(toBase64Url),
      inclusion: pathTo(heads, SEEN - 1).map(toBase64Url),
      seen: { seq: SEEN, head: toBase64Url(heads[SEEN - 1] ?? bytesOf('')) },
    },
    'carried-other': refusedAs('The devices that have ended are left out, and the digest is of the true state', 'chain', {
      carried: toBase64Url(altered),
    }),
    ...carriedFailures(story),
    ...statementFailures(story, carried),
    ...spineFailures(story),
    ...seenFailures(story),
  };
}

await writeVectorsWhenRun(import.meta.url, generateExcerptVectors);
