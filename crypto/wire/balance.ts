import { type SignedAttestation, encodeSignedAttestation, readVerifiedAttestation } from './attestation.js';
import { type CborMap, type CborValue, cborRecord, encodeCbor, parseCbor } from './cbor.js';
import { type ChainDevice, type ChainEpoch, type ChainState, isDeviceValid } from './chain-state.js';
import { KEM_PUBLIC_KEY_BYTES, kemKeyIdOf } from './envelope.js';
import { WireError } from './error.js';
import { taggedHash } from './hash.js';
import { type DeviceId, type RegistrarId, deviceIdFrom, idBytes } from './ids.js';
import { leafHash, merkleRoot } from './merkle.js';
import { asArray, asBytes, asCount, asMap, asOneOf, asText, asUint, assertKeys, orNull } from './shape.js';
import { PUBLIC_KEY_BYTES } from './signature.js';

/**
 * What a balance carries forward: a chain's state after `seq` statements, in one spelling that every reader of the whole chain
 * makes himself and compares by its digest (docs/spec/mailbox.md §9).
 */

export interface Balance {
  /** The statements it sums up. */
  readonly seq: number;
  /** The RFC 6962 root over their hashes. */
  readonly headsRoot: Uint8Array;
  readonly identitySeqs: readonly number[];
  readonly foundedSeq: number;
  /** Of identity and recovery keys, which the statements at `identitySeqs` bring. */
  readonly foundation: Uint8Array;
  readonly devices: ReadonlyMap<DeviceId, ChainDevice>;
  readonly epoch: ChainEpoch | null;
  readonly lastEpoch: number;
  readonly epochEnds: readonly number[];
  /** Claimed: no registrar's signature is verified here. */
  readonly attestations: ReadonlyMap<RegistrarId, SignedAttestation>;
}

/** 150 devices in force and every one that ever ended, eight registrars, and epochs of decades. */
export const MAX_BALANCE_BYTES = 2_097_152;
const MAX_REASON = 200;
const HASH_BYTES = 32;

export function balanceDigest(carried: Uint8Array): Uint8Array {
  return taggedHash('balance', carried);
}

/** `TH("foundation", identity key, recovery signing key, recovery X-Wing key)` */
export function foundationOf({ identityKey, recovery }: Pick<ChainState, 'identityKey' | 'recovery'>): Uint8Array {
  return taggedHash('foundation', identityKey, recovery.sigKey, recovery.kemKey);
}

/** @param state of a chain verified from its genesis @param summed how many of its statements: all, or all but the balance itself */
export function encodeBalance(state: ChainState, summed: number): Uint8Array<ArrayBuffer> {
  const devices = [...state.devices.values()];
  const [inForce, ended] = [true, false].map((valid) =>
    devices.filter(({ deviceId }) => isDeviceValid(state, deviceId) === valid),
  );
  return encodeCbor(
    cborRecord({
      1: summed,
      2: merkleRoot(state.heads.slice(0, summed).map(leafHash)),
      3: state.identitySeqs,
      4: state.foundedSeq,
      5: foundationOf(state),
      6: (inForce ?? []).map(encodeDevice),
      7: (ended ?? []).map(encodeEnded),
      8: state.epoch === null ? null : encodeEpoch(state.epoch),
      9: state.lastEpoch,
      10: state.epochEnds,
      11: [...state.attestations.values()].map(encodeSignedAttestation),
    }),
  );
}

function encodeCommon({ deviceId, memberTag, isAdmin, addedSeq, addedMs, lastEpoch }: ChainDevice): CborValue[] {
  return [idBytes(deviceId), memberTag, isAdmin ? 1 : 0, addedSeq, addedMs, lastEpoch];
}

function encodeDevice(device: ChainDevice): CborValue {
  const newest = device.keys.at(-1);
  if (newest === undefined) throw new WireError('chain', 'a device in force has keys');
  return [...encodeCommon(device), newest.sinceSeq, newest.sinceMs, newest.sigKey, newest.kemKey];
}

function encodeEnded(device: ChainDevice): CborValue {
  return [...encodeCommon(device), device.revokedSeq ?? 0, device.revokedReason ?? ''];
}

function encodeEpoch({ n, seq, kemKey, notBeforeMs, notAfterMs }: ChainEpoch): CborValue {
  return [n, seq, kemKey, notBeforeMs, notAfterMs];
}

/** Form only: whose word it is shows the statement that names its digest. @throws WireError */
export function parseBalance(carried: Uint8Array): Balance {
  const map = asMap(parseCbor(carried, { maxBytes: MAX_BALANCE_BYTES }));
  assertKeys(map, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  const devices = [...asArray(map.get(6)).map(parseDevice), ...asArray(map.get(7)).map(parseEnded)];
  const byId = new Map(devices.map((device) => [device.deviceId, device]));
  if (byId.size !== devices.length) throw new WireError('shape', 'a device comes twice');
  return {
    seq: asCount(map.get(1)),
    headsRoot: asBytes(map.get(2), HASH_BYTES),
    identitySeqs: asArray(map.get(3)).map(asCount),
    foundedSeq: asCount(map.get(4)),
    foundation: asBytes(map.get(5), HASH_BYTES),
    devices: byId,
    epoch: orNull(map.get(8), parseEpoch),
    lastEpoch: asUint(map.get(9)),
    epochEnds: asArray(map.get(10)).map((end) => asUint(end)),
    attestations: parseAttestations(map),
  };
}

function parseCommon([deviceId, tag, admin, addedSeq, addedMs, lastEpoch]: readonly CborValue[]) {
  return {
    deviceId: deviceIdFrom(asBytes(deviceId)),
    memberTag: asBytes(tag, HASH_BYTES),
    isAdmin: asOneOf(admin, [0, 1]) === 1,
    addedSeq: asCount(addedSeq),
    addedMs: asUint(addedMs),
    lastEpoch: orNull(lastEpoch, asCount),
  };
}

function parseDevice(value: CborValue): ChainDevice {
  const fields = asArray(value, 10);
  const [sinceSeq, sinceMs] = [asCount(fields[6]), asUint(fields[7])];
  const [sigKey, kemKey] = [asBytes(fields[8], PUBLIC_KEY_BYTES), asBytes(fields[9], KEM_PUBLIC_KEY_BYTES)];
  const keys = [{ sinceSeq, sinceMs, sigKey, kemKey }];
  return { ...parseCommon(fields), sigKey, kemKey, keys, revokedSeq: null, revokedReason: null, revokedMs: null };
}

const NO_KEY = new Uint8Array(0);

/** Its keys are left out: what it signed is older than the balance and is verified with the whole chain. */
function parseEnded(value: CborValue): ChainDevice {
  const fields = asArray(value, 8);
  const [revokedSeq, revokedReason] = [asCount(fields[6]), asText(fields[7], MAX_REASON)];
  return {
    ...parseCommon(fields),
    sigKey: NO_KEY,
    kemKey: NO_KEY,
    keys: [],
    revokedSeq,
    revokedReason,
    revokedMs: null,
  };
}

function parseEpoch(value: CborValue): ChainEpoch {
  const [n, seq, key, notBefore, notAfter] = asArray(value, 5);
  const kemKey = asBytes(key, KEM_PUBLIC_KEY_BYTES);
  return {
    n: asCount(n),
    seq: asCount(seq),
    kemKey,
    kemKeyId: kemKeyIdOf(kemKey),
    notBeforeMs: asUint(notBefore),
    notAfterMs: asUint(notAfter),
    boxes: new Map(),
  };
}

/** Form only, too: a mailbox could carry forward a word that no registrar has given. */
function parseAttestations(map: CborMap): Balance['attestations'] {
  const said = asArray(map.get(11)).map((bytes) => readVerifiedAttestation(asBytes(bytes)));
  return new Map(said.map((one) => [one.registrarId, one]));
}
