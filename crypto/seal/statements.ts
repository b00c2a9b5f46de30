import { type SignedAttestation } from '../wire/attestation.js';
import { balanceDigest, encodeBalance } from '../wire/balance.js';
import { type ChainState, extendChain, headOf, startChain } from '../wire/chain.js';
import { type Address } from '../wire/ids.js';
import {
  type AddDeviceBody,
  type RevokeDeviceBody,
  type StatementBody,
  encodeSignedPart,
  encodeStatement,
} from '../wire/statement.js';
import { type DeviceSecrets, type RecoveryKeys, redactDevice } from './device-keys.js';
import { type EpochSecret, createEpoch } from './epoch.js';
import { type SigningKey } from './sign.js';

/** Writing a mailbox's chain (docs/spec/mailbox.md §2). Each function verifies its own work by the code of every reader. */

/** A chain with one more statement. */
export interface Extended {
  readonly bytes: Uint8Array;
  readonly state: ChainState;
}

export function signGenesis(address: Address, identity: SigningKey, recovery: RecoveryKeys, nowMs: number): Extended {
  const body: StatementBody = {
    kind: 'genesis',
    address,
    identityKey: identity.publicKey,
    recoverySigKey: recovery.sigKey.publicKey,
    recoveryKemKey: recovery.kemPublicKey,
  };
  const signed = encodeSignedPart({ seq: 1, prev: new Uint8Array(32), timeMs: nowMs, mailboxId: null, body });
  const bytes = encodeStatement(signed, identity.sign('mailbox', signed));
  return { bytes, state: startChain(bytes) };
}

export function signAddDevice(
  state: ChainState,
  identity: SigningKey,
  device: DeviceSecrets,
  deviceKey: SigningKey,
  nowMs: number,
): Extended {
  return signAddedDevice(state, identity, redactDevice(device, state.mailboxId, deviceKey), nowMs);
}

/** Adds a device whose public half and proof came from the device itself. */
export function signAddedDevice(state: ChainState, identity: SigningKey, body: AddDeviceBody, nowMs: number): Extended {
  return sign(state, body, identity, nowMs);
}

export function signRevokeDevice(
  state: ChainState,
  identity: SigningKey,
  revoked: Omit<RevokeDeviceBody, 'kind'>,
  nowMs: number,
): Extended {
  return sign(state, { kind: 'revoke-device', ...revoked }, identity, nowMs);
}

/** Takes a registrar's word for the practice's name into the chain. */
export function signAttest(state: ChainState, identity: SigningKey, said: SignedAttestation, nowMs: number): Extended {
  return sign(state, { kind: 'attest', ...said }, identity, nowMs);
}

/** Carries the chain's state forward, for readers who begin here. @param state of a chain verified from its genesis */
export function signBalance(state: ChainState, identity: SigningKey, nowMs: number): Extended {
  const digest = balanceDigest(encodeBalance(state, state.seq));
  return sign(state, { kind: 'balance', digest }, identity, nowMs);
}

/** docs/spec/mailbox.md §9: a first lookup stays small, whatever the chain has been through. */
export function isBalanceDue({ seq, balance }: ChainState): boolean {
  return balance === null ? seq >= FIRST_BALANCE_AFTER : seq - balance.seq >= BALANCE_AFTER;
}

/** Up to here the whole chain is small enough. */
const FIRST_BALANCE_AFTER = 5;
const BALANCE_AFTER = 2;

/** Starts the next epoch, signed by any device in force. */
export async function signEpoch(
  state: ChainState,
  device: DeviceSecrets,
  deviceKey: SigningKey,
  nowMs: number,
): Promise<Extended & { readonly secret: EpochSecret }> {
  const { body, secret } = await createEpoch(state, device.deviceId, nowMs);
  return { ...sign(state, body, deviceKey, nowMs), secret };
}

function sign(state: ChainState, body: StatementBody, key: SigningKey, timeMs: number): Extended {
  const { mailboxId } = state;
  const signed = encodeSignedPart({ seq: state.seq + 1, prev: headOf(state), timeMs, mailboxId, body });
  const bytes = encodeStatement(signed, key.sign('mailbox', signed));
  return { bytes, state: extendChain(state, bytes) };
}
