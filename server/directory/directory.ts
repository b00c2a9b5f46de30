import { equalBytes } from '../../crypto/wire/bytes.js';
import { WireError } from '../../crypto/wire/error.js';
import type { ChainState } from '../../crypto/wire/chain.js';
import type { Address, MailboxId } from '../../crypto/wire/ids.js';
import { isUniqueViolation } from '../db/errors.js';
import { recordAudit } from '../audit/record.js';
import { type Database, type Transaction } from '../db/open.js';
import { inTransaction } from '../db/transaction.js';
import { Problem, notFound } from '../http/problem.js';
import type { Log } from '../log.js';
import { type Chains, type Step, appendSteps, assertTurn, openChains, verifySteps } from './chains.js';
import { type AttestationDeps, enterAttestations } from './attestations.js';
import {
  findLastStatementSeq,
  findMailboxByAddress,
  insertMailbox,
  listStatements,
  lockLastStatementSeq,
} from './store.js';

/** What the relay does with chains of statements: verify, store, and refuse. */
export interface Directory {
  /** Verifies a new chain, without storing it. @throws Problem `statement-invalid` */
  verify(statements: readonly Uint8Array[]): Promise<Step[]>;
  /** Stores a verified new chain as a mailbox of the practice. @throws Problem `address-taken`, `key-registered` */
  register(trx: Transaction, practiceId: number, steps: readonly Step[]): Promise<void>;
  /** The newest verified chain; null when there is no such mailbox. */
  findChain(mailboxId: MailboxId): Promise<ChainState | null>;
  findByAddress(address: Address): Promise<ChainState | null>;
  /** Statements after `after` in order, as many as `maxBytes` holds but at least one. */
  statementsAfter(mailboxId: MailboxId, after: number, maxBytes: number): Promise<Uint8Array[]>;
  /** Appends all statements or none. @returns the newest seq */
  append(mailboxId: MailboxId, statements: readonly Uint8Array[]): Promise<number>;
}

export function openDirectory(db: Database, log: Log, names: AttestationDeps): Directory {
  const chains = openChains(db);
  const findChain = async (mailboxId: MailboxId): Promise<ChainState | null> => {
    const lastSeq = await findLastStatementSeq(db, mailboxId);
    return lastSeq === null ? null : chains.load(mailboxId, lastSeq);
  };
  return {
    findChain,
    findByAddress: async (address) => {
      const mailboxId = await findMailboxByAddress(db, address);
      return mailboxId === null ? null : findChain(mailboxId);
    },
    statementsAfter: (mailboxId, after, maxBytes) => listStatements(db, mailboxId, after, maxBytes),
    verify: (statements) => refusing({ db, log }, () => verifySteps(null, statements)),
    register: (trx, practiceId, steps) => refusing({ db, log }, () => register(trx, practiceId, steps)),
    append: (mailboxId, statements) =>
      refusing({ db, log }, () => append({ db, chains, names }, mailboxId, statements)),
  };
}

async function register(trx: Transaction, practiceId: number, steps: readonly Step[]): Promise<void> {
  const newest = steps.at(-1)?.state;
  if (newest === undefined) throw new Problem('statement-invalid');
  await insertMailbox(trx, { mailboxId: newest.mailboxId, practiceId, address: newest.address }, newest.seq);
  await appendSteps(trx, null, steps);
}

interface AppendDeps {
  readonly db: Database;
  readonly chains: Chains;
  readonly names: AttestationDeps;
}

async function append(
  { db, chains, names }: AppendDeps,
  mailboxId: MailboxId,
  statements: readonly Uint8Array[],
): Promise<number> {
  const lastSeq = await findLastStatementSeq(db, mailboxId);
  const [first] = statements;
  if (lastSeq === null || first === undefined) throw notFound();
  const base = await chains.load(mailboxId, lastSeq);
  const stored = await findStored(db, mailboxId, base.seq, statements);
  if (stored !== null) return stored;
  assertTurn(base, first);
  const steps = await verifySteps(base, statements);
  await inTransaction(db, async (trx) => {
    if ((await lockLastStatementSeq(trx, mailboxId)) !== base.seq) throw new Problem('statement-out-of-turn');
    await appendSteps(trx, base, steps);
    await enterAttestations(names, trx, base, steps);
  });
  const newest = steps.at(-1)?.state ?? base;
  chains.keep(newest);
  return newest.seq;
}

const SAME_BYTES = 8 * 1024 * 1024;

/** The answer may have been lost: when the chain ends with these very statements, they are accepted again. */
async function findStored(
  db: Database,
  mailboxId: MailboxId,
  lastSeq: number,
  statements: readonly Uint8Array[],
): Promise<number | null> {
  if (statements.length >= lastSeq) return null;
  const tail = await listStatements(db, mailboxId, lastSeq - statements.length, SAME_BYTES);
  const isSame =
    tail.length === statements.length && tail.every((bytes, i) => equalBytes(bytes, statements[i] ?? bytes));
  return isSame ? lastSeq : null;
}

/** Turns what verification and constraints say into problems; attempts to take a foreign key are audited (attack A1). */
async function refusing<T>(
  { db, log }: { readonly db: Database; readonly log: Log },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WireError) throw new Problem('statement-invalid', { detail: error.code, cause: error });
    if (isUniqueViolation(error, 'mailboxes_address_key')) throw new Problem('address-taken', { cause: error });
    if (KEY_CONSTRAINTS.some((constraint) => isUniqueViolation(error, constraint))) {
      log.warn({ audit: 'key-registered' }, 'a second registration of a public key was refused');
      await recordAudit(db, { kind: 'registration-refused' });
      throw new Problem('key-registered', { cause: error });
    }
    throw error;
  }
}

/** The same genesis again has the same keys. */
const KEY_CONSTRAINTS = ['public_keys_pkey', 'mailboxes_pkey', 'statements_hash_key'];
