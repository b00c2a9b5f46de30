import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { DeviceId, MailboxId } from '../../crypto/wire/ids.js';
import { type Database, openDatabase } from '../../server/db/open.js';
import { type Relay, type RelayOptions, openAdministration, startRelay } from '../../server/main.js';
import { type DatabaseKind } from './database.js';
import { createFolder } from './folder.js';
import { type Answer, type Ask, asker } from './http.js';
import { type TestDevice, TestMailbox } from './mailbox.js';

/** A relay on a database and a data folder of its own, with a look into both. */
export interface TestRelay {
  readonly relay: Relay;
  readonly url: string;
  readonly db: Database;
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly blobsDir: string;
  /** An unauthenticated client. */
  readonly ask: Ask;
  invite(address: string, practiceName?: string): Promise<string>;
  /** Invites and enrols a mailbox and signs its first device in. */
  enrol(address: string, practiceName?: string): Promise<Actor>;
  close(): Promise<void>;
}

/** A device of a mailbox with a session: alice, bob or eve. */
export interface Actor {
  readonly mailbox: TestMailbox;
  readonly mailboxId: MailboxId;
  readonly deviceId: DeviceId;
  readonly address: string;
  readonly token: string;
  readonly ask: Ask;
}

/** Tests sign in often and from one address: the rate limit is lifted unless a test is about it. */
const DEFAULTS: RelayOptions = { port: 0, host: '127.0.0.1', logLevel: 'silent', rateLimit: 'off' };

export async function startTestRelay(kind: DatabaseKind, options: RelayOptions = {}): Promise<TestRelay> {
  const database = await kind.create('migrated');
  const folder = await createFolder();
  const relay = await startRelay({ ...DEFAULTS, databaseUrl: database.url, dataDir: folder.path, ...options });
  const db = openDatabase({ url: database.url, poolSize: 4 });
  const ask = asker(relay.url);
  const inviteHere = (address: string, practiceName = `Practice ${address}`) =>
    invite(folder.path, address, practiceName);
  return {
    relay,
    url: relay.url,
    db,
    databaseUrl: database.url,
    dataDir: folder.path,
    blobsDir: join(folder.path, 'blobs'),
    ask,
    invite: inviteHere,
    async enrol(address, practiceName) {
      const mailbox = await TestMailbox.create(address);
      await expectStatus(201, enrolWith(ask, await inviteHere(address, practiceName), mailbox));
      return signIn(relay.url, relay.origin, mailbox);
    },
    async close() {
      await relay.close();
      await db.destroy();
      await database.drop();
      await folder.remove();
    },
  };
}

/** As the operator does it. @returns the token */
export async function invite(dataDir: string, address: string, practiceName: string): Promise<string> {
  const administration = await openAdministration({ dataDir });
  try {
    const issued = await administration.invite({ practiceName, address, expiresInDays: 7 });
    return issued.invitation.hash.slice(1).split('.')[0] ?? '';
  } finally {
    await administration.close();
  }
}

export async function enrolWith(ask: Ask, invitation: string, mailbox: TestMailbox): Promise<Answer> {
  return ask('POST', '/api/enrolments', { json: { invitation, statements: mailbox.statements.map(base64Url) } });
}

/** @throws when the relay refuses */
export async function signIn(
  url: string,
  origin: string,
  mailbox: TestMailbox,
  device: TestDevice = mailbox.device,
): Promise<Actor> {
  const answer = await expectStatus(201, trySignIn(asker(url), origin, mailbox, device));
  const { token } = answer.json as { token: string };
  const { mailboxId, address } = mailbox.state;
  const { deviceId } = device;
  return { mailbox, mailboxId, deviceId, address, token, ask: asker(url, token) };
}

/** A challenge and its answer. */
export async function trySignIn(
  ask: Ask,
  origin: string,
  mailbox: TestMailbox,
  device: TestDevice = mailbox.device,
): Promise<Answer> {
  const nonce = await fetchNonce(ask, mailbox, device);
  return ask('POST', '/api/sessions', { json: wireAuth(mailbox.auth(origin, nonce, device)) });
}

export async function fetchNonce(ask: Ask, mailbox: TestMailbox, device: TestDevice = mailbox.device): Promise<Buffer> {
  const json = { mailboxId: mailbox.state.mailboxId, deviceId: device.deviceId };
  const answer = await expectStatus(201, ask('POST', '/api/sessions/challenges', { json }));
  return Buffer.from((answer.json as { nonce: string }).nonce, 'base64url');
}

export function wireAuth({ auth, signature }: { auth: Uint8Array; signature: Uint8Array }) {
  return { auth: base64Url(auth), signature: base64Url(signature) };
}

export async function expectStatus(status: number, answer: Promise<Answer>): Promise<Answer> {
  const got = await answer;
  if (got.status !== status) throw new Error(`expected ${status}, got ${got.status} ${JSON.stringify(got.json)}`);
  return got;
}

export function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}
