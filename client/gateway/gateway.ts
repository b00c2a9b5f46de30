import { type Closers, createClosers } from './closers.js';
import { type GatewayConfig } from './config/config.js';
import { lockData } from './data-lock.js';
import { startHttpSide } from './http-side.js';
import { type Incoming, openIncoming } from './incoming/incoming.js';
import { type Log } from './log.js';
import { type Office, openOffice } from './office.js';
import { type Outgoing, openOutgoing } from './outgoing/outgoing.js';
import { type Part } from './part.js';

/** The gateway, put together: every part, in the order in which they are started; they end in the opposite one. */
export interface Gateway extends AsyncDisposable {
  readonly office: Office;
  readonly outgoing: Outgoing;
  readonly incoming: Incoming;
  /** Everything that has a status, in the order of starting. */
  readonly parts: readonly Part[];
  /** What it listens on, for instance `http` → `http://127.0.0.1:8042`. */
  readonly listening: Readonly<Record<string, string>>;
}

export interface GatewayStart {
  readonly config: GatewayConfig;
  readonly log: Log;
  /** Where the configuration names no file. */
  readonly passphrase: string | null;
}

/** @throws GatewayError, CoreError, NodeError, SealError: then nothing of it runs */
export async function startGateway(start: GatewayStart): Promise<Gateway> {
  const closers = createClosers();
  try {
    return await startParts(start, closers);
  } catch (error) {
    await closers[Symbol.asyncDispose]();
    throw error;
  }
}

async function startParts({ config, log, passphrase }: GatewayStart, closers: Closers): Promise<Gateway> {
  closers.use(await lockData(config.data));
  const { keystore, passphraseFile = null, sending, receiving, data: folder } = config;
  const office = closers.use(await openOffice({ keystore, passphraseFile, passphrase }));
  const outgoing = closers.use(
    await openOutgoing({
      ...{ desk: office, log, folder, parallel: sending.parallel },
      coding: sending.coding === 'off' ? 'stored' : sending.coding,
      ...{ patienceMs: sending.patience, keepMs: sending.keep },
    }),
  );
  const incoming = closers.use(
    await openIncoming({ desk: office, log, folder, pollMs: receiving.poll, fetch: receiving.fetch }),
  );
  // News from the relay may be what a waiting job waits for: a line that is back, or a recipient who has agreed.
  closers.use(incoming.events.subscribe(({ kind }) => void (kind === 'synced' && outgoing.wake())));
  const parts: readonly Part[] = [outgoing, incoming];
  const listening: Record<string, string> = {};
  if (config.http !== undefined) {
    const side = await startHttpSide({ config, http: config.http, log, office, outgoing, incoming, parts });
    listening['http'] = closers.use(side).url;
  }
  return {
    office,
    outgoing,
    incoming,
    parts,
    listening,
    [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
  };
}
