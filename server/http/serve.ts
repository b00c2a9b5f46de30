import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { RelayError } from '../error.js';

/** A peer that says nothing for this long has gone, whatever it was about to send or read. */
const SILENCE_MS = 60_000;
/** A part of 8 MiB passes in this time at 0.12 Mbit/s. */
const REQUEST_MS = 600_000;
const HEADERS_MS = 20_000;
const KEEP_ALIVE_MS = 75_000;
const DRAIN_MS = 15_000;
const DRAIN_STEP_MS = 50;

export interface HttpServer {
  readonly server: Server;
  /** Takes no new connections, lets requests that are under way end, and then, or after 15 s, closes what is left. */
  drain(): Promise<void>;
}

export function createHttpServer(): HttpServer {
  const server = createServer({
    requestTimeout: REQUEST_MS,
    headersTimeout: HEADERS_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: 5_000,
  });
  server.setTimeout(SILENCE_MS);
  const closeIdle = watchIdle(server);
  return { server, drain: () => drain(server, closeIdle) };
}

/**
 * Connections without a request under way. Node's own closeIdleConnections passes over those that have not had one yet,
 * as browsers open them in advance.
 */
function watchIdle(server: Server): () => void {
  const pending = new Map<Socket, number>();
  server.on('connection', (socket) => {
    pending.set(socket, 0);
    socket.once('close', () => pending.delete(socket));
  });
  server.on('request', ({ socket }, response) => {
    pending.set(socket, (pending.get(socket) ?? 0) + 1);
    response.once('close', () => {
      if (pending.has(socket)) pending.set(socket, (pending.get(socket) ?? 1) - 1);
    });
  });
  return () => {
    for (const [socket, count] of pending) if (count === 0) socket.destroy();
  };
}

/** @returns the port @throws RelayError `listen-failed` */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? 'the port is taken' : code === 'EACCES' ? 'it is not allowed' : `${code}`;
    throw new RelayError('listen-failed', `cannot listen on ${host} port ${port}: ${reason}`, { cause });
  }
  return (server.address() as AddressInfo).port;
}

async function drain(server: Server, closeIdle: () => void): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  closeIdle();
  const step = setInterval(closeIdle, DRAIN_STEP_MS);
  const end = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearInterval(step);
  clearTimeout(end);
}
