import { type Account, openAccount } from '../../client/core/account/account.js';
import { accountSigner } from '../../client/core/account/signer.js';
import { enrol, parseInvitation } from '../../client/core/account/enrol.js';
import { type Desk } from '../../client/core/desk.js';
import { openPairing } from '../../client/core/devices/admit.js';
import { type History } from '../../client/core/devices/hand-over.js';
import { joinMailbox } from '../../client/core/devices/join.js';
import { parseCarriedSecret } from '../../client/core/devices/rendezvous.js';
import { announceDevice } from '../../client/core/devices/roster.js';
import { createPinnedView } from '../../client/core/directory/pinned-view.js';
import { type AccountStore, type RecordLog, type Transport } from '../../client/core/ports.js';
import { type Relay, createRelay } from '../../client/core/relay/relay.js';
import { sendMessage } from '../../client/core/send/send.js';
import { syncInbox } from '../../client/core/receive/sync.js';
import { receivedLetters } from '../../client/core/receive/inbox.js';
import { createHttpTransport } from '../../client/node/http-transport.js';
import { nodeSha256 } from '../../client/node/node-sha256.js';
import { type TestRelay } from './relay.js';

/** Devices of practices inside the test's own process, on a real relay over HTTP: everything of a client but its shell. */

export const PASSPHRASE = 'eine lange Passphrase';
export const CHEAP = { opsLimit: 2, memBytes: 64 * 1024 * 1024 };

/** A store in memory that can be copied and put back, as a backup would be. */
export interface MemoryStore extends AccountStore {
  snapshot(): () => void;
  isEmpty(): boolean;
}

export function memoryStore(): MemoryStore {
  let keystore: Uint8Array | null = null;
  const logs = new Map<string, Uint8Array[]>();
  return {
    keystore: {
      load: () => Promise.resolve(keystore),
      save: (bytes) => Promise.resolve(void (keystore = bytes.slice())),
      remove: () => Promise.resolve(void (keystore = null)),
    },
    log: (name) => {
      const records = logs.get(name) ?? [];
      logs.set(name, records);
      const log: RecordLog = {
        async *read() {
          await Promise.resolve();
          yield* [...records];
        },
        append: (record) => Promise.resolve(void records.push(record.slice())),
        close: () => Promise.resolve(),
      };
      return Promise.resolve(log);
    },
    removeLog: (name) => Promise.resolve(void logs.delete(name)),
    listLogs: () => Promise.resolve([...logs.keys()]),
    snapshot: () => {
      const [copy, kept] = [keystore, new Map([...logs].map(([name, records]) => [name, [...records]]))];
      return () => {
        keystore = copy;
        logs.clear();
        for (const [name, records] of kept) logs.set(name, [...records]);
      };
    },
    isEmpty: () => keystore === null && logs.size === 0,
  };
}

/** A device with the clock in the test's hand. */
export interface TestDesk extends Desk {
  readonly store: MemoryStore;
  /** Moves this device's clock on; the relay's stays. */
  later(ms: number): void;
  /** Locks the account and opens it again, as the next run would. */
  reopen(): Promise<TestDesk>;
}

export interface DeskMaker {
  practice(address: string): Promise<TestDesk & Kit>;
  /** Pairs a new device by the words. */
  pair(admin: TestDesk, as: Partial<PairAs>): Promise<TestDesk>;
  /** By a link that another device of the mailbox shows; settles when that has let it in. */
  join(secret: string, as: Pick<PairAs, 'name' | 'member'>): Promise<TestDesk>;
  connect(account: Account, store: MemoryStore): TestDesk;
  /** Without a session. */
  readonly open: Relay;
  close(): void;
}

/** What a kit has beside the names: 24 words, and four for whose word counts. */
export interface Kit {
  readonly recoveryWords: readonly string[];
  readonly witnessWords: readonly string[];
}

export interface PairAs {
  readonly name: string;
  readonly member: string;
  readonly isAdmin: boolean;
  readonly history: History;
}

const NO_RETRY = { patienceMs: 0, sleep: () => Promise.resolve(), now: () => Date.now() };
/** Asks again soon: the other side is in this process, too. */
export const WAITING = {
  pause: () => new Promise<void>((resolve) => void setTimeout(resolve, 20)),
  now: () => Date.now(),
};

/** @param origin where clients find the relay: another one than the relay's own when something stands between */
export function deskMaker(
  relay: Pick<TestRelay, 'invite'>,
  origin: string,
  wrap?: (inner: Transport) => Transport,
): DeskMaker {
  const http = createHttpTransport();
  const transport = wrap === undefined ? http : wrap(http);
  const relayFor = (account: Account | null): Relay =>
    createRelay({ origin, transport, retry: NO_RETRY, signer: account === null ? null : accountSigner(account) });

  function connect(account: Account, store: MemoryStore, startMs = 0): TestDesk {
    let aheadMs = startMs;
    const signed = relayFor(account);
    return {
      account,
      store,
      relay: signed,
      directory: createPinnedView(account, signed),
      clock: { now: () => Date.now() + aheadMs },
      createSha256: nodeSha256,
      later: (ms) => void (aheadMs += ms),
      async reopen() {
        await account[Symbol.asyncDispose]();
        return connect(await openAccount(store, PASSPHRASE), store, aheadMs);
      },
    };
  }

  async function join(secret: string, { name, member }: Pick<PairAs, 'name' | 'member'>): Promise<TestDesk> {
    const store = memoryStore();
    const account = await joinMailbox({
      ...parseCarriedSecret(secret, { purpose: 'pair', origin }),
      relay: relayFor(null),
      connect: relayFor,
      store,
      passphrase: PASSPHRASE,
      deviceName: name,
      memberLabel: member,
      waiting: WAITING,
      onCheck: () => undefined,
      kdf: CHEAP,
    });
    return connect(account, store);
  }

  return {
    open: relayFor(null),
    connect,
    join,
    close: () => http[Symbol.dispose](),
    async practice(address) {
      const token = await relay.invite(address);
      const store = memoryStore();
      const stranger = relayFor(null);
      const { account, recoveryWords, witnessWords, forgetWords } = await enrol({
        invitation: parseInvitation(`${origin}/enrol#${token}`),
        policy: await stranger.logPolicy(),
        relay: stranger,
        store,
        passphrase: PASSPHRASE,
        deviceName: 'Erstes',
        memberLabel: 'Dr. A. Meier',
        nowMs: Date.now(),
        kdf: CHEAP,
      });
      await forgetWords();
      return { ...connect(account, store), recoveryWords, witnessWords };
    },
    async pair(admin, { name = 'Zweites', member = 'Empfang', isAdmin = false, history = 'all' }) {
      const pairing = await openPairing(admin, WAITING);
      const [desk] = await Promise.all([
        join(pairing.words.join(' '), { name, member }),
        pairing.request().then((applicant) => applicant.admit({ isAdmin, history })),
      ]);
      await syncInbox(desk);
      await announceDevice(desk);
      return desk;
    },
  };
}

/** A short text from one mailbox to another; `at` is how long the relay keeps it. */
export async function sendText(desk: TestDesk, to: TestDesk, subject: string): Promise<string> {
  const letter = {
    to: [to.account.content.address],
    cc: [],
    bcc: [],
    subject,
    text: subject,
    replyTo: null,
    urgency: null,
    expiresMs: desk.clock.now() + 30 * 86_400_000,
  };
  const sent = await sendMessage(desk, letter, null, { reopen: () => Promise.reject(new Error('no files')) });
  return sent.messageId;
}

/** Subjects of what is in the mailbox, as this device sees it now. */
export async function subjectsOf(desk: TestDesk): Promise<string[]> {
  await syncInbox(desk);
  return receivedLetters(desk.account).map(({ body }) => body.subject);
}
