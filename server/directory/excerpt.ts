import { parseBalance } from '../../crypto/wire/balance.js';
import type { Excerpt } from '../../crypto/wire/excerpt.js';
import type { MailboxId } from '../../crypto/wire/ids.js';
import { inclusionProof, leafHash } from '../../crypto/wire/merkle.js';
import type { Database } from '../db/open.js';
import { notFound } from '../http/problem.js';
import { findBalance, listHeadsBefore, listStatementsAt } from './balance-store.js';
import { findLastStatementSeq, listStatements } from './store.js';

/** A reader asks for the rest by its numbers. */
const EXCERPT_BYTES = 4 * 1024 * 1024;

/** docs/spec/mailbox.md §9. @param seen a statement whose place is to be proved, or 0 @throws Problem `not-found` */
export async function readExcerpt(db: Database, mailboxId: MailboxId, seen: number): Promise<Excerpt> {
  // Before the balance: a chain only grows, and a reader who is told of less than there is asks again.
  const last = await findLastStatementSeq(db, mailboxId);
  if (last === null) throw notFound();
  const balance = await findBalance(db, mailboxId);
  if (balance === null) {
    const statements = await listStatements(db, mailboxId, 0, EXCERPT_BYTES);
    return { spine: [], carried: null, statements, inclusion: [], last };
  }
  const { seq, carried } = balance;
  return {
    spine: await listStatementsAt(db, mailboxId, parseBalance(carried).identitySeqs),
    carried,
    statements: await listStatements(db, mailboxId, seq - 1, EXCERPT_BYTES),
    inclusion: seen > 0 && seen < seq ? await proveSeen(db, mailboxId, seen, seq) : [],
    last,
  };
}

async function proveSeen(db: Database, mailboxId: MailboxId, seen: number, seq: number): Promise<Uint8Array[]> {
  const leaves = (await listHeadsBefore(db, mailboxId, seq)).map(leafHash);
  return inclusionProof(leaves, seen - 1);
}
