import { equalBytes } from '../../../crypto/wire/bytes.js';
import { type ChainState, extendChain, headOf, verifyChain } from '../../../crypto/wire/chain.js';
import { WireError } from '../../../crypto/wire/error.js';
import { type MailboxId } from '../../../crypto/wire/ids.js';
import { type DirectoryView, type SenderView } from '../../../crypto/seal/open-message.js';
import { type Account } from '../account/account.js';
import { CoreError } from '../error.js';
import { type Relay } from '../relay/relay.js';

/**
 * The directory by trust on first use: a chain is verified from its genesis, pinned, and may only grow from there. Nobody
 * witnesses it, and everything that rests on it is shown as unverified (docs/spec/mailbox.md §5).
 */
export interface PinnedView extends DirectoryView {
  /** Asks the relay again, whatever is remembered: before something is sealed to the mailbox. */
  refresh(mailboxId: MailboxId): Promise<SenderView>;
}

/** How long a chain is believed to be the newest within one run, when it is new enough for the message at hand. */
const FRESH_MS = 60_000;

export function createPinnedView(account: Account, relay: Relay): PinnedView {
  const fresh = new Map<MailboxId, { readonly state: ChainState; readonly atMs: number }>();
  const refresh = async (mailboxId: MailboxId): Promise<SenderView> => {
    const state = await newest(relay, mailboxId, fresh.get(mailboxId)?.state ?? null);
    await pin(account, state);
    fresh.set(mailboxId, { state, atMs: Date.now() });
    return { state, status: 'unwitnessed' };
  };
  return {
    refresh,
    async lookup(mailboxId, minSeq) {
      const known = fresh.get(mailboxId);
      const isFresh = known !== undefined && Date.now() - known.atMs < FRESH_MS && known.state.seq >= minSeq;
      return isFresh ? { state: known.state, status: 'unwitnessed' } : refresh(mailboxId);
    },
  };
}

/** What was verified in this run is not verified again; what does not follow from it is looked at as a whole. */
async function newest(relay: Relay, mailboxId: MailboxId, known: ChainState | null): Promise<ChainState> {
  if (known === null) return verified(mailboxId, await relay.statements(mailboxId, 0));
  const later = await relay.statements(mailboxId, known.seq);
  try {
    return later.reduce(extendChain, known);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return verified(mailboxId, await relay.statements(mailboxId, 0));
  }
}

function verified(mailboxId: MailboxId, statements: readonly Uint8Array[]): ChainState {
  try {
    const state = verifyChain(statements);
    if (state.mailboxId === mailboxId) return state;
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new CoreError('chain-invalid', 'the chain does not verify', { cause });
  }
  throw new CoreError('chain-invalid', 'the chain of another mailbox');
}

/** Invariant 12: a mailbox's seq and head never go back. */
async function pin(account: Account, state: ChainState): Promise<void> {
  const { mailboxId, address, seq } = state;
  const known = account.state.pins.get(mailboxId);
  const head = known && state.heads[known.seq - 1];
  if (known && (head === undefined || !equalBytes(head, known.head))) {
    throw new CoreError('directory-contradiction', 'the chain is not a continuation of the one seen before');
  }
  const other = account.state.pinnedAddresses.get(address);
  if (other !== undefined && other !== mailboxId) {
    throw new CoreError('address-changed', 'the address belonged to another mailbox');
  }
  if (known?.seq !== seq) await account.record({ kind: 'pinned', mailboxId, address, seq, head: headOf(state) });
}
