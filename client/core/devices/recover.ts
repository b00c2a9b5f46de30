import { equalBytes } from '../../../crypto/wire/bytes.js';
import { encodeCbor, parseCbor } from '../../../crypto/wire/cbor.js';
import { type ChainState, verifyChain } from '../../../crypto/wire/chain.js';
import { encodeRecoveryRequest } from '../../../crypto/wire/device-claims.js';
import { WireError } from '../../../crypto/wire/error.js';
import { type Address, type MailboxId } from '../../../crypto/wire/ids.js';
import { encodeSecretLink } from '../../../crypto/wire/pairing.js';
import { asArray, asBytes } from '../../../crypto/wire/shape.js';
import { createDeviceSecrets, randomSecret, recoveryKeysFrom } from '../../../crypto/seal/device-keys.js';
import { type EpochSecret, openEpoch } from '../../../crypto/seal/epoch.js';
import { SealError } from '../../../crypto/seal/error.js';
import { encodeRecoveryWords } from '../../../crypto/seal/recovery-words.js';
import { signRecover } from '../../../crypto/seal/renewals.js';
import { type Secret } from '../../../crypto/seal/secret.js';
import { signingKeyFromSeed } from '../../../crypto/seal/sign.js';
import { signEpoch } from '../../../crypto/seal/statements.js';
import { type KdfCost, ready } from '../../../crypto/seal/suite.js';
import { type Account, createAccount, openAccount } from '../account/account.js';
import { DEFAULT_RETENTION_MS } from '../account/content.js';
import { fetchPolicyOfKit, policyWords } from '../account/kit-policy.js';
import { policyText } from '../account/policy.js';
import { epochsOf } from '../directory/own-chain.js';
import { CoreError } from '../error.js';
import { type AccountStore } from '../ports.js';
import { type Relay } from '../relay/relay.js';
import { failureKind } from '../relay/retry.js';

/** A mailbox begins anew from its recovery kit, when no device is left that could add one (docs/spec/mailbox.md §7). */

export interface RecoverInput {
  /** Without a session. */
  readonly relay: Relay;
  readonly store: AccountStore;
  readonly passphrase: string;
  readonly address: Address;
  /** What the kit's words or link carry. */
  readonly secret: Secret;
  /** What the kit's link said; null when words were typed. */
  readonly mailboxId: MailboxId | null;
  readonly deviceName: string;
  readonly memberLabel: string;
  /** The kit's four words for whose word counts; null for a kit of before. */
  readonly witnessWords?: readonly string[] | null | undefined;
  /** A policy file in the place of the one that the kit means. With neither nothing counts as witnessed. */
  readonly policy?: Uint8Array | undefined;
  readonly nowMs: number;
  readonly kdf?: KdfCost | undefined;
}

export interface Recovered {
  readonly account: Account;
  /** 24 new words: the old ones are used up. */
  readonly recoveryWords: readonly string[];
  /** Four more, for the kit; none when nothing counts as witnessed. */
  readonly witnessWords: readonly string[];
  /** All of them as a link, for the kit's QR code. */
  readonly recoveryLink: string;
  /** Epochs that the kit still opened. */
  readonly epochs: number;
  forgetWords(): Promise<void>;
}

const RECOVERY_LOG = 'recovery';
const MAX_RECORD_BYTES = 1024 * 1024;
const ATTEMPTS = 4;

interface Pending {
  readonly code: Uint8Array;
  readonly statements: readonly Uint8Array[];
}

/**
 * Revokes every device and makes this one the first of a new beginning. The new keys are durable before the relay hears of
 * them; when its answer was lost, the same call again finishes what began. A refusal leaves nothing behind.
 * @throws CoreError `recovery-refused`, `account-exists`, `policy-changed`
 */
export async function recoverMailbox(input: RecoverInput): Promise<Recovered> {
  await ready();
  const { store, relay } = input;
  for (let attempt = 1; ; attempt++) {
    const begun = (await store.keystore.load()) !== null;
    const { account, pending } = begun ? await resume(input) : await begin(input);
    try {
      await relay.recover(account.content.mailboxId, pending.statements);
      return recovered(input, account, pending);
    } catch (error) {
      await account[Symbol.asyncDispose]();
      if (failureKind(error) === 'permanent') await forget(store);
      // Somebody has written into the chain meanwhile, perhaps the thief: begin again on top of it.
      const isLate = error instanceof CoreError && error.code === 'statement-out-of-turn';
      if (!isLate || attempt === ATTEMPTS) throw error;
    }
  }
}

function recovered({ store }: RecoverInput, account: Account, { code }: Pending): Recovered {
  const { origin, mailboxId, epochs, policy } = account.content;
  const witnessWords = policyWords(code, policy) ?? undefined;
  return {
    account,
    recoveryWords: encodeRecoveryWords(code).split(' '),
    witnessWords: witnessWords ?? [],
    recoveryLink: encodeSecretLink({ purpose: 'recover', origin, mailboxId, secret: code, witnessWords }),
    epochs: epochs.length - 1,
    forgetWords: () => store.removeLog(RECOVERY_LOG),
  };
}

async function begin(input: RecoverInput): Promise<{ account: Account; pending: Pending }> {
  const { relay, address, nowMs, deviceName } = input;
  const statements = await fetchChain(input);
  const state = verified(input, statements);
  const policy = await policyFor(input);
  const old = recoveryKeysFrom(input.secret);
  const [code, identitySeed, device] = [randomSecret(), randomSecret(), createDeviceSecrets(input.memberLabel)];
  const [identity, deviceKey] = [signingKeyFromSeed(identitySeed), signingKeyFromSeed(device.sigSeed)];
  const refounded = { identity, recovery: recoveryKeysFrom(code), device, deviceKey };
  const first = signRecover(state, old.sigKey, refounded, nowMs);
  const epoch = await signEpoch(first.state, device, deviceKey, nowMs);
  const ring = await openRetained(state, statements, old.kemSeed, nowMs);
  const content = {
    mailboxId: state.mailboxId,
    address,
    origin: relay.origin,
    deviceName,
    device,
    identitySeed,
    epochs: [epoch.secret, ...ring],
    ...(policy === null ? {} : { policy }),
  };
  for (const key of [identity, deviceKey, old.sigKey]) key.close();
  const pending = { code, statements: [first.bytes, epoch.bytes] };
  const account = await createAccount(input.store, input.passphrase, content, input.kdf);
  // docs/spec/names.md §4: from now on only a person changes whom this device trusts.
  await account.record({ kind: 'registrars', registrars: (await relay.info()).registrars });
  const log = await account.openLog(RECOVERY_LOG);
  await log.append(encodeCbor([pending.code, [...pending.statements]]));
  await log.close();
  return { account, pending };
}

/** docs/spec/directory.md §7: what the kit says, unless a person brings a file. */
async function policyFor({ relay, secret, witnessWords, policy }: RecoverInput): Promise<string | null> {
  if (policy !== undefined) return policyText(policy);
  return witnessWords === undefined || witnessWords === null ? null : fetchPolicyOfKit(relay, secret, witnessWords);
}

/** Asks as the holder of the kit: the relay shows a chain to nobody else without a session. @throws CoreError `recovery-refused` */
async function fetchChain({ relay, address, secret, nowMs }: RecoverInput): Promise<readonly Uint8Array[]> {
  const { sigKey } = recoveryKeysFrom(secret);
  const claim = encodeRecoveryRequest({ origin: relay.origin, address, timeMs: nowMs });
  const signature = sigKey.sign('recover', claim);
  sigKey.close();
  try {
    return (await relay.recoverableChain({ claim, signature })).statements;
  } catch (cause) {
    if (!(cause instanceof CoreError) || cause.code !== 'not-found') throw cause;
    throw new CoreError('recovery-refused', 'not the words of this mailbox', { cause });
  }
}

/** The relay's word is not enough: the chain must end with the recovery key that these words make. */
function verified({ address, secret, mailboxId }: RecoverInput, statements: readonly Uint8Array[]): ChainState {
  const { sigKey } = recoveryKeysFrom(secret);
  sigKey.close();
  try {
    const state = verifyChain(statements);
    const isMeant = state.address === address && (mailboxId === null || state.mailboxId === mailboxId);
    if (isMeant && equalBytes(state.recovery.sigKey, sigKey.publicKey)) return state;
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new CoreError('chain-invalid', 'the chain does not verify', { cause });
  }
  throw new CoreError('recovery-refused', 'not the words of this mailbox');
}

/** docs/spec/mailbox.md §7: what the kit opens of the time before. Boxes for an earlier kit stay closed to this one. */
async function openRetained(
  state: ChainState,
  statements: readonly Uint8Array[],
  kemSeed: Secret,
  nowMs: number,
): Promise<EpochSecret[]> {
  const retained = epochsOf(statements).filter(({ notAfterMs }) => nowMs < notAfterMs + DEFAULT_RETENTION_MS);
  const ring: EpochSecret[] = [];
  for (const epoch of retained.reverse()) {
    try {
      ring.push(await openEpoch(state.mailboxId, epoch, { deviceId: null, kemSeed }));
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
    }
  }
  return ring;
}

async function resume(input: RecoverInput): Promise<{ account: Account; pending: Pending }> {
  if (!(await input.store.listLogs()).includes(RECOVERY_LOG)) {
    throw new CoreError('account-exists', 'the keystore holds an account');
  }
  const account = await openAccount(input.store, input.passphrase);
  const log = await account.openLog(RECOVERY_LOG);
  let pending: Pending | null = null;
  for await (const record of log.read()) {
    const [code, statements] = asArray(parseCbor(record, { maxBytes: MAX_RECORD_BYTES }), 2);
    pending = { code: asBytes(code, 32), statements: asArray(statements).map((one) => asBytes(one)) };
  }
  await log.close();
  if (pending !== null && account.content.address === input.address) return { account, pending };
  await account[Symbol.asyncDispose]();
  throw new CoreError('account-exists', 'the keystore holds an account');
}

async function forget(store: AccountStore): Promise<void> {
  for (const name of await store.listLogs()) await store.removeLog(name);
  await store.keystore.remove();
}
