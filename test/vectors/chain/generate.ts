import { toBase64Url, toHex } from '../../../crypto/wire/bytes.js';
import { type Fields, bytesOf, cbor, cborFields, fields } from '../second.js';
import { type Vector, type VectorSet, writeVectorsWhenRun } from '../vector-files.js';
import {
  DAY_MS,
  type Draft,
  type EpochPlan,
  START_MS,
  type World,
  ZERO_HASH,
  addDevice,
  epoch,
  genesisOf,
  revokeDevice,
  statementAfter,
  world,
} from '../world.js';

/** Alice's chain and everything that must not be its next statement, docs/spec/mailbox.md §3. */

export interface ChainVector extends Vector {
  /** The whole chain, in the valid one; base64url like every statement in JSON. */
  readonly statements?: readonly string[];
  readonly mailboxId?: string;
  /** In a failure: this statement after the first `after` statements of the valid chain. */
  readonly after?: number;
  readonly statement?: string;
}

type Next = (description: string, expect: string, after: number, draft: Draft) => ChainVector;

function nextOf({ alice, aliceChain }: World): Next {
  return (description, expect, after, draft) => ({
    description,
    expect,
    after,
    statement: toBase64Url(statementAfter(aliceChain.slice(0, after), alice, draft)),
  });
}

function genesisFailures({ alice, aliceChain, eve }: World): VectorSet<ChainVector> {
  const first = (description: string, expect: string, statement: Uint8Array): ChainVector => ({
    description,
    expect,
    after: 0,
    statement: toBase64Url(statement),
  });
  const { address } = alice;
  return {
    'genesis-missing': first('A chain begins with another statement', 'chain', aliceChain[5] ?? ZERO_HASH),
    'genesis-seq-2': first('A genesis with number 2', 'chain', genesisOf('alice', address, { 2: 2 })),
    'genesis-with-prev': first(
      'A genesis with a predecessor',
      'chain',
      genesisOf('alice', address, { 3: alice.mailboxId }),
    ),
    'genesis-foreign-key': first(
      "Eve's identity key in Alice's genesis",
      'signature',
      genesisOf('alice', address, {}, { 2: eve.key.publicKey }),
    ),
    'genesis-suite-unknown': first('A suite nobody accepts', 'suite', genesisOf('alice', address, {}, { 5: [2] })),
  };
}

function orderFailures(w: World, next: Next): VectorSet<ChainVector> {
  const { alice, a1, a2, bob, aliceChain } = w;
  const revoke = revokeDevice(alice, a1, 'lost');
  const changed = (change: Fields): Draft => ({ ...revoke, change });
  const genesis = aliceChain[0] ?? ZERO_HASH;
  return {
    'seq-gap': next('A number is left out', 'chain', 3, changed({ 2: 5 })),
    'seq-repeated': next('A number comes twice', 'chain', 3, changed({ 2: 3 })),
    'prev-of-other': next('The hash of an earlier statement', 'chain', 3, changed({ 3: ZERO_HASH })),
    'mailbox-of-other': next("Bob's mailbox id", 'chain', 3, changed({ 6: bob.mailboxId })),
    'genesis-second': { description: 'The genesis again', expect: 'chain', after: 1, statement: toBase64Url(genesis) },
    'revoke-by-device': next('A device revokes', 'signature', 3, { ...revoke, signer: a1.key }),
    'revoke-by-eve': next('Eve revokes', 'signature', 3, { ...revoke, signer: w.eve.key }),
    'revoke-by-recovery': next('The recovery key revokes', 'signature', 3, { ...revoke, signer: alice.recovery.key }),
    'revoke-unknown': next('A device that is not in the chain', 'chain', 3, revokeDevice(alice, a2, 'lost')),
    'revoke-twice': next('A device that is revoked already', 'chain', 6, revokeDevice(alice, a2, 'lost')),
    'label-of-other': next('Signed as a message', 'signature', 3, {
      ...revoke,
      signer: { ...alice.identity, sign: (_label, payload) => alice.identity.sign('msg', payload) },
    }),
  };
}

function deviceFailures(w: World, next: Next): VectorSet<ChainVector> {
  const { alice, bob, a1, a2, eve } = w;
  const foreign = addDevice(bob, a2);
  const withEve = cborFields({ 1: alice.mailboxId, 2: a2.deviceId, 3: ZERO_HASH, 4: a2.key.publicKey, 5: a2.kemKey });
  return {
    'device-by-device': next('A device adds a device', 'signature', 3, { ...addDevice(alice, a2), signer: a1.key }),
    'device-twice': next('A device that is in the chain', 'chain', 3, addDevice(alice, a1)),
    'device-again-after-revocation': next('A revoked device comes back', 'chain', 6, addDevice(alice, a2)),
    'device-proof-of-other': next(
      'The proof is by another key',
      'signature',
      3,
      addDevice(alice, a2, { 5: eve.key.sign('device-pop', withEve) }),
    ),
    'device-proof-other-mailbox': next('The proof is for another mailbox', 'signature', 3, {
      ...foreign,
      signer: alice.identity,
    }),
    'device-proof-empty': next('The proof is empty', 'shape', 3, addDevice(alice, a2, { 5: new Uint8Array(0) })),
  };
}

async function epochFailures(w: World, next: Next): Promise<VectorSet<ChainVector>> {
  const { alice, a1, a2, eve } = w;
  const plan: EpochPlan = { n: 3, signer: a1, devices: [a1], notBeforeMs: START_MS + 8 * DAY_MS };
  const right = await epoch(alice, plan);
  const planned = async (description: string, expect: string, change: Partial<EpochPlan>): Promise<ChainVector> =>
    next(description, expect, 6, await epoch(alice, { ...plan, ...change }));
  const lasting = (ms: number): Partial<EpochPlan> => ({ change: { 4: plan.notBeforeMs + ms } });
  return {
    'epoch-by-revoked': await planned('A revoked device starts an epoch', 'chain', { signer: a2 }),
    'epoch-by-unknown': await planned('An unknown device starts an epoch', 'chain', { signer: eve }),
    'epoch-by-identity': next('The identity key signs in the name of a device', 'signature', 6, {
      ...right,
      signer: alice.identity,
    }),
    'epoch-by-other-device': next('A device signs in the name of another', 'signature', 6, {
      ...right,
      signer: a2.key,
    }),
    'epoch-no-box': await planned('A device in force gets no box', 'chain', { devices: [] }),
    'epoch-box-for-revoked': await planned('A revoked device gets a box', 'chain', { devices: [a1, a2] }),
    'epoch-box-for-other': await planned('A stranger gets the box', 'chain', { devices: [eve] }),
    'epoch-box-twice': await planned('A device gets two boxes', 'shape', { devices: [a1, a1] }),
    'epoch-too-long': await planned('60 days and a millisecond', 'chain', lasting(60 * DAY_MS + 1)),
    'epoch-without-time': await planned('It ends when it begins', 'chain', lasting(0)),
    'epoch-n-gap': await planned('A number is left out', 'chain', { n: 4 }),
    'epoch-n-repeated': await planned('A number comes twice', 'chain', { n: 2 }),
    'epoch-recovery-box-missing': await planned('No recovery box', 'shape', { change: { 6: null } }),
    'epoch-body-extra': await planned('An eighth field', 'shape', { change: { 8: 0 } }),
  };
}

function otherFailures(w: World, next: Next): VectorSet<ChainVector> {
  const { alice, a1, aliceChain } = w;
  const kind = 'attest-nothing';
  const fifth = aliceChain[5] ?? ZERO_HASH;
  const flipped = fifth.slice();
  const at = flipped.length - 3000;
  flipped[at] = (flipped[at] ?? 0) ^ 1;
  const b = cborFields({
    1: 'revoke-device',
    2: 6,
    3: ZERO_HASH,
    4: 0,
    5: fields({ 1: a1.deviceId, 2: '' }),
    6: alice.mailboxId,
  });
  return {
    'kind-unknown': next('A kind nobody knows', 'shape', 3, { kind, body: fields({}), signer: alice.identity }),
    'signature-flipped': {
      description: 'A bit of the signature',
      expect: 'signature',
      after: 5,
      statement: toBase64Url(flipped),
    },
    'signature-empty': {
      description: 'An empty signature',
      expect: 'shape',
      after: 5,
      statement: toBase64Url(cbor([b, bytesOf('')])),
    },
  };
}

export async function generateChainVectors(): Promise<VectorSet<ChainVector>> {
  const w = await world();
  const next = nextOf(w);
  const valid: ChainVector = {
    description: 'genesis, add a1, epoch 1, add a2, epoch 2, revoke a2, epoch 3',
    expect: 'valid',
    mailboxId: toHex(w.alice.mailboxId),
    statements: w.aliceChain.map(toBase64Url),
  };
  return {
    valid,
    ...genesisFailures(w),
    ...orderFailures(w, next),
    ...deviceFailures(w, next),
    ...(await epochFailures(w, next)),
    ...otherFailures(w, next),
  };
}

await writeVectorsWhenRun(import.meta.url, generateChainVectors);
