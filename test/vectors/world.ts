import {
  type Fields,
  type HpkeInput,
  type HpkeOutput,
  type Plain,
  type Signer,
  bytesOf,
  cbor,
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
} from './second.js';

/** Alice's and Bob's mailboxes and Eve's keys, made by the second writer from fixed seeds: the same in all vectors. */

export const START_MS = Date.UTC(2026, 2, 2, 8);
export const DAY_MS = 86_400_000;
export const ZERO_HASH = new Uint8Array(32);

export interface WorldDevice {
  readonly name: string;
  readonly deviceId: Uint8Array;
  readonly member: { readonly label: string; readonly salt: Uint8Array };
  readonly key: Signer;
  readonly kemSeed: Uint8Array;
  readonly kemKey: Uint8Array;
}

export interface WorldMailbox {
  readonly address: string;
  readonly identity: Signer;
  readonly recovery: { readonly code: Uint8Array; readonly key: Signer; readonly kemKey: Uint8Array };
  readonly genesis: Uint8Array;
  readonly mailboxId: Uint8Array;
}

export function deviceOf(name: string, label: string): WorldDevice {
  const kemSeed = fixed(`${name}/kem`, 32);
  return {
    name,
    deviceId: fixed(`${name}/id`, 16),
    member: { label, salt: fixed(`${name}/salt`, 16) },
    key: signerOf(fixed(`${name}/sig`, 32)),
    kemSeed,
    kemKey: kemKeyOf(kemSeed),
  };
}

export function tagOf(device: WorldDevice): Uint8Array {
  return tagged('member', device.member.salt, bytesOf(device.member.label));
}

export interface Draft {
  readonly kind: string;
  readonly body: Plain;
  readonly signer: Signer;
  /** Fields of `b` that differ from the right ones. */
  readonly change?: Fields;
}

function signed(b: Uint8Array, signer: Signer): Uint8Array {
  return cbor([b, signer.sign('mailbox', b)]);
}

export function genesisBody(name: string, address: string): { body: Fields; identity: Signer } {
  const identity = signerOf(fixed(`${name}/identity`, 32));
  const code = fixed(`${name}/recovery`, 32);
  const recoverySig = signerOf(expand(code, 'bb1/recovery/sig')).publicKey;
  const recoveryKem = kemKeyOf(expand(code, 'bb1/recovery/kem'));
  return { identity, body: { 1: address, 2: identity.publicKey, 3: recoverySig, 4: recoveryKem, 5: [1] } };
}

/** @param change fields of `b` that differ @param bodyChange fields of the body that differ */
export function genesisOf(name: string, address: string, change: Fields = {}, bodyChange: Fields = {}): Uint8Array {
  const { body, identity } = genesisBody(name, address);
  const b = { 1: 'genesis', 2: 1, 3: ZERO_HASH, 4: START_MS, 5: fields({ ...body, ...bodyChange }), ...change };
  return signed(cborFields(b), identity);
}

export function mailboxOf(name: string, address: string): WorldMailbox {
  const { body, identity } = genesisBody(name, address);
  const b = cborFields({ 1: 'genesis', 2: 1, 3: ZERO_HASH, 4: START_MS, 5: fields(body) });
  const code = fixed(`${name}/recovery`, 32);
  return {
    address,
    identity,
    recovery: {
      code,
      key: signerOf(expand(code, 'bb1/recovery/sig')),
      kemKey: kemKeyOf(expand(code, 'bb1/recovery/kem')),
    },
    genesis: signed(b, identity),
    mailboxId: tagged('mailbox', b),
  };
}

/** The statement after `chain`, one hour later than the one before. */
export function statementAfter(chain: readonly Uint8Array[], mailbox: WorldMailbox, draft: Draft): Uint8Array {
  const last = chain.at(-1);
  const b: Fields = {
    1: draft.kind,
    2: chain.length + 1,
    3: last === undefined ? ZERO_HASH : tagged('stmt', last),
    4: START_MS + chain.length * 3_600_000,
    5: draft.body,
    6: mailbox.mailboxId,
    ...draft.change,
  };
  return signed(cborFields(b), draft.signer);
}

export function addDevice(mailbox: WorldMailbox, device: WorldDevice, bodyChange: Fields = {}): Draft {
  const { deviceId, kemKey } = device;
  const proofInput = { 1: mailbox.mailboxId, 2: deviceId, 3: tagOf(device), 4: device.key.publicKey, 5: kemKey };
  const proof = device.key.sign('device-pop', cborFields(proofInput));
  const body = { 1: deviceId, 2: tagOf(device), 3: device.key.publicKey, 4: kemKey, 5: proof, ...bodyChange };
  return { kind: 'add-device', signer: mailbox.identity, body: fields(body) };
}

export function revokeDevice(mailbox: WorldMailbox, device: WorldDevice, reason: string): Draft {
  return { kind: 'revoke-device', signer: mailbox.identity, body: fields({ 1: device.deviceId, 2: reason }) };
}

export interface EpochPlan {
  readonly n: number;
  readonly signer: WorldDevice;
  readonly devices: readonly WorldDevice[];
  readonly notBeforeMs: number;
  readonly change?: Fields;
}

export function epochSeed(mailbox: WorldMailbox, n: number): Uint8Array {
  return fixed(`${mailbox.address}/epoch ${n}`, 32);
}

export async function epoch(mailbox: WorldMailbox, plan: EpochPlan): Promise<Draft> {
  const { n, signer, devices, notBeforeMs } = plan;
  const seed = epochSeed(mailbox, n);
  const boxes: Plain[] = [];
  for (const { name, deviceId, kemKey } of devices) {
    boxes.push([deviceId, ...plainBox(await seedBox(mailbox, n, seed, { holder: deviceId, kemKey, name }))]);
  }
  const recovery = { holder: bytesOf('recovery'), kemKey: mailbox.recovery.kemKey, name: 'recovery' };
  const body: Fields = {
    1: n,
    2: kemKeyOf(seed),
    3: notBeforeMs,
    4: notBeforeMs + 60 * DAY_MS,
    5: boxes,
    6: plainBox(await seedBox(mailbox, n, seed, recovery)),
    7: signer.deviceId,
    ...plan.change,
  };
  return { kind: 'epoch', signer: signer.key, body: fields(body) };
}

export interface Holder {
  readonly name: string;
  /** Device id, or "recovery". */
  readonly holder: Uint8Array;
  readonly kemKey: Uint8Array;
}

export function seedBox(
  mailbox: WorldMailbox,
  n: number,
  seed: Uint8Array,
  to: Holder,
  change: Pick<HpkeInput, 'commitment'> = {},
): Promise<HpkeOutput> {
  return hpkeSeal({
    ...change,
    publicKey: to.kemKey,
    info: join(bytesOf('bb1/epoch\0'), u16(1), mailbox.mailboxId, u64(n), to.holder),
    plain: seed,
    name: `${mailbox.address}/epoch ${n}/${to.name}`,
    aad: join,
  });
}

export function plainBox(box: HpkeOutput): Plain[] {
  return [box.enc, box.commitment, box.ciphertext];
}

export interface World {
  readonly alice: WorldMailbox;
  readonly bob: WorldMailbox;
  readonly a1: WorldDevice;
  readonly a2: WorldDevice;
  readonly b1: WorldDevice;
  readonly eve: WorldDevice;
  /** 1 genesis, 2 add a1, 3 epoch 1, 4 add a2, 5 epoch 2, 6 revoke a2, 7 epoch 3 */
  readonly aliceChain: readonly Uint8Array[];
  /** 1 genesis, 2 add b1, 3 epoch 1 */
  readonly bobChain: readonly Uint8Array[];
}

async function createWorld(): Promise<World> {
  const alice = mailboxOf('alice', 'befund@radiologie-nord.example');
  const bob = mailboxOf('bob', 'praxis@hausarzt-sued.example');
  const a1 = deviceOf('a1', 'Dr. A. Meier');
  const a2 = deviceOf('a2', 'Empfang');
  const b1 = deviceOf('b1', 'Dr. B. Yılmaz');
  const aliceChain = await chainOf(alice, [
    addDevice(alice, a1),
    epoch(alice, { n: 1, signer: a1, devices: [a1], notBeforeMs: START_MS }),
    addDevice(alice, a2),
    epoch(alice, { n: 2, signer: a2, devices: [a1, a2], notBeforeMs: START_MS + 7 * DAY_MS }),
    revokeDevice(alice, a2, 'lost'),
    epoch(alice, { n: 3, signer: a1, devices: [a1], notBeforeMs: START_MS + 8 * DAY_MS }),
  ]);
  const bobEpoch = epoch(bob, { n: 1, signer: b1, devices: [b1], notBeforeMs: START_MS });
  const bobChain = await chainOf(bob, [addDevice(bob, b1), bobEpoch]);
  return { alice, bob, a1, a2, b1, eve: deviceOf('eve', 'Eve'), aliceChain, bobChain };
}

async function chainOf(mailbox: WorldMailbox, drafts: readonly (Draft | Promise<Draft>)[]): Promise<Uint8Array[]> {
  const chain = [mailbox.genesis];
  for (const draft of drafts) chain.push(statementAfter(chain, mailbox, await draft));
  return chain;
}

let shared: Promise<World> | undefined;

/** Made once a process. */
export function world(): Promise<World> {
  shared ??= createWorld();
  return shared;
}
