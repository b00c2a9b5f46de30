import { readFile } from 'node:fs/promises';
import { type Server, type Socket, createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import {
  type AcceptorOptions,
  type DataSetSink,
  type PeerTitles,
  type StoreRequest,
  serveAssociation,
} from '../dimse/acceptor.js';
import { createLink } from '../dimse/link.js';
import { isStorageClass } from '../dimse/uids.js';
import { GatewayError } from '../error.js';
import { type Log, loggable } from '../log.js';
import { type Part } from '../part.js';
import { type Intake, networkList } from './intake.js';

/** The gateway's DICOM port: C-ECHO, C-STORE, reports of storage commitment and of availability for the peers of the configuration, nobody else. */
export interface Scp extends Part {
  readonly port: number;
}

export interface Peer {
  readonly aeTitle: string;
  /** IP addresses and networks. */
  readonly from: readonly string[];
}

/** Takes out of the stream what is no study to be sent on. */
export interface Diversion {
  /** Null when it is not for this one. */
  sink(titles: PeerTitles, request: StoreRequest): DataSetSink | null;
}

export interface ScpOptions {
  readonly host: string;
  readonly port: number;
  readonly log: Log;
  readonly intake: Intake;
  readonly diversion?: Diversion;
  /** Reports of storage commitment; absent where nobody waits for them. */
  readonly report?: NonNullable<AcceptorOptions['report']>;
  /** Notifications of which instances there are; absent where nobody wants to know. */
  readonly announce?: NonNullable<AcceptorOptions['announce']>;
  /** AE titles that it answers to. */
  readonly titles: readonly string[];
  readonly peers: readonly Peer[];
  readonly sopClasses: readonly string[];
  readonly maxPduBytes: number;
  readonly maxAssociations: number;
  readonly idleMs: number;
  readonly tls: { readonly cert: string; readonly key: string; readonly clientCa?: string | undefined } | null;
}

/** Of each connection: with Node's 16 KiB it would stop and go at every piece. */
const READ_AHEAD_BYTES = 256 * 1024;

interface Counts {
  associations: number;
  released: number;
  aborted: number;
  rejected: number;
  refused: number;
}

export async function openScp(options: ScpOptions): Promise<Scp> {
  const counts: Counts = { associations: 0, released: 0, aborted: 0, rejected: 0, refused: 0 };
  const open = new Map<Socket, Promise<void>>();
  let lastFailure: string | null = null;
  const take = (socket: Socket): void => {
    const serving = serve(socket, options, counts)
      .catch((error: unknown) => {
        counts.refused += 1;
        lastFailure = loggable(error).code ?? 'internal-error';
        options.log.warn(loggable(error), 'association');
      })
      .finally(() => {
        socket.destroy();
        open.delete(socket);
        counts.associations = open.size;
      });
    open.set(socket, serving);
    counts.associations = open.size;
  };
  const server = await listen(options, take);
  const address = server.address();
  return {
    name: 'dicom',
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    status: () => ({ state: 'working', counts: { ...counts }, lastFailure }),
    async [Symbol.asyncDispose]() {
      server.close();
      // An instance that was not answered for will be sent again: nothing is lost.
      for (const socket of open.keys()) socket.destroy();
      await Promise.all(open.values());
    },
  };
}

async function listen(options: ScpOptions, take: (socket: Socket) => void): Promise<Server> {
  const { tls, host, port } = options;
  const server = tls === null ? createServer({ highWaterMark: READ_AHEAD_BYTES }, take) : await tlsServer(tls, take);
  // Beyond this they are not even accepted; up to it the peer is told that there are too many.
  server.maxConnections = options.maxAssociations * 2;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new GatewayError('port-unavailable', 'dicom', { cause })));
    server.listen({ host, port }, resolve);
  });
  return server;
}

/** With `clientCa` a client without a certificate from there does not get as far as an association. */
async function tlsServer(tls: NonNullable<ScpOptions['tls']>, take: (socket: Socket) => void): Promise<Server> {
  const ca =
    tls.clientCa === undefined ? {} : { ca: await readFile(tls.clientCa), requestCert: true, rejectUnauthorized: true };
  const [cert, key] = [await readFile(tls.cert), await readFile(tls.key)];
  const server = createTlsServer({ cert, key, minVersion: 'TLSv1.2', handshakeTimeout: 10_000, ...ca }, take);
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}

async function serve(socket: Socket, options: ScpOptions, counts: Counts): Promise<void> {
  const { intake, maxPduBytes, idleMs, diversion, report, announce } = options;
  const address = socket.remoteAddress ?? '';
  const link = createLink(socket, { maxPduBytes, idleMs });
  const closed: (() => void)[] = [];
  try {
    const ended = await serveAssociation(link, {
      maxPduBytes,
      judge(titles) {
        if (counts.associations > options.maxAssociations) return { kind: 'busy' };
        if (!options.titles.includes(titles.calledAe)) return { kind: 'called-unknown' };
        const isKnown = options.peers.some(
          (peer) => peer.aeTitle === titles.callingAe && networkList(peer.from)(address),
        );
        if (!isKnown) return { kind: 'calling-unknown' };
        return { kind: 'accepted' };
      },
      acceptsClass: (uid) => isStorageClass(uid) || options.sopClasses.includes(uid),
      ...(report === undefined ? {} : { report }),
      ...(announce === undefined ? {} : { announce }),
      store(request, titles) {
        const diverted = diversion?.sink(titles, request) ?? null;
        if (diverted !== null) return diverted;
        // A peer that only says hello gathers nothing.
        if (closed.length === 0) closed.push(intake.opened(titles));
        return intake.sink(titles, request);
      },
    });
    counts[ended] += 1;
    if (ended === 'rejected') options.log.warn({ ended }, 'association');
    // What was said last is on its way before the connection is let go.
    await new Promise<void>((resolve) => socket.end(resolve));
  } finally {
    for (const close of closed) close();
  }
}
