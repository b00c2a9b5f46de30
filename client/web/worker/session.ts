import { type Account } from '../../core/account/account.js';
import { type BlockSealer, createBlockSealer } from '../../core/account/sealed-blocks.js';
import { accountSigner } from '../../core/account/signer.js';
import { type Desk } from '../../core/desk.js';
import { createPinnedView } from '../../core/directory/pinned-view.js';
import { type Transport } from '../../core/ports.js';
import { fetchTransport } from '../../core/relay/fetch-transport.js';
import type { Hints } from '../../core/relay/hints.js';
import { type Relay, createRelay } from '../../core/relay/relay.js';
import { platformRetry } from '../../core/relay/retry.js';
import { createSha256 } from '../../core/sha256.js';
import { type WebDatabase } from '../ports/database.js';
import { type DeskEvent } from '../desk/view.js';
import { createCodingWorkers } from '../ports/coding-workers.js';
import { type SearchIndex, openSearchIndex } from './search-index.js';

/** An unlocked account at work: keys, relay, hints, and where received files lie. Ends with its worker. */
export interface Session {
  readonly account: Account;
  readonly desk: Desk;
  readonly database: WebDatabase;
  readonly sealer: BlockSealer;
  readonly hints: Hints;
  readonly index: SearchIndex;
  /** What the directory calls whom somebody has looked for: the relay's word, for warnings only. */
  readonly namesSeen: Map<string, string>;
  readonly tell: (event: DeskEvent) => void;
}

/** How long a request goes on trying before the page is told that the relay cannot be reached. */
const PATIENCE_MS = 20_000;

export const transport: Transport = fetchTransport((input, init) => fetch(input, init));

/** The relay is always the one that served the page: nothing in an address or a link names another (attack A25). */
export function ownRelay(): Relay {
  return createRelay({ origin: self.location.origin, transport, retry: platformRetry(PATIENCE_MS), signer: null });
}

/** The relay as an unlocked account speaks to it. */
export function relayOf(account: Account): Relay {
  const signer = accountSigner(account);
  return createRelay({ origin: self.location.origin, transport, retry: platformRetry(PATIENCE_MS), signer });
}

export async function openSession(
  account: Account,
  database: WebDatabase,
  tell: (event: DeskEvent) => void,
): Promise<Session> {
  const relay = relayOf(account);
  const desk: Desk = {
    account,
    relay,
    directory: createPinnedView(account, relay),
    clock: { now: () => Date.now() },
    createSha256,
    coding: createCodingWorkers(),
  };
  const sealer = await createBlockSealer(account);
  const index = await openSearchIndex(account);
  // With what speaks over sockets, which nobody needs who has not unlocked.
  const { connectHints } = await import('../../core/relay/hints.js');
  return { account, desk, database, sealer, hints: connectHints(relay), index, namesSeen: new Map(), tell };
}
