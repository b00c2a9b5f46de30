import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';

export interface ServerTls {
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface Listening extends AsyncDisposable {
  readonly port: number;
}

/** A peer that says nothing for this long has gone. */
const SILENCE_MS = 60_000;
/** A study of many gigabytes over a practice's network. */
const REQUEST_MS = 6 * 3_600_000;
const HEADERS_MS = 20_000;
const DRAIN_MS = 10_000;

/** @param appFor makes the app once the port is known: it answers to names with that port */
export async function listen(
  host: string,
  port: number,
  tls: ServerTls | null,
  appFor: (port: number) => Express,
): Promise<Listening> {
  const times = { requestTimeout: REQUEST_MS, headersTimeout: HEADERS_MS, connectionsCheckingInterval: 5_000 };
  const server: Server =
    tls === null ? createServer(times) : createTlsServer({ ...times, ...tls, minVersion: 'TLSv1.2' });
  server.setTimeout(SILENCE_MS);
  server.listen({ host, port });
  await once(server, 'listening');
  const bound = (server.address() as AddressInfo).port;
  server.on('request', appFor(bound));
  return {
    port: bound,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const end = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
      await closed;
      clearTimeout(end);
    },
  };
}
