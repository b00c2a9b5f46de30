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

/** Whatever a relay is called: the page speaks to the machine that served it and to no other (attack A25). */
export const transport: Transport = fetchTransport((input, init) => {
  const { pathname, search } = new URL(input instanceof Request ? input.url : input);
  return fetch(`${self.location.origin}${pathname}${search}`, init);
});

const retry = (): ReturnType<typeof platformRetry> => platformRetry(PATIENCE_MS);

/**
 * The relay by the name that it has for itself, which is signed and stands in links. Mostly that is this page's own; where a gateway of the practice has
 * served the page, it is that of the relay behind it.
 */
export async function ownRelay(): Promise<Relay> {
  const { origin } = await createRelay({
    origin: self.location.origin,
    transport,
    retry: retry(),
    signer: null,
  }).info();
  return createRelay({ origin, transport, retry: retry(), signer: null });
}

/** The relay as an unlocked account speaks to it. */
export function relayOf(account: Account): Relay {
  return createRelay({ origin: account.content.origin, transport, retry: retry(), signer: accountSigner(account) });
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
  return {
    account,
    desk,
    database,
    sealer,
    hints: connectHints(relay, self.location.origin),
    index,
    namesSeen: new Map(),
    tell,
  };
}
