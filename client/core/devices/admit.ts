import { concatBytes } from '../../../crypto/wire/bytes.js';
import { type ChainState, isDeviceValid } from '../../../crypto/wire/chain.js';
import { encodeCbor, parseCbor } from '../../../crypto/wire/cbor.js';
import { WireError } from '../../../crypto/wire/error.js';
import { type DeviceId, deviceIdFrom, idBytes } from '../../../crypto/wire/ids.js';
import {
  type PairingRequest,
  encodePairingOffer,
  encodeSecretLink,
  parsePairingRequest,
} from '../../../crypto/wire/pairing.js';
import { asArray, asBytes } from '../../../crypto/wire/shape.js';
import { randomSecret } from '../../../crypto/seal/device-keys.js';
import { SealError } from '../../../crypto/seal/error.js';
import {
  NO_TRANSCRIPT,
  type PairingChannel,
  type Transcript,
  checkNumber,
  createHandOver,
  openPairingChannel,
  transcriptOf,
} from '../../../crypto/seal/pairing.js';
import { encodeRecoveryWords } from '../../../crypto/seal/recovery-words.js';
import { type Secret } from '../../../crypto/seal/secret.js';
import { signAddedDevice, signEpoch } from '../../../crypto/seal/statements.js';
import { DEFAULT_RETENTION_MS } from '../account/content.js';
import { type Desk } from '../desk.js';
import { maintainOwnChain } from '../directory/own-chain.js';
import { CoreError } from '../error.js';
import { syncInbox } from '../receive/sync.js';
import { type History, encodeHandOver } from './hand-over.js';
import { ownIdentity } from './own-identity.js';
import { PAIRING_MS, type Waiting, waitForBlob } from './rendezvous.js';
import { revokeDevice } from './revoke.js';
import { hasSpoken, introduceDevice, rememberOwnName } from './roster.js';

/** The administrating side of a pairing (docs/spec/pairing.md): shows the secret, looks at who comes, and lets him in. */

export interface Pairing {
  /** For a QR code, or to paste. */
  readonly link: string;
  /** The same secret, to be typed. */
  readonly words: readonly string[];
  readonly expiresMs: number;
  /** Who is at the other end. @throws CoreError `pairing-expired`, `aborted` */
  request(): Promise<Applicant>;
  /** Ends it at the relay; nothing was added. */
  cancel(): Promise<void>;
}

export interface Applicant {
  readonly deviceId: DeviceId;
  readonly name: string;
  readonly member: string;
  /** Six digits that the other device shows, too. */
  readonly check: string;
  /** Adds the device, hands over, and waits until it has everything. @throws CoreError `pairing-expired`, `not-admin` */
  admit(as: { readonly isAdmin: boolean; readonly history: History }): Promise<void>;
  refuse(): Promise<void>;
}

const PAIRING_LOG = 'pairing';
const MAX_RECORD_BYTES = 64;
const REVOKED_BECAUSE = 'pairing not finished';
const REFUSED = Uint8Array.of(0);
const PIECE = Uint8Array.of(1);

/** @throws CoreError `not-admin`, `forbidden` */
export async function openPairing(desk: Desk, waiting: Waiting): Promise<Pairing> {
  await settlePairing(desk);
  const { account, relay, directory, clock } = desk;
  const state = await maintainOwnChain(account, relay, directory, clock.now());
  ownIdentity(account, state).close();
  const secret = randomSecret();
  const { origin, mailboxId, address } = account.content;
  const channel = openPairingChannel(secret, origin);
  await relay.openPairing(channel.id);
  const expiresMs = clock.now() + PAIRING_MS;
  const plain = encodePairingOffer({ mailboxId, address, expiresMs });
  const offer = channel.seal({ sender: 'admin', n: 0 }, NO_TRANSCRIPT, plain);
  await relay.putPairingBlob(channel.id, { sender: 'admin', n: 0 }, offer);
  const open: OpenPairing = { desk, channel, waiting, offer, expiresMs };
  return { ...shown(secret, desk), expiresMs, request: () => awaitRequest(open), cancel: () => end(open) };
}

interface OpenPairing {
  readonly desk: Desk;
  readonly channel: PairingChannel;
  readonly waiting: Waiting;
  readonly offer: Uint8Array;
  readonly expiresMs: number;
}

function shown(secret: Secret, { account }: Desk): Pick<Pairing, 'link' | 'words'> {
  const { origin, mailboxId } = account.content;
  return {
    link: encodeSecretLink({ purpose: 'pair', origin, mailboxId, secret }),
    words: encodeRecoveryWords(secret).split(' '),
  };
}

async function awaitRequest(open: OpenPairing): Promise<Applicant> {
  const { desk, channel, waiting, offer, expiresMs } = open;
  const place = { sender: 'device', n: 0 } as const;
  const blob = await waitForBlob(desk.relay, channel.id, place, expiresMs, waiting);
  const request = await openRequest(open, () => parsePairingRequest(channel.open(place, transcriptOf(offer), blob)));
  const transcript = transcriptOf(offer, blob);
  return {
    deviceId: request.device.deviceId,
    name: request.name,
    member: request.member.label,
    check: checkNumber(transcript),
    admit: (as) => admit(open, request, transcript, as),
    refuse: async () => {
      const refusal = channel.seal({ sender: 'admin', n: 1 }, transcript, REFUSED);
      await desk.relay.putPairingBlob(channel.id, { sender: 'admin', n: 1 }, refusal);
      channel.close();
    },
  };
}

/** Who knows the id but not the secret, the relay first of all, can only spoil the pairing. */
async function openRequest(open: OpenPairing, parse: () => PairingRequest): Promise<PairingRequest> {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof SealError || cause instanceof WireError)) throw cause;
    await end(open);
    throw new CoreError('pairing-unknown', 'what came does not open', { cause });
  }
}

async function end({ desk, channel }: OpenPairing): Promise<void> {
  await desk.relay.endPairing(channel.id);
  channel.close();
}

async function admit(
  open: OpenPairing,
  request: PairingRequest,
  transcript: Transcript,
  as: { readonly isAdmin: boolean; readonly history: History },
): Promise<void> {
  const { desk, channel, waiting, expiresMs } = open;
  const { deviceId } = request.device;
  await syncInbox(desk);
  await remember(desk, deviceId);
  try {
    await append(desk, request, as.isAdmin);
    await rememberOwnName(desk.account);
    await handOver(open, request, transcript, as);
    const joined = await waitForBlob(desk.relay, channel.id, { sender: 'device', n: 1 }, expiresMs, waiting);
    channel.open({ sender: 'device', n: 1 }, transcript, joined);
  } catch (error) {
    await settlePairing(desk);
    throw error;
  }
  await desk.account.store.removeLog(PAIRING_LOG);
  await end(open);
  const { name, member } = request;
  await introduceDevice(desk, { deviceId, name, member });
}

/** docs/spec/pairing.md §6: written before the chain grows, so that a pairing that is broken off is known as such. */
async function remember({ account }: Desk, deviceId: DeviceId): Promise<void> {
  await account.store.removeLog(PAIRING_LOG);
  const log = await account.openLog(PAIRING_LOG);
  await log.append(encodeCbor([idBytes(deviceId)]));
  await log.close();
}

/**
 * A pairing that was broken off leaves nothing half-done: a device that was added and has never spoken since is ended
 * again. @returns the device that was ended
 */
export async function settlePairing(desk: Desk): Promise<DeviceId | null> {
  const { account } = desk;
  if (!(await account.store.listLogs()).includes(PAIRING_LOG)) return null;
  const deviceId = await pendingDevice(desk);
  await syncInbox(desk);
  const { state } = await desk.directory.refresh(account.content.mailboxId);
  const isLeft = deviceId !== null && isDeviceValid(state, deviceId) && !hasSpoken(account, deviceId);
  if (isLeft) await revokeDevice(desk, deviceId, REVOKED_BECAUSE);
  await account.store.removeLog(PAIRING_LOG);
  return isLeft ? deviceId : null;
}

async function pendingDevice({ account }: Desk): Promise<DeviceId | null> {
  const log = await account.openLog(PAIRING_LOG);
  let deviceId: DeviceId | null = null;
  for await (const record of log.read()) {
    const [id] = asArray(parseCbor(record, { maxBytes: MAX_RECORD_BYTES }), 1);
    deviceId = deviceIdFrom(asBytes(id));
  }
  await log.close();
  return deviceId;
}

const ATTEMPTS = 4;

/** add-device and epoch, as one: there is no moment at which the device is in the chain and cannot read. */
async function append(desk: Desk, request: PairingRequest, isAdmin: boolean): Promise<ChainState> {
  const { account, relay, directory, clock } = desk;
  for (let attempt = 1; ; attempt++) {
    const nowMs = clock.now();
    const state = await maintainOwnChain(account, relay, directory, nowMs);
    const identity = ownIdentity(account, state);
    const added = signAddedDevice(state, identity, { kind: 'add-device', ...request.device, isAdmin }, nowMs);
    identity.close();
    const before = account.content;
    const epoch = await signEpoch(added.state, before.device, account.key, nowMs);
    await account.saveContent({ ...before, epochs: [epoch.secret, ...before.epochs] });
    try {
      await relay.postStatements(state.mailboxId, [added.bytes, epoch.bytes]);
      return (await directory.refresh(state.mailboxId)).state;
    } catch (error) {
      if (!(error instanceof CoreError) || error.code !== 'statement-out-of-turn' || attempt === ATTEMPTS) throw error;
      await account.saveContent(before);
    }
  }
}

async function handOver(
  { desk, channel }: OpenPairing,
  request: PairingRequest,
  transcript: Transcript,
  { isAdmin, history }: { readonly isAdmin: boolean; readonly history: History },
): Promise<void> {
  const { content, state } = desk.account;
  const secrets = {
    epochs: history === 'all' ? content.epochs : content.epochs.slice(0, 1),
    identitySeed: isAdmin ? content.identitySeed : null,
    retentionMs: content.retentionMs ?? DEFAULT_RETENTION_MS,
    policy: content.policy ?? null,
  };
  const writer = await createHandOver(request.device.kemKey, transcript);
  for (const [i, plain] of encodeHandOver(secrets, state, history).entries()) {
    const place = { sender: 'admin', n: i + 1 } as const;
    const piece = concatBytes(PIECE, await writer.seal(plain));
    await desk.relay.putPairingBlob(channel.id, place, channel.seal(place, transcript, piece));
  }
  writer.close();
}
