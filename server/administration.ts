import { resolve } from 'node:path';
import { loadRelayRecord } from './data-folder.js';
import { isUnavailable } from './db/errors.js';
import { openDatabase } from './db/open.js';
import { findLogKey, findPolicyDigest } from './directory-log/directory-log.js';
import { type Rebuilt, rebuildLog } from './directory-log/rebuild.js';
import { RelayError } from './error.js';
import { listProtected, protectNames, unprotectName } from './practices/claim.js';
import {
  type MailboxChange,
  type MailboxSummary,
  type PracticeSummary,
  changeMailbox,
  closePractice,
  listMailboxes,
  listPractices,
  resumePractice,
  suspendPractice,
} from './standing/administer.js';
import { type InviteRequest, type IssuedInvitation, invite, parsePracticeName } from './practices/invite.js';

/** The operator's side of a running relay, reached through its data folder and not over the network. */
export interface Administration {
  /** @throws RelayError `address-invalid`, `address-taken`, `config-invalid`, `database-unreachable` */
  invite(request: InviteRequest): Promise<IssuedInvitation>;
  /** Names, of authorities for instance, that stand in no practice's name (attack A3). @throws RelayError `config-invalid` */
  protect(names: readonly string[]): Promise<void>;
  /** @returns whether it was protected */
  unprotect(name: string): Promise<boolean>;
  listProtected(): Promise<string[]>;
  listPractices(): Promise<PracticeSummary[]>;
  /** Its devices get 403 until it is resumed. @throws RelayError `practice-unknown` */
  suspendPractice(name: string): Promise<void>;
  /** @throws RelayError `practice-unknown`, `practice-closed` */
  resumePractice(name: string): Promise<void>;
  /** It reads for so many days more; then all that it had is gone. @returns when */
  closePractice(name: string, days: number): Promise<Date>;
  /** @param address null for all */
  listMailboxes(address: string | null): Promise<MailboxSummary[]>;
  /** @throws RelayError `mailbox-unknown` */
  changeMailbox(change: MailboxChange): Promise<void>;
  /** Makes the log's tiles and map anew from its entries and compares the roots (docs/spec/directory.md §8). */
  rebuildLog(): Promise<Rebuilt>;
  /** The log's verifier key: what a witness is told. */
  logKey(): Promise<string>;
  close(): Promise<void>;
}

/** @throws RelayError `no-relay` when none has run on the folder */
export async function openAdministration({ dataDir }: { readonly dataDir: string }): Promise<Administration> {
  const path = resolve(dataDir);
  const { databaseUrl, origin } = await loadRelayRecord(path);
  const db = openDatabase({ url: databaseUrl, poolSize: 1 });
  const reaching = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      throw new RelayError('database-unreachable', `the relay of ${path} is not running`, { cause: error });
    }
  };
  return {
    invite: (request) => reaching(async () => invite(db, origin, await findPolicyDigest(db), request)),
    protect: (names) => reaching(() => protectNames(db, names.map(parsePracticeName))),
    unprotect: (name) => reaching(() => unprotectName(db, parsePracticeName(name))),
    listProtected: () => reaching(() => listProtected(db)),
    listPractices: () => reaching(() => listPractices(db)),
    suspendPractice: (name) => reaching(() => suspendPractice(db, name)),
    resumePractice: (name) => reaching(() => resumePractice(db, name)),
    closePractice: (name, days) => reaching(() => closePractice(db, name, days)),
    listMailboxes: (address) => reaching(() => listMailboxes(db, address)),
    changeMailbox: (change) => reaching(() => changeMailbox(db, change)),
    rebuildLog: () => reaching(() => rebuildLog(db)),
    logKey: () => reaching(() => findLogKey(db)),
    close: () => db.destroy(),
  };
}
