import { verifyAttestation } from './attestation.js';
import { balanceDigest, encodeBalance } from './balance.js';
import { equalBytes, isZero, toHex } from './bytes.js';
import { type ChainDevice, type ChainState, devicesInForce, headOf, isDeviceValid } from './chain-state.js';
import { kemKeyIdOf } from './envelope.js';
import { WireError } from './error.js';
import { sha256 } from './hash.js';
import { verifySignature } from './signature.js';
import { type BroughtDevice, type DeviceRekeyBody, type RecoverBody, type RotateIdentityBody } from './renewal.js';
import {
  type AddDeviceBody,
  type AttestBody,
  type BalanceBody,
  type EpochBody,
  type GenesisBody,
  type RevokeDeviceBody,
  type Statement,
  deviceProofInput,
  encodeNewIdentityPart,
  mailboxIdOf,
  parseStatement,
  statementHash,
} from './statement.js';

export {
  type ChainDevice,
  type ChainEpoch,
  type ChainState,
  type DeviceKeys,
  deviceAt,
  devicesInForce,
  headAt,
  headOf,
  isDeviceValid,
} from './chain-state.js';

const DAY_MS = 86_400_000;
/** A practice on holiday stays reachable; a lost key ends within this time. */
export const MAX_EPOCH_MS = 60 * DAY_MS;
/** Since the genesis or the newest recovery: an epoch's boxes for them must fit into one statement. */
const MAX_DEVICES = 150;
const MAX_REGISTRARS = 8;

/** @throws WireError `chain`, `signature`, or what parseStatement throws */
export function verifyChain(statements: readonly Uint8Array[]): ChainState {
  const [genesis, ...rest] = statements;
  if (genesis === undefined) throw new WireError('chain', 'a chain has a genesis');
  return rest.reduce(extendChain, startChain(genesis));
}

/** @throws WireError */
export function startChain(genesisBytes: Uint8Array): ChainState {
  const statement = parseStatement(genesisBytes);
  const body = statement.body;
  if (body.kind !== 'genesis' || statement.seq !== 1 || !isZero(statement.prev)) {
    throw new WireError('chain', 'a chain begins with a genesis');
  }
  verifySignature('mailbox', body.identityKey, statement.signed, statement.signature);
  return genesisState(statement, body);
}

/** @throws WireError `chain` for a key that the chain has seen */
function withKeys(
  known: ReadonlySet<string>,
  newKeys: readonly Uint8Array[],
): Pick<ChainState, 'newKeys' | 'keyDigests'> {
  const keyDigests = new Set(known);
  for (const key of newKeys) {
    const digest = toHex(sha256(key));
    if (keyDigests.has(digest)) throw new WireError('chain', 'a public key comes twice');
    keyDigests.add(digest);
  }
  return { newKeys, keyDigests };
}

function genesisState(statement: Statement, body: GenesisBody): ChainState {
  return {
    mailboxId: mailboxIdOf(statement.signed),
    address: body.address,
    seq: 1,
    begunSeq: 1,
    heads: [statementHash(statement.bytes)],
    provedHead: null,
    balance: null,
    identitySeqs: [1],
    foundedSeq: 1,
    identityKey: body.identityKey,
    identityBoxes: null,
    recovery: { sigKey: body.recoverySigKey, kemKey: body.recoveryKemKey },
    devices: new Map(),
    epoch: null,
    lastEpoch: 0,
    epochEnds: [],
    attestations: new Map(),
    ...withKeys(new Set(), [body.identityKey, body.recoverySigKey, body.recoveryKemKey]),
  };
}

/** Verifies the next statement against the chain before it. @throws WireError */
export function extendChain(state: ChainState, bytes: Uint8Array): ChainState {
  const statement = parseStatement(bytes);
  if (statement.mailboxId !== state.mailboxId) throw new WireError('chain', 'a statement of another mailbox');
  if (statement.seq !== state.seq + 1 || !equalBytes(statement.prev, headOf(state))) {
    throw new WireError('chain', 'not the next statement');
  }
  const next = { ...state, seq: statement.seq, heads: [...state.heads, statementHash(bytes)], newKeys: [] };
  return apply(next, statement);
}

function apply(next: ChainState, statement: Statement): ChainState {
  const { body } = statement;
  switch (body.kind) {
    case 'genesis':
      throw new WireError('chain', 'a second genesis');
    case 'add-device':
      verifyByIdentity(next, statement);
      return addDevice(next, body, statement.timeMs);
    case 'revoke-device':
      verifyByIdentity(next, statement);
      return revokeDevice(next, body, statement.timeMs);
    case 'epoch':
      return startEpoch(next, body, statement);
    case 'device-rekey':
      return rekeyDevice(next, body, statement);
    case 'rotate-identity':
      verifyByIdentity(next, statement);
      return rotateIdentity(next, body, statement);
    case 'recover':
      verifySignature('mailbox', next.recovery.sigKey, statement.signed, statement.signature);
      return recover(next, body, statement);
    case 'attest':
      verifyByIdentity(next, statement);
      return attest(next, body);
    case 'balance':
      verifyByIdentity(next, statement);
      return takeBalance(next, body);
  }
}

function verifyByIdentity(state: ChainState, statement: Statement): void {
  verifySignature('mailbox', state.identityKey, statement.signed, statement.signature);
}

function addDevice(next: ChainState, body: AddDeviceBody, timeMs: number): ChainState {
  const since = [...next.devices.values()].filter(({ addedSeq }) => addedSeq >= next.foundedSeq);
  if (since.length >= MAX_DEVICES) throw new WireError('limits', 'too many devices');
  // docs/spec/mailbox.md §3: whoever made the genesis made the device after it, too, and holds the identity key.
  const isAdmin = body.isAdmin === true || next.seq === 2;
  const device = broughtDevice(next, body, { isAdmin, timeMs });
  return {
    ...next,
    devices: new Map(next.devices).set(body.deviceId, device),
    ...withKeys(next.keyDigests, [body.sigKey, body.kemKey]),
  };
}

/** @throws WireError `chain` for an id that the chain has had, `signature` for a wrong proof */
function broughtDevice(
  next: ChainState,
  body: BroughtDevice,
  as: { readonly isAdmin: boolean; readonly timeMs: number },
): ChainDevice {
  const { deviceId, memberTag, sigKey, kemKey } = body;
  if (next.devices.has(deviceId)) throw new WireError('chain', 'the device is in the chain already');
  verifySignature('device-pop', sigKey, deviceProofInput(next.mailboxId, body), body.proof);
  return {
    deviceId,
    memberTag,
    sigKey,
    kemKey,
    keys: [{ sinceSeq: next.seq, sinceMs: as.timeMs, sigKey, kemKey }],
    isAdmin: as.isAdmin,
    addedSeq: next.seq,
    addedMs: as.timeMs,
    lastEpoch: null,
    revokedSeq: null,
    revokedReason: null,
    revokedMs: null,
  };
}

/** docs/spec/mailbox.md §3: the old key signs, the new one proves itself; the device is the same. */
function rekeyDevice(next: ChainState, body: DeviceRekeyBody, statement: Statement): ChainState {
  const { deviceId, sigKey, kemKey, proof } = body;
  const device = next.devices.get(deviceId);
  if (device === undefined || !isDeviceValid(next, deviceId)) throw new WireError('chain', 'no such device in force');
  verifySignature('mailbox', device.sigKey, statement.signed, statement.signature);
  verifySignature('device-pop', sigKey, deviceProofInput(next.mailboxId, { ...device, sigKey, kemKey }), proof);
  const keys = [...device.keys, { sinceSeq: next.seq, sinceMs: statement.timeMs, sigKey, kemKey }];
  return {
    ...next,
    devices: new Map(next.devices).set(deviceId, { ...device, sigKey, kemKey, keys }),
    ...withKeys(next.keyDigests, [sigKey, kemKey]),
  };
}

/** docs/spec/mailbox.md §3: both keys sign, and exactly those who administrate get the new one. */
function rotateIdentity(next: ChainState, body: RotateIdentityBody, statement: Statement): ChainState {
  verifyByNewIdentity(statement, body);
  const admins = devicesInForce(next).filter(({ isAdmin }) => isAdmin);
  if (admins.length !== body.boxes.size || !admins.every(({ deviceId }) => body.boxes.has(deviceId))) {
    throw new WireError('chain', 'an identity is boxed to exactly the administrating devices in force');
  }
  return {
    ...next,
    identityKey: body.identityKey,
    identityBoxes: { seq: next.seq, boxes: body.boxes },
    identitySeqs: [...next.identitySeqs, next.seq],
    ...withKeys(next.keyDigests, [body.identityKey]),
  };
}

/** What a device that the recovery ended is shown with. */
export const RECOVERED = 'recovered';

/** docs/spec/mailbox.md §3: every device ends, and whoever holds the recovery kit begins with one. */
function recover(next: ChainState, body: RecoverBody, statement: Statement): ChainState {
  verifyByNewIdentity(statement, body);
  const device = broughtDevice(next, body.device, { isAdmin: true, timeMs: statement.timeMs });
  const devices = new Map(next.devices);
  for (const one of devicesInForce(next)) {
    devices.set(one.deviceId, {
      ...one,
      revokedSeq: next.seq,
      revokedReason: RECOVERED,
      revokedMs: statement.timeMs,
    });
  }
  const { identityKey, recoverySigKey, recoveryKemKey } = body;
  return {
    ...next,
    foundedSeq: next.seq,
    identitySeqs: [...next.identitySeqs, next.seq],
    identityKey,
    identityBoxes: null,
    recovery: { sigKey: recoverySigKey, kemKey: recoveryKemKey },
    devices: devices.set(device.deviceId, device),
    epoch: null,
    ...withKeys(next.keyDigests, [identityKey, recoverySigKey, recoveryKemKey, device.sigKey, device.kemKey]),
  };
}

/** What holds the new identity key itself. @throws WireError `signature` */
export function verifyByNewIdentity(statement: Statement, body: RotateIdentityBody | RecoverBody): void {
  const covered = encodeNewIdentityPart({ ...statement, body });
  verifySignature('mailbox', body.identityKey, covered, body.newSignature);
}

function revokeDevice(next: ChainState, body: RevokeDeviceBody, timeMs: number): ChainState {
  const device = next.devices.get(body.deviceId);
  if (device === undefined || device.revokedSeq !== null) throw new WireError('chain', 'no such device in force');
  const revoked = { ...device, revokedSeq: next.seq, revokedReason: body.reason, revokedMs: timeMs };
  return { ...next, devices: new Map(next.devices).set(body.deviceId, revoked), epoch: null };
}

function startEpoch(next: ChainState, body: EpochBody, statement: Statement): ChainState {
  const signer = next.devices.get(body.signer);
  if (signer === undefined || !isDeviceValid(next, body.signer)) throw new WireError('chain', 'signer not in force');
  verifySignature('mailbox', signer.sigKey, statement.signed, statement.signature);
  assertEpochRules(next, body);
  const { n, kemKey, notBeforeMs, notAfterMs, boxes, recoveryBox } = body;
  const epoch = { n, seq: next.seq, kemKey, kemKeyId: kemKeyIdOf(kemKey), notBeforeMs, notAfterMs, boxes, recoveryBox };
  const epochEnds = [...next.epochEnds, notAfterMs];
  const devices = new Map(next.devices);
  for (const device of devicesInForce(next)) devices.set(device.deviceId, { ...device, lastEpoch: n });
  return { ...next, devices, epoch, lastEpoch: n, epochEnds, ...withKeys(next.keyDigests, [kemKey]) };
}

/** docs/spec/mailbox.md §4: numbered without gaps, bounded in time, boxed to exactly the devices in force. */
function assertEpochRules(next: ChainState, body: EpochBody): void {
  if (body.n !== next.lastEpoch + 1) throw new WireError('chain', 'not the next epoch');
  const lifetime = body.notAfterMs - body.notBeforeMs;
  if (lifetime <= 0 || lifetime > MAX_EPOCH_MS) throw new WireError('chain', 'an epoch lasts at most 60 days');
  const valid = devicesInForce(next);
  if (valid.length !== body.boxes.size || !valid.every(({ deviceId }) => body.boxes.has(deviceId))) {
    throw new WireError('chain', 'an epoch is boxed to exactly the devices in force');
  }
}

/** docs/spec/names.md §3: about this very mailbox, signed by the registrar it names, and no older word than the one before. */
function attest(next: ChainState, { kind: _, ...said }: AttestBody): ChainState {
  const { attestation, registrarId } = verifyAttestation(said);
  if (attestation.mailboxId !== next.mailboxId || attestation.address !== next.address) {
    throw new WireError('chain', 'an attestation of another mailbox');
  }
  const before = next.attestations.get(registrarId);
  if (before !== undefined && before.attestation.issuedMs >= attestation.issuedMs) {
    throw new WireError('chain', 'an older attestation of the same registrar');
  }
  const attestations = new Map(next.attestations).set(registrarId, said);
  if (attestations.size > MAX_REGISTRARS) throw new WireError('limits', 'too many registrars');
  return { ...next, attestations };
}

/** docs/spec/mailbox.md §9: what it carries forward is what every reader of the whole chain has found himself. */
function takeBalance(next: ChainState, { digest }: BalanceBody): ChainState {
  if (next.begunSeq !== 1) throw new WireError('chain', 'a balance is checked against the whole chain');
  const carried = encodeBalance(next, next.seq - 1);
  if (!equalBytes(balanceDigest(carried), digest)) throw new WireError('chain', 'a balance of another state');
  return { ...next, balance: { seq: next.seq, carried } };
}
