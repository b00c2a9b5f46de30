import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { startPixelThreads } from '../node/pixels/pixel-thread.js';
import { connectEvents } from './api/event-sources.js';
import { API_PATH, apiRoutes } from './api/routes.js';
import { type Closers, createClosers } from './closers.js';
import { type GatewayConfig } from './config/config.js';
import { DICOMWEB_PATH, dicomWebRoutes } from './dicomweb/routes.js';
import { stowIntake } from './dicomweb/submit.js';
import { GatewayError } from './error.js';
import { type HandOvers } from './exchange/exchanges.js';
import { createApp } from './http/app.js';
import { hostNames } from './http/guard.js';
import { openKeys } from './http/keys.js';
import { listen, type ServerTls } from './http/listen.js';
import { clearUploads } from './http/upload-folder.js';
import { type Imports } from './import/imports.js';
import { type Incoming } from './incoming/incoming.js';
import { type Log } from './log.js';
import { type Office } from './office.js';
import { type Outgoing } from './outgoing/outgoing.js';
import { healthRoutes } from './page/health.js';
import { type Part } from './part.js';
import { type LocalPatients } from './patients/local-patients.js';
import { openReceivedIndex } from './received/received.js';
import { startDeliverer } from './webhooks/deliverer.js';
import { openEventLog } from './webhooks/event-log.js';
import { openHookStore } from './webhooks/hook-store.js';
import { fetchPost } from './webhooks/post.js';

export interface HttpSide extends AsyncDisposable {
  /** `http://127.0.0.1:8042` */
  readonly url: string;
}

export interface HttpSideStart {
  readonly config: Pick<GatewayConfig, 'data' | 'sending' | 'rules'> & Partial<Pick<GatewayConfig, 'pacs'>>;
  readonly http: NonNullable<GatewayConfig['http']>;
  readonly log: Log;
  readonly office: Pick<Office, 'account' | 'relay' | 'directory' | 'clock' | 'createSha256'>;
  readonly outgoing: Outgoing;
  readonly incoming: Incoming;
  readonly parts: readonly Part[];
  readonly patients?: LocalPatients;
  readonly imports?: Imports;
  readonly handOvers?: HandOvers | null;
}

/** Where the keys of API clients lie below the gateway's data; the command line writes there, too. */
export function keysFolder(data: string): string {
  return join(data, 'http', 'keys');
}

/** REST, webhooks and DICOMweb, listening when it returns. */
export async function startHttpSide(start: HttpSideStart): Promise<HttpSide> {
  const closers = createClosers();
  try {
    return await startListening(start, closers);
  } catch (error) {
    await closers[Symbol.asyncDispose]();
    throw error;
  }
}

/** Frames are decoded for one viewer or two at a time. */
const PIXEL_THREADS = 2;

async function startListening(start: HttpSideStart, closers: Closers): Promise<HttpSide> {
  const { config, http, log, office: desk, outgoing, incoming, parts } = start;
  const below = (name: string): string => join(config.data, 'http', name);
  const keys = openKeys(keysFolder(config.data));
  const index = openReceivedIndex(below('index'));
  const events = closers.use(await openEventLog(below('events')));
  const hooks = await openHookStore(below('webhooks'));
  const deliverer = closers.use(startDeliverer({ events, hooks, post: fetchPost }));
  const uploads = below('uploads');
  await clearUploads(uploads);
  closers.use(
    await connectEvents({
      ...{ desk, incoming, outgoing, events, imports: start.imports ?? null },
      async onComplete({ name, letter }) {
        const folder = join(config.data, 'received', name);
        await index.add({ name, folder, receivedAt: new Date(letter.stored.acceptedMs).toISOString() });
      },
    }),
  );
  const threads = closers.use(startPixelThreads(PIXEL_THREADS));
  const deps = {
    ...{ desk, outgoing, incoming, index, events, hooks, deliverer, uploads },
    rules: config.rules,
    pacs: config.pacs ?? [],
    ...{ patients: start.patients ?? null, imports: start.imports ?? null, handOvers: start.handOvers ?? null },
    expiresMs: config.sending.expires,
  };
  const scheme = http.tls === undefined ? 'http' : 'https';
  const origin = ({ headers }: { readonly headers: { readonly host?: string | undefined } }): string =>
    `${scheme}://${headers.host}`;
  const dicomWeb = { index, keys, work: threads.work, intake: stowIntake(deps), origin };
  const listening = closers.use(
    await listen(http.host, http.port, await tlsOf(http), (port) => {
      const names = hostNames(http.host, port, scheme, http.names);
      return createApp({
        guard: { hosts: () => names, scheme, origins: new Set(http.origins) },
        log: {
          done: (entry) => log.debug(entry, 'request'),
          failed: (entry) => log.error(entry, 'request failed'),
        },
        routers: [
          ['/', healthRoutes(parts, keys)],
          [API_PATH, apiRoutes(deps, keys)],
          [DICOMWEB_PATH, dicomWebRoutes(dicomWeb)],
        ],
      });
    }).catch((cause: unknown) => {
      throw new GatewayError('port-unavailable', `cannot listen on ${http.host} port ${http.port}`, { cause });
    }),
  );
  const host = isIPv6(http.host) ? `[${http.host}]` : http.host;
  return {
    url: `${scheme}://${host}:${listening.port}`,
    [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
  };
}

async function tlsOf({ tls }: HttpSideStart['http']): Promise<ServerTls | null> {
  return tls === undefined ? null : { cert: await readFile(tls.cert), key: await readFile(tls.key) };
}
