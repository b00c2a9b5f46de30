import { toBase64Url } from '../../../crypto/wire/bytes.js';
import {
  type Fields,
  type Plain,
  type Signer,
  bytesOf,
  cborFields,
  expand,
  fields,
  fixed,
  hpkeSeal,
  join,
  kemKeyOf,
  signerOf,
  tagged,
  u16,
  u64,
} from '../second.js';
import { type Vector, type VectorSet, writeVectorsWhenRun } from '../vector-files.js';
import {
  DAY_MS,
  type Draft,
  START_MS,
  type World,
  type WorldDevice,
  type WorldMailbox,
  addDevice,
  deviceOf,
  epoch,
  plainBox,
  revokeDevice,
  statementAfter,
  tagOf,
  world,
} from '../world.js';

/** Keys that replace keys, docs/spec/mailbox.md §2 and §3: Alice's chain goes on, and what must not be its next statement. */

export interface RenewalVector extends Vector {
  /** In the valid one: everything after the seven statements of test/vectors/chain/valid.json. */
  readonly statements?: readonly string[];
  /** In a failure: this statement after the first `after` statements of both. */
  readonly after?: number;
  readonly statement?: string;
}

/** Whoever is in Alice's practice by the end. */
export interface Cast {
  readonly w: World;
  /** a1 after its renewal: the same device. */
  readonly renewed: WorldDevice;
  /** Added with the right to administrate. */
  readonly a3: WorldDevice;
  /** Brought by the recovery. */
  readonly a4: WorldDevice;
  readonly identity2: Signer;
  readonly identity3: Signer;
  readonly recovery2: WorldMailbox['recovery'];
}

export function castOf(w: World): Cast {
  const kemSeed = fixed('a1 renewed/kem', 32);
  const code = fixed('alice/recovery 2', 32);
  return {
    w,
    renewed: { ...w.a1, key: signerOf(fixed('a1 renewed/sig', 32)), kemSeed, kemKey: kemKeyOf(kemSeed) },
    a3: deviceOf('a3', 'Dr. C. Adler'),
    a4: deviceOf('a4', 'Dr. A. Meier'),
    identity2: signerOf(fixed('alice/identity 2', 32)),
    identity3: signerOf(fixed('alice/identity 3', 32)),
    recovery2: {
      code,
      key: signerOf(expand(code, 'bb1/recovery/sig')),
      kemKey: kemKeyOf(expand(code, 'bb1/recovery/kem')),
    },
  };
}

function proofOf(mailbox: WorldMailbox, device: WorldDevice, signer: Signer = device.key): Uint8Array {
  const input = { 1: mailbox.mailboxId, 2: device.deviceId, 3: tagOf(device), 4: device.key.publicKey, 5: device.kemKey };
  return signer.sign('device-pop', cborFields(input));
}

export function rekey(mailbox: WorldMailbox, old: Signer, device: WorldDevice, change: Fields = {}): Draft {
  const body = { 1: device.deviceId, 2: device.key.publicKey, 3: device.kemKey, 4: proofOf(mailbox, device), ...change };
  return { kind: 'device-rekey', signer: old, body: fields(body) };
}

/** The new identity signs the same `b` without its own signature. */
function coSigned(
  chain: readonly Uint8Array[],
  mailbox: WorldMailbox,
  draft: { readonly kind: string; readonly body: Fields; readonly signer: Signer; readonly own: number },
  fresh: Signer,
): Draft {
  const covered = cborFields({
    1: draft.kind,
    2: chain.length + 1,
    3: tagged('stmt', chain.at(-1) ?? new Uint8Array(0)),
    4: START_MS + chain.length * 3_600_000,
    5: fields(draft.body),
    6: mailbox.mailboxId,
  });
  return { ...draft, body: fields({ ...draft.body, [draft.own]: fresh.sign('mailbox', covered) }) };
}

export interface Rotation {
  readonly chain: readonly Uint8Array[];
  readonly old: Signer;
  readonly fresh: Signer;
  readonly admins: readonly WorldDevice[];
  /** Who signs for the new key; by default the new key. */
  readonly cosigner?: Signer;
}

export async function rotate(mailbox: WorldMailbox, rotation: Rotation): Promise<Draft> {
  const { chain, old, fresh, admins } = rotation;
  const boxes: Plain[] = [];
  for (const { name, deviceId, kemKey } of admins) {
    const info = join(bytesOf('bb1/identity\0'), u16(1), mailbox.mailboxId, u64(chain.length + 1), deviceId);
    const box = await hpkeSeal({ publicKey: kemKey, info, plain: fresh.seed, name: `identity/${name}`, aad: join });
    boxes.push([deviceId, ...plainBox(box)]);
  }
  const body = { 1: fresh.publicKey, 2: boxes };
  return coSigned(chain, mailbox, { kind: 'rotate-identity', body, signer: old, own: 3 }, rotation.cosigner ?? fresh);
}

export interface Recovery {
  readonly chain: readonly Uint8Array[];
  readonly signer: Signer;
  readonly identity: Signer;
  readonly recovery: WorldMailbox['recovery'];
  readonly device: WorldDevice;
  readonly cosigner?: Signer;
  readonly proof?: Uint8Array;
}

export function recover(mailbox: WorldMailbox, plan: Recovery): Draft {
  const { chain, identity, recovery, device } = plan;
  const proof = plan.proof ?? proofOf(mailbox, device);
  const body = {
    1: identity.publicKey,
    2: recovery.key.publicKey,
    3: recovery.kemKey,
    4: [device.deviceId, tagOf(device), device.key.publicKey, device.kemKey, proof],
  };
  return coSigned(chain, mailbox, { kind: 'recover', body, signer: plan.signer, own: 5 }, plan.cosigner ?? identity);
}

/** 8 rekey a1 · 9 add a3, administrating · 10 rotate identity · 11 epoch 4 · 12 recover with a4 · 13 epoch 5 */
export async function renewedChain(cast: Cast): Promise<Uint8Array[]> {
  const { w, renewed, a3, a4, identity2, identity3, recovery2 } = cast;
  const { alice } = w;
  const chain = [...w.aliceChain];
  const add = (draft: Draft): void => void chain.push(statementAfter(chain, alice, draft));
  add(rekey(alice, w.a1.key, renewed));
  add(addDevice(alice, a3, { 6: 1 }));
  add(await rotate(alice, { chain, old: alice.identity, fresh: identity2, admins: [renewed, a3] }));
  add(await epoch(alice, { n: 4, signer: renewed, devices: [renewed, a3], notBeforeMs: START_MS + 9 * DAY_MS }));
  add(recover(alice, { chain, signer: alice.recovery.key, identity: identity3, recovery: recovery2, device: a4 }));
  const anew = { ...alice, recovery: recovery2 };
  add(await epoch(anew, { n: 5, signer: a4, devices: [a4], notBeforeMs: START_MS + 10 * DAY_MS }));
  return chain;
}

type Next = (description: string, expect: string, after: number, draft: Draft) => RenewalVector;

function rekeyFailures({ w, renewed, a4 }: Cast, next: Next): VectorSet<RenewalVector> {
  const { alice, a1, a2, eve } = w;
  const right = rekey(alice, a1.key, renewed);
  const ofRevoked = { ...renewed, deviceId: a2.deviceId, member: a2.member };
  const changed = (change: Fields): Draft => rekey(alice, a1.key, renewed, change);
  return {
    'rekey-by-identity': next('The identity key renews a device', 'signature', 7, { ...right, signer: alice.identity }),
    'rekey-by-new-key': next('The new key signs for itself', 'signature', 7, { ...right, signer: renewed.key }),
    'rekey-by-eve': next('Eve renews', 'signature', 7, { ...right, signer: eve.key }),
    'rekey-by-old-key-again': next('A key that was replaced renews again', 'signature', 8, {
      ...rekey(alice, a1.key, { ...a4, deviceId: a1.deviceId, member: a1.member }),
    }),
    'rekey-of-revoked': next('A revoked device renews', 'chain', 7, rekey(alice, a2.key, ofRevoked)),
    'rekey-of-unknown': next('A device that is not in the chain', 'chain', 7, rekey(alice, eve.key, eve)),
    'rekey-proof-of-other': next('The proof is by another key', 'signature', 7, changed({ 4: proofOf(alice, renewed, eve.key) })),
    'rekey-proof-of-old': next('The proof is by the old key', 'signature', 7, changed({ 4: proofOf(alice, renewed, a1.key) })),
    'rekey-same-kem-key': next('Half a renewal: the old X-Wing key', 'chain', 7, rekey(alice, a1.key, { ...renewed, kemKey: a1.kemKey })),
    'rekey-same-signing-key': next('Half a renewal: the old signing key', 'chain', 7, rekey(alice, a1.key, { ...renewed, key: a1.key })),
    'rekey-proof-missing': next('No proof', 'shape', 7, changed({ 4: null })),
    'rekey-field-extra': next('A fifth field', 'shape', 7, changed({ 5: 0 })),
  };
}

async function rotateFailures(cast: Cast, chain: readonly Uint8Array[], next: Next): Promise<VectorSet<RenewalVector>> {
  const { w, renewed, a3, a4, identity2 } = cast;
  const { alice, eve, a2 } = w;
  const rotation: Rotation = { chain: chain.slice(0, 9), old: alice.identity, fresh: identity2, admins: [renewed, a3] };
  const rotated = async (description: string, expect: string, change: Partial<Rotation>): Promise<RenewalVector> =>
    next(description, expect, 9, await rotate(alice, { ...rotation, ...change }));
  const right = await rotate(alice, rotation);
  const body = right.body as ReadonlyMap<number, Plain>;
  return {
    'rotate-by-eve': await rotated('Eve signs in the place of the old identity', 'signature', { old: eve.key }),
    'rotate-by-new-alone': await rotated('The new identity signs both', 'signature', { old: identity2 }),
    'rotate-by-old-alone': await rotated('The old identity signs both', 'signature', { cosigner: alice.identity }),
    'rotate-by-device': await rotated('A device signs', 'signature', { old: renewed.key }),
    'rotate-by-recovery': await rotated('The recovery key signs', 'signature', { old: alice.recovery.key }),
    'rotate-no-box': await rotated('An administrating device gets no box', 'chain', { admins: [renewed] }),
    'rotate-box-for-revoked': await rotated('A revoked device gets a box', 'chain', { admins: [renewed, a3, a2] }),
    'rotate-box-for-other': await rotated('A stranger gets a box', 'chain', { admins: [renewed, eve] }),
    'rotate-box-twice': await rotated('A device gets two boxes', 'shape', { admins: [renewed, renewed] }),
    'rotate-same-key': await rotated('The identity key it had', 'chain', { fresh: alice.identity }),
    'rotate-new-signature-missing': next('No signature by the new key', 'shape', 9, {
      ...right,
      body: new Map([...body].filter(([key]) => key !== 3)),
    }),
    'rotate-elsewhere': next('The signature of the new key is for another place', 'signature', 10, right),
    'add-by-old-identity': next('The identity that was replaced adds a device', 'signature', 10, addDevice(alice, a4)),
    'revoke-by-old-identity': next('The identity that was replaced revokes', 'signature', 10, revokeDevice(alice, a3, 'x')),
    'add-admin-0': next('A device that is marked as administrating by 0', 'shape', 7, addDevice(alice, a3, { 6: 0 })),
    'add-admin-true': next('A device that is marked by true', 'shape', 7, addDevice(alice, a3, { 6: true })),
  };
}

async function recoverFailures(
  cast: Cast,
  chain: readonly Uint8Array[],
  next: Next,
): Promise<VectorSet<RenewalVector>> {
  const { w, renewed, a3, a4, identity2, identity3, recovery2 } = cast;
  const { alice, eve } = w;
  const plan: Recovery = {
    chain: chain.slice(0, 11),
    signer: alice.recovery.key,
    identity: identity3,
    recovery: recovery2,
    device: a4,
  };
  const recovered = (description: string, expect: string, change: Partial<Recovery>): RenewalVector =>
    next(description, expect, 11, recover(alice, { ...plan, ...change }));
  const anew = { ...alice, recovery: recovery2 };
  const five = { n: 5, signer: a4, devices: [a4], notBeforeMs: START_MS + 10 * DAY_MS };
  const after12: Recovery = { ...plan, chain: chain.slice(0, 12), identity: signerOf(fixed('identity 4', 32)) };
  return {
    'recover-by-identity': recovered('The identity key recovers', 'signature', { signer: identity2 }),
    'recover-by-device': recovered('A device recovers', 'signature', { signer: renewed.key }),
    'recover-by-eve': recovered('Eve recovers', 'signature', { signer: eve.key }),
    'recover-by-new-recovery': recovered('The new recovery key signs', 'signature', { signer: recovery2.key }),
    'recover-new-identity-silent': recovered('The old identity signs for the new one', 'signature', { cosigner: identity2 }),
    'recover-same-recovery': recovered('The words that were used stay in force', 'chain', { recovery: alice.recovery }),
    'recover-same-identity': recovered('The identity key stays', 'chain', { identity: identity2 }),
    'recover-device-known': recovered('With a device of before', 'chain', { device: a3 }),
    'recover-proof-of-other': recovered('The proof is by another key', 'signature', { proof: proofOf(alice, a4, eve.key) }),
    'recover-words-again': next('The words that were used, a second time', 'signature', 12, recover(alice, after12)),
    'epoch-by-device-of-before': next('A device of before starts an epoch', 'chain', 12, await epoch(anew, { ...five, signer: a3 })),
    'epoch-box-for-device-of-before': next('A device of before gets a box', 'chain', 12, await epoch(anew, { ...five, devices: [a4, a3] })),
    'add-by-identity-of-before': next('The identity of before adds a device', 'signature', 12, {
      ...addDevice(alice, eve),
      signer: identity2,
    }),
  };
}

export async function generateRenewalVectors(): Promise<VectorSet<RenewalVector>> {
  const cast = castOf(await world());
  const { alice, aliceChain } = cast.w;
  const chain = await renewedChain(cast);
  const next: Next = (description, expect, after, draft) => ({
    description,
    expect,
    after,
    statement: toBase64Url(statementAfter(chain.slice(0, after), alice, draft)),
  });
  return {
    valid: {
      description: 'rekey a1, add a3 as administrator, rotate the identity, epoch 4, recover with a4, epoch 5',
      expect: 'valid',
      statements: chain.slice(aliceChain.length).map(toBase64Url),
    },
    ...rekeyFailures(cast, next),
    ...(await rotateFailures(cast, chain, next)),
    ...(await recoverFailures(cast, chain, next)),
  };
}

await writeVectorsWhenRun(import.meta.url, generateRenewalVectors);
