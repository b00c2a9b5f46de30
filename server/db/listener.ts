import pg from 'pg';

/** A connection that waits for NOTIFY and comes back by itself. */
export interface Listener extends AsyncDisposable {
  /** False while the connection is away; notifications of that time are lost. */
  isConnected(): boolean;
}

export interface ListenerOptions {
  readonly url: string;
  readonly channel: string;
  readonly onNotification: (payload: string) => void;
  /** After a gap: something may have been missed. */
  readonly onReconnect: () => void;
}

const FIRST_DELAY_MS = 100;
const LAST_DELAY_MS = 5_000;

/** @returns once it listens for the first time @throws when the database does not answer then */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const state: State = { client: null, isClosed: false, timer: undefined };
  await connect(options, state);
  return {
    isConnected: () => state.client !== null,
    async [Symbol.asyncDispose]() {
      state.isClosed = true;
      clearTimeout(state.timer);
      await state.client?.end().catch(() => undefined);
    },
  };
}

interface State {
  client: pg.Client | null;
  isClosed: boolean;
  timer: NodeJS.Timeout | undefined;
}

async function connect(options: ListenerOptions, state: State): Promise<void> {
  const client = new pg.Client({
    connectionString: options.url,
    application_name: 'bildbote hints',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
  client.on('notification', ({ payload }) => {
    if (payload !== undefined) options.onNotification(payload);
  });
  // The 'end' that follows every error is what counts.
  client.on('error', () => undefined);
  let hasEnded = false;
  client.once('end', () => {
    hasEnded = true;
    if (state.client !== client) return;
    state.client = null;
    reconnectLater(options, state, FIRST_DELAY_MS);
  });
  try {
    await client.connect();
    await client.query(`listen ${client.escapeIdentifier(options.channel)}`);
    if (hasEnded) throw new Error('the connection ended while it began to listen');
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  state.client = client;
}

function reconnectLater(options: ListenerOptions, state: State, delayMs: number): void {
  if (state.isClosed) return;
  state.timer = setTimeout(() => {
    connect(options, state).then(
      () => (state.isClosed ? void state.client?.end() : options.onReconnect()),
      () => reconnectLater(options, state, Math.min(2 * delayMs, LAST_DELAY_MS)),
    );
  }, delayMs);
}
