import { encodeCbor, parseCbor } from '../../../crypto/wire/cbor.js';
import { asArray, asBytes, asText } from '../../../crypto/wire/shape.js';
import { createDeviceSecrets, randomSecret, recoveryKeysFrom } from '../../../crypto/seal/device-keys.js';
import { encodeRecoveryWords } from '../../../crypto/seal/recovery-words.js';
import { signingKeyFromSeed } from '../../../crypto/seal/sign.js';
import { signAddDevice, signEpoch, signGenesis } from '../../../crypto/seal/statements.js';
import { type KdfCost, ready } from '../../../crypto/seal/suite.js';
import { encodeSecretLink } from '../../../crypto/wire/pairing.js';
import { type Address } from '../../../crypto/wire/ids.js';
import { policyWords } from './kit-policy.js';
import { fetchPolicy, policyText } from './policy.js';
import { CoreError } from '../error.js';
import { type AccountStore } from '../ports.js';
import { type Relay } from '../relay/relay.js';
import { failureKind } from '../relay/retry.js';
import { type Account, createAccount, openAccount } from './account.js';

/** Joining a relay by invitation: keys are made and kept first, then shown to the relay (docs/spec/mailbox.md §6). */

export interface Invitation {
  readonly origin: string;
  readonly token: string;
  /** Of the policy that the relay must serve; null in an invitation of an older relay. */
  readonly policyDigest: string | null;
}

/** Plain HTTP shows sessions and sizes to everybody on the way: only on this very machine. */
export function assertSecure(url: URL): void {
  const isLocal = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url.protocol !== 'https:' && !isLocal) throw new CoreError('relay-insecure', 'a relay without TLS');
}

const INVITATION = /^#([A-Za-z0-9_-]{43})(?:\.([A-Za-z0-9_-]{43}))?$/;

/** @param text `ORIGIN/enrol#TOKEN.POLICY` @throws CoreError `invitation-unknown`, `relay-insecure` */
export function parseInvitation(text: string): Invitation {
  const url = URL.canParse(text) ? new URL(text) : null;
  const [, token, policyDigest = null] = INVITATION.exec(url?.hash ?? '') ?? [];
  if (url === null || !['http:', 'https:'].includes(url.protocol) || token === undefined) {
    throw new CoreError('invitation-unknown', 'not an invitation');
  }
  assertSecure(url);
  return { origin: url.origin, token, policyDigest };
}

export interface EnrolInput {
  readonly invitation: Invitation;
  readonly relay: Relay;
  readonly store: AccountStore;
  readonly passphrase: string;
  readonly deviceName: string;
  readonly memberLabel: string;
  /** A policy file in the place of the one that the invitation names. */
  readonly policy?: Uint8Array | undefined;
  readonly nowMs: number;
  readonly kdf?: KdfCost | undefined;
}

export interface Enrolment {
  readonly account: Account;
  /** 24 words: shown once. */
  readonly recoveryWords: readonly string[];
  /** Four more, for the kit: whose word for the directory counts. */
  readonly witnessWords: readonly string[];
  /** All of them as a link, for the kit's QR code. */
  readonly recoveryLink: string;
  /** The words have been shown: forgets them. */
  forgetWords(): Promise<void>;
}

const ENROLMENT_LOG = 'enrolment';
const MAX_RECORD_BYTES = 1024 * 1024;

interface Pending {
  readonly token: string;
  readonly code: Uint8Array;
  readonly statements: readonly Uint8Array[];
}

/**
 * Makes a mailbox of an invitation. The keys are durable before the relay hears of them; if the answer is lost, the same
 * call again finishes what began. A refusal leaves nothing behind.
 * @throws CoreError `account-exists`, `invitation-…`, `address-taken`, …
 */
export async function enrol(input: EnrolInput): Promise<Enrolment> {
  await ready();
  const begun = (await input.store.keystore.load()) !== null;
  const { account, pending } = begun ? await resume(input) : await begin(input);
  try {
    await input.relay.enrol(pending.token, pending.statements);
  } catch (error) {
    await account[Symbol.asyncDispose]();
    if (failureKind(error) === 'permanent') await forget(input.store);
    throw error;
  }
  const { origin, mailboxId, policy } = account.content;
  const witnessWords = policyWords(pending.code, policy) ?? undefined;
  return {
    account,
    recoveryWords: encodeRecoveryWords(pending.code).split(' '),
    witnessWords: witnessWords ?? [],
    recoveryLink: encodeSecretLink({ purpose: 'recover', origin, mailboxId, secret: pending.code, witnessWords }),
    forgetWords: () => input.store.removeLog(ENROLMENT_LOG),
  };
}

async function begin(input: EnrolInput): Promise<{ account: Account; pending: Pending }> {
  const { address } = await input.relay.lookupInvitation(input.invitation.token);
  const { registrars } = await input.relay.info();
  const { invitation, relay } = input;
  const policy =
    input.policy === undefined ? await fetchPolicy(relay, invitation.policyDigest) : policyText(input.policy);
  const made = await makeMailbox(input, address, policy);
  const pending = { token: input.invitation.token, code: made.code, statements: made.statements };
  const account = await createAccount(input.store, input.passphrase, made.content, input.kdf);
  // docs/spec/names.md §4: from now on only a person changes whom this device trusts.
  await account.record({ kind: 'registrars', registrars });
  const log = await account.openLog(ENROLMENT_LOG);
  await log.append(encodeCbor([pending.token, pending.code, [...pending.statements]]));
  await log.close();
  return { account, pending };
}

async function makeMailbox(input: EnrolInput, address: Address, policy: string) {
  const { nowMs, deviceName } = input;
  const code = randomSecret();
  const identitySeed = randomSecret();
  const identity = signingKeyFromSeed(identitySeed);
  const device = createDeviceSecrets(input.memberLabel);
  const deviceKey = signingKeyFromSeed(device.sigSeed);
  const genesis = signGenesis(address, identity, recoveryKeysFrom(code), nowMs);
  const added = signAddDevice(genesis.state, identity, device, deviceKey, nowMs);
  const epoch = await signEpoch(added.state, device, deviceKey, nowMs);
  const { origin } = input.invitation;
  const { mailboxId } = epoch.state;
  const content = { mailboxId, address, origin, deviceName, device, identitySeed, epochs: [epoch.secret], policy };
  return { code, content, statements: [genesis.bytes, added.bytes, epoch.bytes] };
}

/** A keystore that is there already may be the one of this very invitation, begun and interrupted. */
async function resume(input: EnrolInput): Promise<{ account: Account; pending: Pending }> {
  if (!(await input.store.listLogs()).includes(ENROLMENT_LOG)) {
    throw new CoreError('account-exists', 'the keystore holds an account');
  }
  const account = await openAccount(input.store, input.passphrase);
  const pending = await readPending(account);
  if (pending?.token === input.invitation.token) return { account, pending };
  await account[Symbol.asyncDispose]();
  throw new CoreError('account-exists', 'the keystore holds an account');
}

async function readPending(account: Account): Promise<Pending | null> {
  const log = await account.openLog(ENROLMENT_LOG);
  let pending: Pending | null = null;
  for await (const record of log.read()) {
    const [token, code, statements] = asArray(parseCbor(record, { maxBytes: MAX_RECORD_BYTES }), 3);
    pending = {
      token: asText(token, 64),
      code: asBytes(code, 32),
      statements: asArray(statements).map((s) => asBytes(s)),
    };
  }
  await log.close();
  return pending;
}

async function forget(store: AccountStore): Promise<void> {
  for (const name of await store.listLogs()) await store.removeLog(name);
  await store.keystore.remove();
}
