import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { enrol, parseInvitation } from '../../client/core/account/enrol.js';
import { accountSigner } from '../../client/core/account/signer.js';
import type { Desk } from '../../client/core/desk.js';
import { createPinnedView } from '../../client/core/directory/pinned-view.js';
import type { AccountStore } from '../../client/core/ports.js';
import { createRelay } from '../../client/core/relay/relay.js';
import { platformRetry } from '../../client/core/relay/retry.js';
import { type Sent, sendMessage } from '../../client/core/send/send.js';
import { type Address, parseAddress } from '../../crypto/wire/ids.js';
import { createHttpTransport } from '../../client/node/http-transport.js';
import { nodeSha256 } from '../../client/node/node-sha256.js';
import { openRecordFile } from '../../client/node/record-file.js';
import { openAdministration } from '../../server/main.js';
import { createFolder } from './folder.js';
import type { LyingRelay } from './lying-relay.js';

/** A practice with the real client core, in this process: its keystore folder, and what its user would do. */
export interface TestClient extends Desk {
  readonly folder: string;
  readonly address: Address;
  send(to: string, text?: string): Promise<Sent>;
  /** A second connection, as the next command would open it: nothing is remembered but the account. */
  again(): Desk;
  close(): Promise<void>;
}

const CHEAP = { opsLimit: 2, memBytes: 64 * 1024 * 1024 };
const DAY_MS = 86_400_000;

export async function enrolClient(lying: LyingRelay, address: string): Promise<TestClient> {
  const folder = await createFolder();
  const administration = await openAdministration({ dataDir: lying.truth.dataDir });
  const request = { practiceName: `Practice ${address}`, address, expiresInDays: 7 };
  const issued = await administration.invite(request).finally(() => administration.close());
  const invitation = parseInvitation(String(issued.invitation));
  const transport = createHttpTransport();
  const { origin } = invitation;
  const { account, forgetWords } = await enrol({
    invitation,
    relay: createRelay({ origin, transport, retry: platformRetry(5_000), signer: null }),
    store: storeIn(folder.path),
    passphrase: 'eine lange Passphrase 42',
    deviceName: 'Test',
    memberLabel: 'Dr. Test',
    nowMs: Date.now(),
    kdf: CHEAP,
  });
  await forgetWords();
  const open = (): Desk => {
    const relay = createRelay({ origin, transport, retry: platformRetry(5_000), signer: accountSigner(account) });
    const directory = createPinnedView(account, relay);
    return { account, relay, directory, clock: { now: () => Date.now() }, createSha256: nodeSha256 };
  };
  const desk = open();
  return {
    ...desk,
    folder: folder.path,
    address: parseAddress(address),
    again: open,
    send: (to, text = 'Befund folgt') => sendText(open(), to, text),
    async close() {
      transport[Symbol.dispose]();
      await account[Symbol.asyncDispose]();
      await folder.remove();
    },
  };
}

function sendText(desk: Desk, to: string, text: string): Promise<Sent> {
  const letter = {
    to: [parseAddress(to)],
    cc: [],
    bcc: [],
    subject: 'Test',
    text,
    replyTo: null,
    urgency: null,
    expiresMs: Date.now() + 30 * DAY_MS,
  };
  return sendMessage(desk, letter, null, { reopen: () => Promise.reject(new Error('no files')) });
}

function storeIn(folder: string): AccountStore {
  const path = join(folder, 'keystore');
  return {
    keystore: {
      load: () => readFile(path).catch(() => null),
      save: (bytes) => writeFile(path, bytes),
      remove: () => rm(path, { force: true }),
    },
    log: (name) => openRecordFile(join(folder, `${name}.log`)),
    removeLog: (name) => rm(join(folder, `${name}.log`), { force: true }),
    async listLogs() {
      const names = await readdir(folder);
      return names.filter((name) => name.endsWith('.log')).map((name) => name.slice(0, -'.log'.length));
    },
    async saveEvidence(name, bytes) {
      await writeFile(join(folder, name), bytes);
      return join(folder, name);
    },
  };
}
