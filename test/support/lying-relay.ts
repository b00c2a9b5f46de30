import {
  type IncomingMessage,
  type Server,
  type ServerResponse,
  createServer,
  request as openRequest,
} from 'node:http';
import { type Socket, connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { RelayOptions } from '../../server/main.js';
import type { DatabaseKind } from './database.js';
import { type TestRelay, startTestRelay } from './relay.js';

/**
 * A relay that can be made to lie: a proxy in front of a real one, under whose name clients know it. It is honest until
 * `lie` names a route; then the hook alone decides what the client gets: the true answer changed, an earlier one, one that
 * the relay never gave, or none.
 */
export interface LyingProxy {
  readonly url: string;
  /** Every request so far, in order, also those that were lied about. */
  readonly requests: readonly ClientRequest[];
  /** Where the true relay listens; it must have been started with this proxy's `url` as its origin. */
  forwardTo(url: string): void;
  /**
   * @param route method and path like `GET /api/mailboxes/:mailboxId/statements`; `*` for any method; a path that ends
   * with `*` stands for everything below. The newest lie that fits wins. @returns a function that ends this lie
   */
  lie(route: string, hook: Lie): () => void;
  /** Ends all lies. */
  tellTheTruth(): void;
  close(): Promise<void>;
}

export interface ClientRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The values of the route's `:names`. */
  readonly params: Readonly<Record<string, string>>;
}

export interface RelayAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What the client gets. `drop`: the connection ends without an answer. */
export type Lie = (
  request: ClientRequest,
  /** Asks the true relay, as the client did or with something changed. May be called never or often. */
  truth: (changed?: Partial<Pick<ClientRequest, 'method' | 'path' | 'headers' | 'body'>>) => Promise<RelayAnswer>,
) => Promise<RelayAnswer | 'drop'> | RelayAnswer | 'drop';

export function jsonAnswer(value: unknown, status = 200): RelayAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(value)) };
}

export function bytesAnswer(body: Uint8Array, status = 200): RelayAnswer {
  return { status, headers: { 'content-type': 'application/octet-stream' }, body: Buffer.from(body) };
}

export function problemAnswer(status: number, code: string): RelayAnswer {
  const body = Buffer.from(JSON.stringify({ type: 'about:blank', title: code, status, code }));
  return { status, headers: { 'content-type': 'application/problem+json' }, body };
}

/** The true answer with its JSON changed. */
export function withJson<T>(change: (json: T, request: ClientRequest) => unknown): Lie {
  return async (request, truth) => {
    const answer = await truth();
    return jsonAnswer(change(JSON.parse(answer.body.toString()) as T, request), answer.status);
  };
}

/** The true answer with its bytes changed. */
export function withBytes(change: (bytes: Buffer, request: ClientRequest) => Uint8Array): Lie {
  return async (request, truth) => {
    const answer = await truth();
    return { ...answer, body: Buffer.from(change(answer.body, request)) };
  };
}

/** From the first answer to a path on, that answer for ever. */
export function replayingFirst(): Lie {
  const first = new Map<string, Promise<RelayAnswer>>();
  return (request, truth) => {
    const key = `${request.method} ${request.path}?${request.query.toString()}`;
    const answer = first.get(key) ?? truth();
    first.set(key, answer);
    return answer;
  };
}

export interface LyingRelay extends Omit<LyingProxy, 'forwardTo'> {
  /** The relay behind, asked directly. */
  readonly truth: TestRelay;
}

/** A relay of its own database and folder behind a proxy. */
export async function startLyingRelay(kind: DatabaseKind, options: RelayOptions = {}): Promise<LyingRelay> {
  const proxy = await startLyingProxy();
  try {
    const truth = await startTestRelay(kind, { ...options, origin: proxy.url });
    proxy.forwardTo(truth.url);
    return {
      ...proxy,
      truth,
      async close() {
        await proxy.close();
        await truth.close();
      },
    };
  } catch (error) {
    await proxy.close();
    throw error;
  }
}

interface Told {
  readonly method: string;
  readonly pattern: RegExp;
  readonly hook: Lie;
}

export async function startLyingProxy(): Promise<LyingProxy> {
  const requests: ClientRequest[] = [];
  const sockets = new Set<Socket>();
  let lies: Told[] = [];
  let target = '';

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.on('connection', (socket) => void track(sockets, socket));
  server.on('upgrade', (request, socket: Socket, head: Buffer) => tunnel(target, sockets, request, socket, head));

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await readRequest(incoming);
    const found = lies.findLast(
      ({ method, pattern }) => ['*', asked.method].includes(method) && pattern.test(asked.path),
    );
    const params = found === undefined ? {} : { ...found.pattern.exec(asked.path)?.groups };
    const request = { ...asked, params };
    requests.push(request);
    const truth: Parameters<Lie>[1] = (changed = {}) => ask(target, { ...request, ...changed });
    const told = found === undefined ? await truth() : await found.hook(request, truth);
    if (told === 'drop') return void incoming.socket.destroy();
    const isHead = asked.method === 'HEAD';
    response.writeHead(told.status, isHead ? told.headers : { ...told.headers, 'content-length': told.body.length });
    response.end(isHead ? undefined : told.body);
  }

  const url = await listen(server);
  return {
    url,
    requests,
    forwardTo: (to) => void (target = to),
    lie(route, hook) {
      const told = { ...parseRoute(route), hook };
      lies.push(told);
      return () => void (lies = lies.filter((one) => one !== told));
    },
    tellTheTruth: () => void (lies = []),
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function parseRoute(route: string): Omit<Told, 'hook'> {
  const [method = '*', path = ''] = route.split(' ');
  const source = path
    .replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/:([A-Za-z]+)/g, '(?<$1>[^/]+)')
    .replace(/\*$/, '.*');
  return { method, pattern: new RegExp(`^${source}$`) };
}

/** Headers that speak of one connection, not of the answer. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'host', 'upgrade'];

async function readRequest(incoming: IncomingMessage): Promise<Omit<ClientRequest, 'params'>> {
  const url = new URL(incoming.url ?? '/', 'http://proxy.invalid');
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: endToEnd(incoming),
    body: await readAll(incoming),
  };
}

function endToEnd(message: IncomingMessage): Record<string, string> {
  const entries = Object.entries(message.headers).flatMap(([name, value]): [string, string][] =>
    value === undefined || HOP_BY_HOP.includes(name) ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
  );
  return Object.fromEntries(entries);
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function ask(target: string, request: ClientRequest): Promise<RelayAnswer> {
  const query = request.query.toString();
  const url = new URL(`${request.path}${query === '' ? '' : `?${query}`}`, target);
  const { method, body } = request;
  const hasBody = body.length > 0 || ['POST', 'PUT'].includes(method);
  const headers = { ...request.headers, ...(hasBody ? { 'content-length': String(body.length) } : {}) };
  return new Promise((settle, fail) => {
    const sent = openRequest(url, { method, headers }, (message) => {
      readAll(message).then(
        (bytes) => settle({ status: message.statusCode ?? 0, headers: endToEnd(message), body: bytes }),
        fail,
      );
    });
    sent.once('error', fail);
    sent.end(body);
  });
}

/** WebSockets go through as they are: hints carry no content that a lie could use. */
function tunnel(target: string, sockets: Set<Socket>, request: IncomingMessage, client: Socket, head: Buffer): void {
  const { hostname, port } = new URL(target);
  const relay = track(sockets, connect(Number(port), hostname));
  const lines = request.rawHeaders.flatMap((name, i, all) => (i % 2 === 0 ? [`${name}: ${all[i + 1] ?? ''}`] : []));
  relay.write(`${request.method ?? 'GET'} ${request.url ?? '/'} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  relay.write(head);
  relay.pipe(client).pipe(relay);
}

function track(sockets: Set<Socket>, socket: Socket): Socket {
  sockets.add(socket);
  socket.on('error', () => socket.destroy());
  socket.once('close', () => sockets.delete(socket));
  return socket;
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
