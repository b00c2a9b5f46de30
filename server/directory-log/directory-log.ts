import { readFile } from 'node:fs/promises';
import { equalBytes } from '../../crypto/wire/bytes.js';
import { LogError } from '../../crypto/log/error.js';
import { type WitnessPolicy, encodePolicy, parseWitnessPolicy, policyDigest } from '../../crypto/log/policy.js';
import { createVerifierKey, encodeVerifierKey } from '../../crypto/log/verifier-key.js';
import type { Database } from '../db/open.js';
import { RelayError } from '../error.js';
import type { Log } from '../log.js';
import { type NoteSigner, createNoteSigner, loadNoteSigner } from './log-key.js';
import { type Publisher, startPublisher } from './publisher.js';
import { type LogIdentity, findIdentity, insertIdentityIfNone, updatePolicy } from './store.js';

/** The log of one relay: its key, its policy, and whoever publishes it. */
export interface DirectoryLogOptions {
  readonly db: Database;
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly log: Log;
  /** The relay's origin: the log is named after it, once. */
  readonly origin: string;
  readonly witnesses: WitnessPolicy;
}

export interface DirectoryLog extends AsyncDisposable {
  /** Null on a node that does not hold the log's key. */
  readonly signer: NoteSigner | null;
}

export const NO_WITNESSES: WitnessPolicy = { witnesses: [], quorum: { kind: 'none' } };

/** @throws RelayError `config-invalid` */
export async function loadWitnesses(path: string | undefined): Promise<WitnessPolicy> {
  if (path === undefined) return NO_WITNESSES;
  try {
    const policy = parseWitnessPolicy(await readFile(path));
    if (policy.witnesses.every(({ url }) => url !== null)) return policy;
  } catch (cause) {
    const reason = cause instanceof LogError ? cause.message : 'the file cannot be read';
    throw new RelayError('config-invalid', `witnesses (BILDBOTE_WITNESSES): ${reason}`, { cause });
  }
  throw new RelayError('config-invalid', 'witnesses (BILDBOTE_WITNESSES): each witness needs its URL');
}

/**
 * On the first start of the first node the log is named and gets its key. A node without that key serves the log and leaves
 * publishing to the others.
 */
export async function openDirectoryLog(options: DirectoryLogOptions): Promise<DirectoryLog> {
  const { db, databaseUrl, log, witnesses } = options;
  const signer = await signerFor(options);
  if (signer === null) {
    log.warn('this node does not hold the key of the log, and publishes nothing');
    return { signer: null, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const policy = { log: signer.key, ...witnesses };
  await updatePolicy(db, encodePolicy(policy));
  const publisher: Publisher = await startPublisher({ db, databaseUrl, log, signer, policy });
  return { signer, [Symbol.asyncDispose]: () => publisher[Symbol.asyncDispose]() };
}

/** The name of the relay's log; null when no relay has run on the database yet. */
export async function findLogName(db: Database): Promise<string | null> {
  return (await findIdentity(db))?.origin ?? null;
}

async function signerFor({ db, dataDir, origin, witnesses }: DirectoryLogOptions): Promise<NoteSigner | null> {
  const there = await loadNoteSigner(dataDir, 'log');
  const identity = await findIdentity(db);
  if (identity !== null) return isOf(there, identity.publicKey) ? there : null;
  const signer = there ?? (await createNoteSigner(dataDir, 'log', `${new URL(origin).host}/log`));
  const policy = encodePolicy({ log: signer.key, ...witnesses });
  await insertIdentityIfNone(db, { origin: signer.key.name, publicKey: signer.key.publicKey, policy });
  // Another node may have been first.
  return isOf(signer, (await findIdentity(db))?.publicKey ?? new Uint8Array(0)) ? signer : null;
}

function isOf(signer: NoteSigner | null, publicKey: Uint8Array): boolean {
  return signer !== null && equalBytes(signer.key.publicKey, publicKey);
}

/** The second half of an invitation's fragment. @throws RelayError `no-relay` when no relay has run on the database */
export async function findPolicyDigest(db: Database): Promise<string> {
  return policyDigest((await identityOf(db)).policy);
}

/** @throws RelayError `no-relay` */
export async function findLogKey(db: Database): Promise<string> {
  const { origin, publicKey } = await identityOf(db);
  return encodeVerifierKey(createVerifierKey('log', origin, publicKey));
}

async function identityOf(db: Database): Promise<LogIdentity> {
  const identity = await findIdentity(db);
  if (identity !== null) return identity;
  throw new RelayError('no-relay', 'no relay has run on this database since it has a log');
}
