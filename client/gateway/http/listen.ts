import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
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
  onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
): Promise<Listening> {
  const times = { requestTimeout: REQUEST_MS, headersTimeout: HEADERS_MS, connectionsCheckingInterval: 5_000 };
  const server: Server =
    tls === null ? createServer(times) : createTlsServer({ ...times, ...tls, minVersion: 'TLSv1.2' });
  server.setTimeout(SILENCE_MS);
  server.listen({ host, port });
  await once(server, 'listening');
  const bound = (server.address() as AddressInfo).port;
  server.on('request', appFor(bound));
  // Connections that speak something else are no server's to close but by force.
  const upgraded = new Set<Duplex>();
  if (onUpgrade !== undefined) {
    server.on('upgrade', (request, socket, head) => {
      upgraded.add(socket);
      socket.once('close', () => upgraded.delete(socket));
      onUpgrade(request, socket, head);
    });
  }
  return {
    port: bound,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      for (const socket of upgraded) socket.destroy();
      const end = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
      await closed;
      clearTimeout(end);
    },
  };
}
