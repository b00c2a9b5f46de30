import type { IncomingMessage } from 'node:http';
import { type Socket, Server as SocketServer } from 'socket.io';
import type { MailboxId, PayloadId } from '../../crypto/wire/ids.js';
import { type Listener, startListener } from '../db/listener.js';
import type { Server } from '../http/serve.js';
import { type Log, loggable } from '../log.js';
import type { Session } from '../sessions/session.js';
import { CHANNEL, type RelayEvent, parseEvent } from './events.js';

/** docs/spec/relay-api.md §7: says that there is something new, never what. Hints may be lost. */
export interface Hints {
  isConnected(): boolean;
  close(): Promise<void>;
}

export interface HintDeps {
  readonly databaseUrl: string;
  readonly log: Log;
  isAllowed(request: IncomingMessage): boolean;
  sessionFor(token: string): Promise<Session | null>;
  listParties(payloadId: PayloadId): Promise<MailboxId[]>;
}

/** Clients say nothing but their token. */
const MAX_MESSAGE_BYTES = 4096;

export async function startHints(http: Server, deps: HintDeps): Promise<Hints> {
  const io = new SocketServer({
    path: '/api/hints',
    serveClient: false,
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
    connectTimeout: 10_000,
    allowRequest: (request, decide) => decide(null, isFollowUp(request.url) || deps.isAllowed(request)),
  });
  io.use((socket, next) => void admit(deps, socket).then(next, next));
  io.on('connection', (socket) => void watch(deps, socket));
  const listener = await startListener({
    url: deps.databaseUrl,
    channel: CHANNEL,
    onNotification: (payload) => void relayEvent(io, deps, payload),
    // Something may have been missed: who connects again asks for the list again.
    onReconnect: () => io.disconnectSockets(true),
  });
  io.attach(http);
  return { isConnected: () => listener.isConnected(), close: () => close(io, listener) };
}

/** Requests of a connection that was let in already. */
function isFollowUp(url: string | undefined): boolean {
  return url?.includes('&sid=') === true;
}

/** @returns the error that refuses the socket */
async function admit(deps: HintDeps, socket: Socket): Promise<Error | undefined> {
  try {
    return (await sessionOf(deps, socket)) === null ? new Error('session-required') : undefined;
  } catch (error) {
    deps.log.error(loggable(error), 'a hint connection failed');
    return new Error('unavailable');
  }
}

async function sessionOf(deps: HintDeps, socket: Socket): Promise<Session | null> {
  const { token } = socket.handshake.auth as { token?: unknown };
  const session = typeof token === 'string' ? await deps.sessionFor(token) : null;
  if (session !== null) (socket.data as { session?: Session }).session = session;
  return session;
}

/** The connection ends with its session; the client comes back with a new token. */
async function watch(deps: HintDeps, socket: Socket): Promise<void> {
  const { session } = socket.data as { session: Session };
  const timer = setTimeout(() => socket.disconnect(true), session.expiresAt.getTime() - Date.now());
  socket.on('disconnect', () => clearTimeout(timer));
  socket.onAny(() => socket.disconnect(true));
  await socket.join([mailboxRoom(session.mailboxId), deviceRoom(session.mailboxId, session.deviceId)]);
  // Who was revoked before standing in the device's room was not told so there.
  const current = await sessionOf(deps, socket).catch(() => null);
  if (current === null) socket.disconnect(true);
}

async function relayEvent(io: SocketServer, deps: HintDeps, payload: string): Promise<void> {
  const event = parseEvent(payload);
  if (event === null) return;
  try {
    await emit(io, deps, event);
  } catch (error) {
    deps.log.warn(loggable(error), 'a hint was lost');
  }
}

async function emit(io: SocketServer, deps: HintDeps, event: RelayEvent): Promise<void> {
  switch (event.kind) {
    case 'delivery':
      io.to(mailboxRoom(event.mailboxId)).emit('delivery', { mailboxId: event.mailboxId, seq: event.seq });
      return;
    case 'consent':
      io.to(mailboxRoom(event.mailboxId)).emit('consent', { mailboxId: event.mailboxId });
      return;
    case 'urgent':
      io.to(mailboxRoom(event.mailboxId)).emit('urgent', { mailboxId: event.mailboxId });
      return;
    case 'tally': {
      const parties = await deps.listParties(event.payloadId);
      if (parties.length > 0)
        io.to(parties.map(mailboxRoom)).emit('tally', { payloadId: event.payloadId, seq: event.seq });
      return;
    }
    case 'device-revoked':
      io.in(deviceRoom(event.mailboxId, event.deviceId)).disconnectSockets(true);
      return;
  }
}

function mailboxRoom(mailboxId: string): string {
  return `mailbox:${mailboxId}`;
}

function deviceRoom(mailboxId: string, deviceId: string): string {
  return `device:${mailboxId}:${deviceId}`;
}

async function close(io: SocketServer, listener: Listener): Promise<void> {
  await listener[Symbol.asyncDispose]();
  io.disconnectSockets(true);
  io.engine.close();
}
