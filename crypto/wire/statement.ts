import { type SignedAttestation, encodeAttestBody, parseAttestBody } from './attestation.js';
import { type CborMap, cborRecord, encodeCbor, parseCbor } from './cbor.js';
import { KEM_PUBLIC_KEY_BYTES } from './envelope.js';
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
import {
  type BroughtDevice,
  type RecoverBody,
  type RenewalBody,
  type RotateIdentityBody,
  encodeRenewal,
  parseDeviceRekey,
  parseRecover,
  parseRotateIdentity,
  withoutNewSignature,
} from './renewal.js';
import { type SeedBox, encodeBoxes, encodeSeedBox, parseBoxes, parseSeedBox } from './seed-box.js';
import { asArray, asBytes, asMap, asOneOf, asText, asUint, assertKeys } from './shape.js';
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from './signature.js';
import { SUITE } from './suite.js';

/** The signed statements of which a mailbox's chain is made (docs/spec/mailbox.md §2). Here: their form only. */

export { type SeedBox } from './seed-box.js';

export interface GenesisBody {
  readonly kind: 'genesis';
  readonly address: Address;
  readonly identityKey: Uint8Array;
  readonly recoverySigKey: Uint8Array;
  readonly recoveryKemKey: Uint8Array;
}

export interface AddDeviceBody extends BroughtDevice {
  readonly kind: 'add-device';
  /** The device gets the identity key: it may add and revoke others. */
  readonly isAdmin?: boolean | undefined;
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
  /** The device that signs. */
  readonly signer: DeviceId;
}

/** A registrar vouches for the practice's name (docs/spec/names.md §3). */
export interface AttestBody extends SignedAttestation {
  readonly kind: 'attest';
}

/** What the chain says so far, carried forward for readers who begin here (docs/spec/mailbox.md §9). */
export interface BalanceBody {
  readonly kind: 'balance';
  readonly digest: Uint8Array;
}

export type StatementBody =
  GenesisBody | AddDeviceBody | RevokeDeviceBody | EpochBody | RenewalBody | AttestBody | BalanceBody;

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
  return encodePart(statement, encodeBody(statement.body));
}

/**
 * What a new identity key signs, with label `mailbox`: `b` without this very signature. It is no statement by itself,
 * since a reader insists on the field.
 */
export function encodeNewIdentityPart(
  statement: UnsignedStatement & { readonly body: RotateIdentityBody | RecoverBody },
): Uint8Array {
  return encodePart(statement, withoutNewSignature(statement.body));
}

function encodePart({ seq, prev, timeMs, mailboxId, body }: UnsignedStatement, encodedBody: CborMap): Uint8Array {
  const fields = { 1: body.kind, 2: seq, 3: prev, 4: timeMs, 5: encodedBody };
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
export function deviceProofInput(mailboxId: MailboxId, device: Omit<BroughtDevice, 'proof'>): Uint8Array {
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
    case 'device-rekey':
      return parseDeviceRekey(map);
    case 'rotate-identity':
      return parseRotateIdentity(map);
    case 'recover':
      return parseRecover(map);
    case 'attest':
      return { kind, ...parseAttestBody(map) };
    case 'balance':
      assertKeys(map, [1]);
      return { kind, digest: asBytes(map.get(1), HASH_BYTES) };
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
      return encodeAddDevice(body);
    case 'revoke-device':
      return cborRecord({ 1: idBytes(body.deviceId), 2: body.reason });
    case 'epoch':
      return encodeEpoch(body);
    case 'device-rekey':
    case 'rotate-identity':
    case 'recover':
      return encodeRenewal(body);
    case 'attest':
      return encodeAttestBody(body);
    case 'balance':
      return cborRecord({ 1: body.digest });
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

function encodeAddDevice(body: AddDeviceBody): CborMap {
  const { deviceId, memberTag, sigKey, kemKey, proof } = body;
  const fields = { 1: idBytes(deviceId), 2: memberTag, 3: sigKey, 4: kemKey, 5: proof };
  return cborRecord(body.isAdmin === true ? { ...fields, 6: 1 } : fields);
}

function parseAddDevice(map: CborMap): AddDeviceBody {
  assertKeys(map, [1, 2, 3, 4, 5], [6]);
  // One spelling: the field is 1 or is not there.
  const isAdmin = map.has(6) && asOneOf(map.get(6), [1]) === 1;
  return {
    isAdmin,
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
  return cborRecord({
    1: body.n,
    2: body.kemKey,
    3: body.notBeforeMs,
    4: body.notAfterMs,
    5: encodeBoxes(body.boxes),
    6: encodeSeedBox(body.recoveryBox),
    7: idBytes(body.signer),
  });
}
