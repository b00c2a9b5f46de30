import { type SignedAttestation, encodeAttestBody, parseAttestBody } from './attestation.js';
import { type CborMap, type CborValue, cborRecord, encodeCbor, parseCbor } from './cbor.js';
import { COMMITMENT_BYTES, KEM_ENC_BYTES, KEM_PUBLIC_KEY_BYTES } from './envelope.js';
import { WireError } from './error.js';
import { taggedHash } from './hash.js';
import {
  type Address,
  type DeviceId,
  type MailboxId,
  deviceIdFrom,
  idBytes,
  mailboxIdFrom,
  parseAddress,
} from './ids.js';
import { asArray, asBytes, asMap, asText, asUint, assertKeys } from './shape.js';
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from './signature.js';
import { SUITE } from './suite.js';

/** The signed statements of which a mailbox's chain is made (docs/spec/mailbox.md §2). Here: their form only. */

/** An epoch seed sealed for one holder: HPKE enc, commitment, 32-byte seed and tag. */
export interface SeedBox {
  readonly enc: Uint8Array;
  readonly commitment: Uint8Array;
  readonly ciphertext: Uint8Array;
}

export interface GenesisBody {
  readonly kind: 'genesis';
  readonly address: Address;
  readonly identityKey: Uint8Array;
  readonly recoverySigKey: Uint8Array;
  readonly recoveryKemKey: Uint8Array;
}

export interface AddDeviceBody {
  readonly kind: 'add-device';
  readonly deviceId: DeviceId;
  /** `TH("member", salt, label)`: staff names are no business of the relay. */
  readonly memberTag: Uint8Array;
  readonly sigKey: Uint8Array;
  readonly kemKey: Uint8Array;
  /** Signature by the device's own key, label `device-pop`. */
  readonly proof: Uint8Array;
}

export interface RevokeDeviceBody {
  readonly kind: 'revoke-device';
  readonly deviceId: DeviceId;
  readonly reason: string;
}

export interface EpochBody {
  readonly kind: 'epoch';
  readonly n: number;
  readonly kemKey: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly boxes: ReadonlyMap<DeviceId, SeedBox>;
  readonly recoveryBox: SeedBox;
  /** The device that signs; every other statement here is signed by the identity key. */
  readonly signer: DeviceId;
}

/** A registrar vouches for the practice's name (docs/spec/names.md §3). */
export interface AttestBody extends SignedAttestation {
  readonly kind: 'attest';
}

export type StatementBody = GenesisBody | AddDeviceBody | RevokeDeviceBody | EpochBody | AttestBody;

export interface Statement {
  /** The whole statement as it travels and is hashed. */
  readonly bytes: Uint8Array;
  /** `b`: what the signature covers. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
  readonly seq: number;
  readonly prev: Uint8Array;
  readonly timeMs: number;
  /** Null in a genesis, whose own hash is the id. */
  readonly mailboxId: MailboxId | null;
  readonly body: StatementBody;
}

/** An epoch boxed to 150 devices fits. */
export const MAX_STATEMENT_BYTES = 262_144;
const MAX_REASON = 200;
const SEED_BOX_CIPHERTEXT_BYTES = 48;
const HASH_BYTES = 32;

/** @throws WireError; nothing is verified yet but the form */
export function parseStatement(bytes: Uint8Array): Statement {
  const [signed, signature] = asArray(parseCbor(bytes, { maxBytes: MAX_STATEMENT_BYTES }), 2);
  const b = asBytes(signed);
  const map = asMap(parseCbor(b, { maxBytes: MAX_STATEMENT_BYTES }));
  const kind = asText(map.get(1), 32);
  assertKeys(map, kind === 'genesis' ? [1, 2, 3, 4, 5] : [1, 2, 3, 4, 5, 6]);
  return {
    bytes,
    signed: b,
    signature: asBytes(signature, SIGNATURE_BYTES),
    seq: asUint(map.get(2)),
    prev: asBytes(map.get(3), HASH_BYTES),
    timeMs: asUint(map.get(4)),
    mailboxId: kind === 'genesis' ? null : mailboxIdFrom(asBytes(map.get(6))),
    body: parseBody(kind, asMap(map.get(5))),
  };
}

export interface UnsignedStatement {
  readonly seq: number;
  readonly prev: Uint8Array;
  readonly timeMs: number;
  readonly mailboxId: MailboxId | null;
  readonly body: StatementBody;
}

/** The bytes `b` that the signature covers. */
export function encodeSignedPart(statement: UnsignedStatement): Uint8Array {
  const { seq, prev, timeMs, mailboxId, body } = statement;
  const fields = { 1: body.kind, 2: seq, 3: prev, 4: timeMs, 5: encodeBody(body) };
  return encodeCbor(cborRecord(mailboxId === null ? fields : { ...fields, 6: idBytes(mailboxId) }));
}

export function encodeStatement(signedPart: Uint8Array, signature: Uint8Array): Uint8Array {
  return encodeCbor([signedPart, signature]);
}

/** `TH("stmt", statement)`: the head of a chain that ends with it. */
export function statementHash(bytes: Uint8Array): Uint8Array {
  return taggedHash('stmt', bytes);
}

/** `mailbox_id = TH("mailbox", b)` of the genesis. */
export function mailboxIdOf(genesisSignedPart: Uint8Array): MailboxId {
  return mailboxIdFrom(taggedHash('mailbox', genesisSignedPart));
}

/** What a device signs with label `device-pop` to show that it holds the key it brings. */
export function deviceProofInput(mailboxId: MailboxId, device: Omit<AddDeviceBody, 'kind' | 'proof'>): Uint8Array {
  const { deviceId, memberTag, sigKey, kemKey } = device;
  return encodeCbor(cborRecord({ 1: idBytes(mailboxId), 2: idBytes(deviceId), 3: memberTag, 4: sigKey, 5: kemKey }));
}

/** Unknown kinds fail closed: who does not understand a statement must not believe the chain. */
function parseBody(kind: string, map: CborMap): StatementBody {
  switch (kind) {
    case 'genesis':
      return parseGenesis(map);
    case 'add-device':
      return parseAddDevice(map);
    case 'revoke-device':
      assertKeys(map, [1, 2]);
      return { kind, deviceId: deviceIdFrom(asBytes(map.get(1))), reason: asText(map.get(2), MAX_REASON) };
    case 'epoch':
      return parseEpoch(map);
    case 'attest':
      return { kind, ...parseAttestBody(map) };
    default:
      throw new WireError('shape', 'unknown kind of statement');
  }
}

function encodeBody(body: StatementBody): CborMap {
  switch (body.kind) {
    case 'genesis':
      return cborRecord({
        1: body.address,
        2: body.identityKey,
        3: body.recoverySigKey,
        4: body.recoveryKemKey,
        5: [SUITE],
      });
    case 'add-device':
      return cborRecord({
        1: idBytes(body.deviceId),
        2: body.memberTag,
        3: body.sigKey,
        4: body.kemKey,
        5: body.proof,
      });
    case 'revoke-device':
      return cborRecord({ 1: idBytes(body.deviceId), 2: body.reason });
    case 'epoch':
      return encodeEpoch(body);
    case 'attest':
      return encodeAttestBody(body);
  }
}

function parseGenesis(map: CborMap): GenesisBody {
  assertKeys(map, [1, 2, 3, 4, 5]);
  const suites = asArray(map.get(5));
  if (suites.length !== 1 || suites[0] !== SUITE) throw new WireError('suite', 'a mailbox names the accepted suites');
  return {
    kind: 'genesis',
    address: parseAddress(asText(map.get(1), 254)),
    identityKey: asBytes(map.get(2), PUBLIC_KEY_BYTES),
    recoverySigKey: asBytes(map.get(3), PUBLIC_KEY_BYTES),
    recoveryKemKey: asBytes(map.get(4), KEM_PUBLIC_KEY_BYTES),
  };
}

function parseAddDevice(map: CborMap): AddDeviceBody {
  assertKeys(map, [1, 2, 3, 4, 5]);
  return {
    kind: 'add-device',
    deviceId: deviceIdFrom(asBytes(map.get(1))),
    memberTag: asBytes(map.get(2), HASH_BYTES),
    sigKey: asBytes(map.get(3), PUBLIC_KEY_BYTES),
    kemKey: asBytes(map.get(4), KEM_PUBLIC_KEY_BYTES),
    proof: asBytes(map.get(5), SIGNATURE_BYTES),
  };
}

function parseEpoch(map: CborMap): EpochBody {
  assertKeys(map, [1, 2, 3, 4, 5, 6, 7]);
  return {
    kind: 'epoch',
    n: asUint(map.get(1)),
    kemKey: asBytes(map.get(2), KEM_PUBLIC_KEY_BYTES),
    notBeforeMs: asUint(map.get(3)),
    notAfterMs: asUint(map.get(4)),
    boxes: parseBoxes(asArray(map.get(5))),
    recoveryBox: parseSeedBox(asArray(map.get(6), 3)),
    signer: deviceIdFrom(asBytes(map.get(7))),
  };
}

function encodeEpoch(body: EpochBody): CborMap {
  const boxes = [...body.boxes].map(([deviceId, box]) => [idBytes(deviceId), ...encodeSeedBox(box)]);
  return cborRecord({
    1: body.n,
    2: body.kemKey,
    3: body.notBeforeMs,
    4: body.notAfterMs,
    5: boxes,
    6: encodeSeedBox(body.recoveryBox),
    7: idBytes(body.signer),
  });
}

function parseBoxes(items: readonly CborValue[]): ReadonlyMap<DeviceId, SeedBox> {
  const boxes = new Map<DeviceId, SeedBox>();
  for (const item of items) {
    const [deviceId, ...box] = asArray(item, 4);
    const id = deviceIdFrom(asBytes(deviceId));
    if (boxes.has(id)) throw new WireError('shape', 'a device has two boxes');
    boxes.set(id, parseSeedBox(box));
  }
  return boxes;
}

function parseSeedBox([enc, commitment, ciphertext]: readonly CborValue[]): SeedBox {
  return {
    enc: asBytes(enc, KEM_ENC_BYTES),
    commitment: asBytes(commitment, COMMITMENT_BYTES),
    ciphertext: asBytes(ciphertext, SEED_BOX_CIPHERTEXT_BYTES),
  };
}

function encodeSeedBox(box: SeedBox): CborValue[] {
  return [box.enc, box.commitment, box.ciphertext];
}
