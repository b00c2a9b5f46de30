import { type SignedAttestation } from './attestation.js';
import { WireError } from './error.js';
import { type Address, type DeviceId, type KemKeyId, type MailboxId, type RegistrarId } from './ids.js';
import { type SeedBox } from './seed-box.js';

/** A mailbox as its verified chain of statements tells it (docs/spec/mailbox.md §3). Immutable; each statement makes a new state. */
export interface ChainState {
  readonly mailboxId: MailboxId;
  readonly address: Address;
  /** The newest statement's number; the genesis is 1. */
  readonly seq: number;
  /**
   * The first statement whose hash is known: 1 where the chain was verified from its genesis, later where it was begun at a
   * balance (docs/spec/mailbox.md §9).
   */
  readonly begunSeq: number;
  /** `heads[i]` is the hash of statement `begunSeq + i`. */
  readonly heads: readonly Uint8Array[];
  /** An earlier statement whose hash was proved to be of this chain; where the chain was begun at a balance. */
  readonly provedHead: { readonly seq: number; readonly head: Uint8Array } | null;
  /** The newest balance, and what it carries forward. */
  readonly balance: { readonly seq: number; readonly carried: Uint8Array } | null;
  /** The numbers of the statements that brought an identity key: the genesis, rotations, recoveries. */
  readonly identitySeqs: readonly number[];
  /** The number of the genesis, or of the newest recovery, from which identity and devices began anew. */
  readonly foundedSeq: number;
  readonly identityKey: Uint8Array;
  /** The new identity's seed for administrating devices, from the statement that brought the key; null before any did. */
  readonly identityBoxes: { readonly seq: number; readonly boxes: ReadonlyMap<DeviceId, SeedBox> } | null;
  readonly recovery: { readonly sigKey: Uint8Array; readonly kemKey: Uint8Array };
  readonly devices: ReadonlyMap<DeviceId, ChainDevice>;
  /** Null until the first epoch and after a revocation, until a new epoch leaves the revoked device out. */
  readonly epoch: ChainEpoch | null;
  /** The number of the newest epoch, usable or not. */
  readonly lastEpoch: number;
  /** `epochEnds[n - 1]` is when epoch n ends or ended. */
  readonly epochEnds: readonly number[];
  /** What registrars have said of the mailbox, the newest word of each: verified, but not asked whether one trusts them. */
  readonly attestations: ReadonlyMap<RegistrarId, SignedAttestation>;
  /** Public keys that the newest statement brings: each may be registered once in the world (attack A1). */
  readonly newKeys: readonly Uint8Array[];
  /** SHA-256, hex, of every public key the chain has brought: none comes twice, not even after a revocation. */
  readonly keyDigests: ReadonlySet<string>;
}

export interface ChainDevice {
  readonly deviceId: DeviceId;
  readonly memberTag: Uint8Array;
  /** The newest keys; what was signed before is verified with `deviceAt`. Empty for a device that ended before the balance. */
  readonly sigKey: Uint8Array;
  readonly kemKey: Uint8Array;
  /** Oldest first, as far back as the chain was verified; empty for a device that ended before that. */
  readonly keys: readonly DeviceKeys[];
  /** Holds the identity key: may add and revoke others. */
  readonly isAdmin: boolean;
  readonly addedSeq: number;
  /** As the one who added it dated the statement. */
  readonly addedMs: number;
  /** The newest epoch with a box for it; null before any. */
  readonly lastEpoch: number | null;
  readonly revokedSeq: number | null;
  readonly revokedReason: string | null;
  /** As the one who ended it dated the statement; null for a device in force, and for one that ended before the balance. */
  readonly revokedMs: number | null;
}

/** The keys of a device from one statement to the next one that renews them. */
export interface DeviceKeys {
  readonly sinceSeq: number;
  readonly sinceMs: number;
  readonly sigKey: Uint8Array;
  readonly kemKey: Uint8Array;
}

export interface ChainEpoch {
  readonly n: number;
  readonly seq: number;
  readonly kemKey: Uint8Array;
  readonly kemKeyId: KemKeyId;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Empty where the chain was begun at a balance after it: they are of use to the mailbox's own devices only. */
  readonly boxes: ReadonlyMap<DeviceId, SeedBox>;
  readonly recoveryBox?: SeedBox | undefined;
}

export function headOf(state: ChainState): Uint8Array {
  const head = state.heads.at(-1);
  if (head === undefined) throw new WireError('chain', 'a chain has a genesis');
  return head;
}

/** The hash of statement `seq`; undefined for one that is not in the chain, or before what was verified. */
export function headAt(state: ChainState, seq: number): Uint8Array | undefined {
  if (seq >= state.begunSeq) return state.heads[seq - state.begunSeq];
  return state.provedHead?.seq === seq ? state.provedHead.head : undefined;
}

/** Devices that are in force at `seq`, by default now. */
export function isDeviceValid(state: ChainState, deviceId: DeviceId, seq: number = state.seq): boolean {
  const device = state.devices.get(deviceId);
  if (device === undefined || device.addedSeq > seq) return false;
  return device.revokedSeq === null || device.revokedSeq > seq;
}

/** A device in force at `seq`, with the keys that it had then; null when it was not in force. */
export function deviceAt(state: ChainState, deviceId: DeviceId, seq: number): ChainDevice | null {
  const device = state.devices.get(deviceId);
  if (device === undefined || !isDeviceValid(state, deviceId, seq)) return null;
  const keys = device.keys.filter(({ sinceSeq }) => sinceSeq <= seq).at(-1);
  return keys === undefined ? null : { ...device, sigKey: keys.sigKey, kemKey: keys.kemKey };
}

/** The devices in force, in the order in which they were added. */
export function devicesInForce(state: ChainState): ChainDevice[] {
  return [...state.devices.values()].filter(({ deviceId }) => isDeviceValid(state, deviceId));
}
