import { join } from 'node:path';
import { readFile, readdir } from 'node:fs/promises';
import { enrol } from '../../client/core/account/enrol.js';
import { type Account, createAccount } from '../../client/core/account/account.js';
import { accountSigner } from '../../client/core/account/signer.js';
import { createPinnedView } from '../../client/core/directory/pinned-view.js';
import { type Desk } from '../../client/core/desk.js';
import { type AccountStore, type Transport } from '../../client/core/ports.js';
import { type Relay, createRelay } from '../../client/core/relay/relay.js';
import { removeFile, replaceFile } from '../../client/node/durable.js';
import { createHttpTransport } from '../../client/node/http-transport.js';
import { nodeSha256 } from '../../client/node/node-sha256.js';
import { openRecordFile } from '../../client/node/record-file.js';
import { createDeviceSecrets } from '../../crypto/seal/device-keys.js';
import { signingKeyFromSeed } from '../../crypto/seal/sign.js';
import { signAddDevice, signEpoch } from '../../crypto/seal/statements.js';
import { type TestFolder, createFolder } from './folder.js';
import { type TestRelay } from './relay.js';

/** A practice's client in this process: the real core on a real relay, with whatever transport a test puts between. */
export interface TestDesk extends Desk {
  readonly address: string;
  /** The same account through another transport, or another relay's words: what a lying relay says. */
  through(change: Partial<Relay>): Desk;
  /** Another device of the same mailbox, which gets its epochs from now on. */
  another(memberLabel: string): Promise<TestDesk>;
  close(): Promise<void>;
}

const PASSPHRASE = 'eine lange Passphrase';
/** The least that is allowed: tests are not attacked. */
const CHEAP = { opsLimit: 2, memBytes: 64 * 1024 * 1024 };

function storeIn(folder: string): AccountStore {
  const path = join(folder, 'keystore');
  const log = (name: string): string => join(folder, `${name}.log`);
  return {
    keystore: {
      load: () => readFile(path).catch(() => null),
      save: (bytes) => replaceFile(path, bytes),
      remove: () => removeFile(path),
    },
    log: (name) => openRecordFile(log(name)),
    removeLog: (name) => removeFile(log(name)),
    listLogs: async () =>
      (await readdir(folder)).filter((name) => name.endsWith('.log')).map((name) => name.slice(0, -'.log'.length)),
  };
}

/** No retries: what fails in a test fails at once. */
const RETRY = { patienceMs: 0, sleep: () => Promise.resolve(), now: () => Date.now() };

function deskOf(account: Account, relay: Relay): Desk {
  return {
    account,
    relay,
    directory: createPinnedView(account, relay),
    clock: { now: () => Date.now() },
    createSha256: nodeSha256,
  };
}

/** Invites and enrols a mailbox. */
export async function enrolDesk(t: TestRelay, address: string, practiceName?: string): Promise<TestDesk> {
  const folder = await createFolder();
  const transport = createHttpTransport();
  const origin = t.relay.origin;
  const token = await t.invite(address, practiceName);
  const stranger = createRelay({ origin, transport, retry: RETRY, signer: null });
  const { account, forgetWords } = await enrol({
    invitation: { origin, token, policyDigest: null },
    policy: await stranger.logPolicy(),
    relay: stranger,
    store: storeIn(folder.path),
    passphrase: PASSPHRASE,
    deviceName: 'Test',
    memberLabel: `Dr. ${address.split('@')[0]}`,
    nowMs: Date.now(),
    kdf: CHEAP,
  });
  await forgetWords();
  return testDesk(account, transport, folder);
}

function testDesk(account: Account, transport: Transport & Disposable, folder: TestFolder): TestDesk {
  const { origin, address } = account.content;
  const relay = createRelay({ origin, transport, retry: RETRY, signer: accountSigner(account) });
  const desk = deskOf(account, relay);
  return {
    ...desk,
    address,
    through: (change) => deskOf(account, { ...relay, ...change }),
    another: (memberLabel) => addDevice(desk, memberLabel),
    async close() {
      await account[Symbol.asyncDispose]();
      transport[Symbol.dispose]();
      await folder.remove();
    },
  };
}

async function addDevice({ account, relay, directory }: Desk, memberLabel: string): Promise<TestDesk> {
  const { identitySeed, mailboxId } = account.content;
  if (identitySeed === null) throw new Error('not an administrating device');
  const device = createDeviceSecrets(memberLabel);
  const deviceKey = signingKeyFromSeed(device.sigSeed);
  const { state } = await directory.refresh(mailboxId);
  const added = signAddDevice(state, signingKeyFromSeed(identitySeed), device, deviceKey, Date.now());
  const epoch = await signEpoch(added.state, device, deviceKey, Date.now());
  await relay.postStatements(mailboxId, [added.bytes, epoch.bytes]);
  const folder = await createFolder();
  const content = { ...account.content, deviceName: memberLabel, device, identitySeed: null, epochs: [epoch.secret] };
  return testDesk(await createAccount(storeIn(folder.path), PASSPHRASE, content, CHEAP), createHttpTransport(), folder);
}
