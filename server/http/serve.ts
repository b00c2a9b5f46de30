import { once } from 'node:events';
import { type Server as PlainServer, createServer } from 'node:http';
import { type Server as TlsServer, createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { RelayError } from '../error.js';
import type { TlsMaterial } from './tls.js';

export type Server = PlainServer | TlsServer;

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

const TIMES = {
  requestTimeout: REQUEST_MS,
  headersTimeout: HEADERS_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
  connectionsCheckingInterval: 5_000,
};

/** @param tls null for plain HTTP: on this machine, or behind a proxy that ends TLS */
export function createHttpServer(
  tls: TlsMaterial | null = null,
): HttpServer & { readonly tlsServer: TlsServer | null } {
  const tlsServer = tls === null ? null : createTlsServer({ ...TIMES, ...tls.options, handshakeTimeout: HEADERS_MS });
  const server = tlsServer ?? createServer(TIMES);
  server.setTimeout(SILENCE_MS);
  const closeIdle = watchIdle(server, tlsServer === null ? 'connection' : 'secureConnection');
  const handshakes = tlsServer === null ? null : watchHandshakes(tlsServer);
  const closeAll = (): void => {
    closeIdle();
    handshakes?.();
  };
  return { server, tlsServer, drain: () => drain(server, closeAll) };
}

/** Connections that have not finished their handshake: no request can be under way on them. */
function watchHandshakes(server: TlsServer): () => void {
  const pending = new Map<string, Socket>();
  const name = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
  server.on('connection', (socket: Socket) => {
    const key = name(socket);
    pending.set(key, socket);
    socket.once('close', () => pending.delete(key));
  });
  server.on('secureConnection', (socket) => pending.delete(name(socket)));
  return () => {
    for (const socket of pending.values()) socket.destroy();
  };
}

/**
 * Connections without a request under way. Node's own closeIdleConnections passes over those that have not had one yet,
 * as browsers open them in advance.
 */
function watchIdle(server: Server, opened: 'connection' | 'secureConnection'): () => void {
  const pending = new Map<Socket, number>();
  server.on(opened, (socket: Socket) => {
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
