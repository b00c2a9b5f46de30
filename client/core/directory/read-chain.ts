import { type ChainState, extendChain, verifyChain } from '../../../crypto/wire/chain.js';
import { WireError } from '../../../crypto/wire/error.js';
import { type SeenHead, parseExcerpt, verifyExcerpt } from '../../../crypto/wire/excerpt.js';
import { type MailboxId } from '../../../crypto/wire/ids.js';
import { type Reach } from '../../../crypto/seal/open-message.js';
import { CoreError } from '../error.js';
import { type Relay } from '../relay/relay.js';

/** How much of a chain is read, and what is known of it. */
export interface Reading {
  /** What was verified in this run. */
  readonly known: ChainState | null;
  /** What this device has pinned. */
  readonly pinned: SeenHead | null;
  readonly reach: Reach;
}

/**
 * The newest state of a mailbox's chain, verified. What was verified in this run is not verified again; else reading begins at the
 * newest balance (docs/spec/mailbox.md §9). Whatever does not follow is looked at as a whole, which tells what is wrong.
 * @throws CoreError `chain-invalid`
 */
export async function readChain(relay: Relay, mailboxId: MailboxId, reading: Reading): Promise<ChainState> {
  const { known, reach } = reading;
  const isEnough = known !== null && (reach === 'newest' || known.begunSeq === 1);
  const first = isEnough ? () => extended(relay, known) : () => excerpt(relay, mailboxId, reading.pinned);
  if (!isEnough && reach === 'whole') return whole(relay, mailboxId);
  const state = await nullIfWrong(first);
  return state?.mailboxId === mailboxId ? state : whole(relay, mailboxId);
}

async function extended(relay: Relay, known: ChainState): Promise<ChainState> {
  return (await relay.statements(known.mailboxId, known.seq)).reduce(extendChain, known);
}

/** Null from a relay that does not know of excerpts, or of the mailbox. */
async function excerpt(relay: Relay, mailboxId: MailboxId, pinned: SeenHead | null): Promise<ChainState | null> {
  const bytes = await relay.excerpt(mailboxId, pinned?.seq ?? 0);
  if (bytes === null) return null;
  const found = parseExcerpt(bytes);
  const state = verifyExcerpt(found, pinned);
  return state.mailboxId === mailboxId && found.last > state.seq ? extended(relay, state) : state;
}

async function nullIfWrong(read: () => Promise<ChainState | null>): Promise<ChainState | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}

async function whole(relay: Relay, mailboxId: MailboxId): Promise<ChainState> {
  const statements = await relay.statements(mailboxId, 0);
  try {
    const state = verifyChain(statements);
    if (state.mailboxId === mailboxId) return state;
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new CoreError('chain-invalid', 'the chain does not verify', { cause });
  }
  throw new CoreError('chain-invalid', 'the chain of another mailbox');
}
