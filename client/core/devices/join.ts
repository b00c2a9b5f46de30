import { concatBytes, equalBytes, utf8 } from '../../../crypto/wire/bytes.js';
import { isDeviceValid, verifyChain } from '../../../crypto/wire/chain.js';
import { encodeCbor, parseCbor } from '../../../crypto/wire/cbor.js';
import { WireError } from '../../../crypto/wire/error.js';
import { type MailboxId } from '../../../crypto/wire/ids.js';
import { type PairingOffer, encodePairingRequest, parsePairingOffer } from '../../../crypto/wire/pairing.js';
import { asArray, asBytes } from '../../../crypto/wire/shape.js';
import { type DeviceSecrets, createDeviceSecrets, redactDevice } from '../../../crypto/seal/device-keys.js';
import { SealError } from '../../../crypto/seal/error.js';
import {
  type HandOverReader,
  NO_TRANSCRIPT,
  type PairingChannel,
  type Transcript,
  checkNumber,
  openHandOver,
  openPairingChannel,
  transcriptOf,
} from '../../../crypto/seal/pairing.js';
import { type Secret } from '../../../crypto/seal/secret.js';
import { type KdfCost, ready } from '../../../crypto/seal/suite.js';
import { type Account, createAccount, openAccount } from '../account/account.js';
import { CoreError } from '../error.js';
import { type AccountStore } from '../ports.js';
import { type Relay } from '../relay/relay.js';
import { failureKind } from '../relay/retry.js';
import { type HandedSecrets, parseHandedSecrets, parseMemory } from './hand-over.js';
import { PAIRING_MS, type Waiting, waitForBlob } from './rendezvous.js';

/** The new device's side of a pairing (docs/spec/pairing.md): its keys are kept first, then shown, then it waits to be let in. */

export interface JoinInput {
  /** Without a session: the device has none yet. */
  readonly relay: Relay;
  readonly store: AccountStore;
  readonly passphrase: string;
  readonly secret: Secret;
  /** What the link said; null when words were typed. */
  readonly mailboxId: MailboxId | null;
  readonly deviceName: string;
  readonly memberLabel: string;
  readonly waiting: Waiting;
  /** Shows the digits that the other device shows, too. */
  readonly onCheck: (check: string) => void;
  /** The relay as this device speaks to it once it has been let in. */
  readonly connect: (account: Account) => Relay;
  readonly kdf?: KdfCost | undefined;
}

const PAIRING_LOG = 'pairing';
const MAX_RECORD_BYTES = 256 * 1024;

interface Pending {
  readonly pairingId: Uint8Array;
  readonly offer: Uint8Array;
  readonly request: Uint8Array;
}

/**
 * Joins a mailbox as a further device. Interrupted, the same call again goes on; refused or too late, nothing stays.
 * @throws CoreError `pairing-unknown`, `pairing-refused`, `pairing-expired`, `account-exists`
 */
export async function joinMailbox(input: JoinInput): Promise<Account> {
  await ready();
  const channel = openPairingChannel(input.secret, input.relay.origin);
  const { account, pending } = await beginOrResume(input, channel);
  try {
    if (!(await isIn(input, account))) await converse(input, channel, account, pending);
    await input.store.removeLog(PAIRING_LOG);
    return account;
  } catch (error) {
    await account[Symbol.asyncDispose]();
    if (isFinal(error)) await forget(input.store);
    throw error;
  } finally {
    channel.close();
  }
}

/** After a crash at the very end: everything is here, the chain has this device, and the pairing is over. */
async function isIn(input: JoinInput, account: Account): Promise<boolean> {
  const { mailboxId, device, epochs } = account.content;
  if (epochs.length === 0) return false;
  try {
    return isDeviceValid(verifyChain(await input.connect(account).statements(mailboxId, 0)), device.deviceId);
  } catch (error) {
    if (error instanceof CoreError && error.code === 'challenge-refused') return false;
    throw error;
  }
}

/** Whatever the relay or the other side said for good; a dead line or an impatient person can go on later. */
function isFinal(error: unknown): boolean {
  if (error instanceof SealError || error instanceof WireError) return true;
  return error instanceof CoreError && error.code !== 'aborted' && failureKind(error) === 'permanent';
}

async function beginOrResume(
  input: JoinInput,
  channel: PairingChannel,
): Promise<{ account: Account; pending: Pending }> {
  const { store } = input;
  if ((await store.keystore.load()) === null) return begin(input, channel);
  const account = await openAccount(store, input.passphrase);
  const pending = (await store.listLogs()).includes(PAIRING_LOG) ? await readPending(account) : null;
  if (pending !== null && equalBytes(pending.pairingId, channel.id)) return { account, pending };
  await account[Symbol.asyncDispose]();
  // Without an epoch it is of an earlier pairing that came to nothing: its keys were never let in.
  if (account.content.epochs.length > 0) throw new CoreError('account-exists', 'the keystore holds an account');
  await forget(store);
  return begin(input, channel);
}

async function begin(input: JoinInput, channel: PairingChannel): Promise<{ account: Account; pending: Pending }> {
  const offer = await input.relay.pairingBlob(channel.id, { sender: 'admin', n: 0 });
  if (offer === null) throw new CoreError('pairing-unknown', 'no pairing by this secret');
  const { mailboxId, address } = readOffer(input, channel, offer);
  const { deviceName } = input;
  const device = createDeviceSecrets(input.memberLabel);
  const { origin } = input.relay;
  const content = { mailboxId, address, origin, deviceName, device, identitySeed: null, epochs: [] };
  const account = await createAccount(input.store, input.passphrase, content, input.kdf);
  const pending = { pairingId: channel.id, offer, request: sealRequest(channel, account, offer) };
  const log = await account.openLog(PAIRING_LOG);
  await log.append(encodeCbor([pending.pairingId, pending.offer, pending.request]));
  await log.close();
  return { account, pending };
}

/** docs/spec/pairing.md §3: the mailbox of the link is the one whose device answers. */
function readOffer(input: JoinInput, channel: PairingChannel, blob: Uint8Array): PairingOffer {
  try {
    const offer = parsePairingOffer(channel.open({ sender: 'admin', n: 0 }, NO_TRANSCRIPT, blob));
    if (input.mailboxId === null || offer.mailboxId === input.mailboxId) return offer;
  } catch (cause) {
    if (!(cause instanceof SealError || cause instanceof WireError)) throw cause;
    throw new CoreError('pairing-unknown', 'the offer does not open', { cause });
  }
  throw new CoreError('pairing-unknown', 'the offer is of another mailbox');
}

function sealRequest(channel: PairingChannel, { content, key }: Account, offer: Uint8Array): Uint8Array {
  const { deviceId, memberTag, sigKey, kemKey, proof } = redactDevice(content.device, content.mailboxId, key);
  const plain = encodePairingRequest({
    device: { deviceId, memberTag, sigKey, kemKey, proof },
    member: content.device.member,
    name: content.deviceName,
  });
  return channel.seal({ sender: 'device', n: 0 }, transcriptOf(offer), plain);
}

async function readPending(account: Account): Promise<Pending | null> {
  const log = await account.openLog(PAIRING_LOG);
  let pending: Pending | null = null;
  for await (const record of log.read()) {
    const [pairingId, offer, request] = asArray(parseCbor(record, { maxBytes: MAX_RECORD_BYTES }), 3);
    pending = { pairingId: asBytes(pairingId), offer: asBytes(offer), request: asBytes(request) };
  }
  await log.close();
  return pending;
}

async function converse(
  input: JoinInput,
  channel: PairingChannel,
  account: Account,
  { offer, request }: Pending,
): Promise<void> {
  const { relay } = input;
  const transcript = transcriptOf(offer, request);
  input.onCheck(checkNumber(transcript));
  await expiredIfGone(() => relay.putPairingBlob(channel.id, { sender: 'device', n: 0 }, request));
  await takeOver(account, await receive(input, channel, account.content.device, transcript));
  const joined = channel.seal({ sender: 'device', n: 1 }, transcript, utf8('joined'));
  // The bytes differ at each attempt and the first ones stay: whichever arrived says the same.
  await expiredIfGone(() => relay.putPairingBlob(channel.id, { sender: 'device', n: 1 }, joined)).catch(
    (error: unknown) => {
      if (!(error instanceof CoreError) || error.code !== 'conflict') throw error;
    },
  );
}

async function expiredIfGone(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (cause) {
    if (!(cause instanceof CoreError) || cause.code !== 'not-found') throw cause;
    throw new CoreError('pairing-expired', 'the pairing has ended', { cause });
  }
}

interface Received {
  readonly secrets: HandedSecrets;
  readonly memory: Uint8Array;
}

/** @throws CoreError `pairing-refused`, `pairing-expired`; SealError `open-failed` */
async function receive(
  { relay, waiting }: JoinInput,
  channel: PairingChannel,
  device: DeviceSecrets,
  transcript: Transcript,
): Promise<Received> {
  const untilMs = waiting.now() + PAIRING_MS;
  const piece = async (n: number): Promise<Uint8Array> => {
    const place = { sender: 'admin', n } as const;
    const plain = channel.open(place, transcript, await waitForBlob(relay, channel.id, place, untilMs, waiting));
    if (plain[0] !== 1) throw new CoreError('pairing-refused', 'the other device has refused');
    return plain.slice(1);
  };
  const first = await piece(1);
  const reader: HandOverReader = await openHandOver(device.kemSeed, transcript, first);
  const { pieces, ...secrets } = parseHandedSecrets(await reader.open(first));
  const memory: Uint8Array[] = [];
  for (let i = 0; i < pieces; i++) memory.push(await reader.open(await piece(i + 2)));
  reader.close();
  return { secrets, memory: concatBytes(...memory) };
}

/** What was handed over, durable; again after a crash, it is the same. */
async function takeOver(account: Account, { secrets, memory }: Received): Promise<void> {
  const { epochs, identitySeed, retentionMs, policy } = secrets;
  const trusted = policy === null ? {} : { policy };
  await account.saveContent({ ...account.content, epochs, identitySeed, retentionMs, ...trusted });
  for (const events of parseMemory(memory)) await account.record(...events);
}

async function forget(store: AccountStore): Promise<void> {
  for (const name of await store.listLogs()) await store.removeLog(name);
  await store.keystore.remove();
}
