import { SealError } from '../../../crypto/seal/error.js';
import {
  type KeystoreCredential,
  type SlotInfo,
  keystoreDigest,
  keystoreSubkey,
  parseKeystoreHeader,
  resealKeystore,
} from '../../../crypto/seal/keystore.js';
import { equalBytes } from '../../../crypto/wire/bytes.js';
import { type Secret, asSecret } from '../../../crypto/seal/secret.js';
import { type SigningKey, signingKeyFromSeed } from '../../../crypto/seal/sign.js';
import { type KdfCost, ready } from '../../../crypto/seal/suite.js';
import { CoreError } from '../error.js';
import { type AccountStore, type SlotChange } from '../ports.js';
import { type AccountContent, encodeContent, parseContent } from './content.js';
import { type AccountEvent, encodeEvents, parseEvents } from './events.js';
import { openWith, performKeystoreTask } from './keystore-work.js';
import { type SealedLog, openSealedLog } from './sealed-log.js';
import { type AccountState, applyEvent, emptyState } from './state.js';

/** One device's account, unlocked: keys, memory and where both are kept. Dispose it to lock it again. */
export interface Account extends AsyncDisposable {
  readonly content: AccountContent;
  /** Of the device; another one after its keys have been renewed. */
  readonly key: SigningKey;
  readonly state: AccountState;
  readonly store: AccountStore;
  /** Appends one transaction: durable first, then part of the state. */
  record(...events: readonly AccountEvent[]): Promise<void>;
  /** Replaces the keystore's content: durable when it returns. */
  saveContent(content: AccountContent): Promise<void>;
  /** The ways to open the keystore, as they stand in clear. */
  slots(): readonly SlotInfo[];
  /** Adds, changes or removes a way to open the keystore; durable when it returns. @throws SealError */
  changeSlots(change: SlotChange): Promise<void>;
  /** Version and digest of the keystore's file, for the mark at the relay. */
  keystoreFile(): { readonly version: number; readonly digest: Uint8Array };
  openLog(name: string): Promise<SealedLog>;
  /** A 32-byte key for what lies beside the keystore; each use has its own label. The caller wipes it. */
  subkey(label: string): Secret;
  /** One after the other: what takes numbers of a chain or rotates keys must not be entered twice. */
  exclusive<T>(action: () => Promise<T>): Promise<T>;
}

const STATE_LOG = 'state';
const JOURNAL_KEY = 'journal';

/** @throws CoreError `account-exists` */
export async function createAccount(
  store: AccountStore,
  passphrase: string,
  content: AccountContent,
  kdf?: KdfCost,
): Promise<Account> {
  await ready();
  if ((await store.keystore.load()) !== null) throw new CoreError('account-exists', 'the keystore is in use');
  const task = { kind: 'create', passphrase, content: readable(content), kdf } as const;
  const { bytes, masterKey } = await openWith(store.keystoreWorker ?? performKeystoreTask, task);
  await store.keystore.save(bytes);
  return unlock(store, bytes, masterKey, content);
}

/**
 * @param credential a passphrase, or what opens another slot
 * @throws CoreError `account-missing`, `journal-damaged`; SealError `passphrase-wrong`, `keystore-damaged`, `slot-unknown`, …
 */
export async function openAccount(store: AccountStore, credential: string | KeystoreCredential): Promise<Account> {
  await ready();
  const bytes = await store.keystore.load();
  if (bytes === null) throw new CoreError('account-missing', 'no keystore here');
  const meant = typeof credential === 'string' ? ({ kind: 'passphrase', passphrase: credential } as const) : credential;
  const task = { kind: 'open', credential: meant, bytes } as const;
  const opened = await openWith(store.keystoreWorker ?? performKeystoreTask, task);
  return unlock(store, bytes, opened.masterKey, parseContent(opened.content));
}

async function unlock(
  store: AccountStore,
  keystore: Uint8Array,
  masterKey: Uint8Array,
  first: AccountContent,
): Promise<Account> {
  const journalKey = asSecret(keystoreSubkey(masterKey, JOURNAL_KEY));
  let key = signingKeyFromSeed(first.device.sigSeed);
  const log = await openSealedLog(store, journalKey, STATE_LOG);
  const state = await stateOf(log, keystore).catch(async (error: unknown) => {
    await log.close();
    wipeAll(key, masterKey, journalKey);
    throw error;
  });
  let [bytes, content] = [keystore, first];
  async function record(...events: readonly AccountEvent[]): Promise<void> {
    await log.append(encodeEvents(events));
    for (const event of events) applyEvent(state, event);
  }
  async function save(next: Uint8Array): Promise<void> {
    await store.keystore.save(next);
    bytes = next;
    await record({ kind: 'keystore', version: parseKeystoreHeader(next).version });
  }
  return {
    get content() {
      return content;
    },
    get key() {
      return key;
    },
    state,
    store,
    record,
    async saveContent(next) {
      await save(resealKeystore(bytes, masterKey, readable(next)));
      if (!equalBytes(next.device.sigSeed, content.device.sigSeed)) {
        key.close();
        key = signingKeyFromSeed(next.device.sigSeed);
      }
      content = next;
    },
    slots: () => parseKeystoreHeader(bytes).slots,
    async changeSlots(change) {
      const task = { kind: 'slots', bytes, masterKey, change } as const;
      await save((await openWith(store.keystoreWorker ?? performKeystoreTask, task)).bytes);
    },
    keystoreFile: () => ({ version: parseKeystoreHeader(bytes).version, digest: keystoreDigest(bytes) }),
    subkey: (label) => asSecret(keystoreSubkey(masterKey, label)),
    exclusive: oneAtATime(),
    openLog: (name) => openSealedLog(store, journalKey, name),
    async [Symbol.asyncDispose]() {
      await log.close();
      wipeAll(key, masterKey, journalKey);
    },
  };
}

function oneAtATime(): Account['exclusive'] {
  let tail: Promise<unknown> = Promise.resolve();
  return (action) => {
    const mine = tail.then(action);
    tail = mine.catch(() => undefined);
    return mine;
  };
}

/** What cannot be read back must never be written over what can. @throws WireError */
function readable(content: AccountContent): Uint8Array {
  const bytes = encodeContent(content);
  parseContent(bytes);
  return bytes;
}

/** @throws CoreError `journal-damaged`; SealError `keystore-version` */
async function stateOf(log: SealedLog, keystore: Uint8Array): Promise<AccountState> {
  const state = await replay(log);
  if (parseKeystoreHeader(keystore).version < state.keystoreVersion) {
    throw new SealError('keystore-version', 'an older keystore than the one written last');
  }
  return state;
}

async function replay(log: SealedLog): Promise<AccountState> {
  const state = emptyState();
  for await (const record of log.read()) for (const event of parseEvents(record)) applyEvent(state, event);
  return state;
}

function wipeAll(key: SigningKey, masterKey: Uint8Array, journalKey: Secret): void {
  key.close();
  masterKey.fill(0);
  journalKey.fill(0);
}
