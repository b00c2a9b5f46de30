import { type IncomingHttpHeaders, type IncomingMessage, type RequestOptions, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type Duplex, pipeline } from 'node:stream';
import type { RequestHandler } from 'express';
import { type Socket } from 'node:net';
import { Problem } from '../http/problem.js';

/**
 * From the page to the relay of this gateway's mailbox, and to no other: the page speaks to the machine that served it. What passes is
 * sealed and signed between page and relay; the line adds nothing and keeps nothing.
 */
export interface RelayLine {
  readonly handle: RequestHandler;
  /** Hints travel over a WebSocket (docs/spec/relay-api.md §7). */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** RFC 9110 §7.6.1: these are of one connection, and not of the message. */
const OF_THE_CONNECTION = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
const SILENCE_MS = 60_000;

export function createRelayLine(relayOrigin: string): RelayLine {
  const relay = new URL(relayOrigin);
  const ask = relay.protocol === 'https:' ? httpsRequest : httpRequest;
  const optionsFor = (method: string | undefined, path: string, headers: IncomingHttpHeaders): RequestOptions => ({
    ...{ protocol: relay.protocol, hostname: relay.hostname, port: relay.port, method, path, timeout: SILENCE_MS },
    // To the relay the page is one of its own: its address here is nobody's business there.
    headers: { ...headers, host: relay.host, ...(headers.origin === undefined ? {} : { origin: relay.origin }) },
  });
  return {
    handle: (request, response, next) => {
      const asked = ask(optionsFor(request.method, request.originalUrl, passedOn(request.headers)));
      asked.once('response', (answer) => {
        response.writeHead(answer.statusCode ?? 502, passedOn(answer.headers));
        pipeline(answer, response, () => undefined);
      });
      asked.once('timeout', () => asked.destroy(new Error('the relay says nothing')));
      asked.once('error', (cause) => next(new Problem('unavailable', { cause })));
      // Who goes away takes what was asked along.
      response.once('close', () => asked.destroy());
      pipeline(request, asked, () => undefined);
    },
    upgrade(request, socket, head) {
      const asked = ask(optionsFor(request.method, request.url ?? '/', request.headers));
      const end = (): void => void socket.destroy();
      (socket as Partial<Socket>).setTimeout?.(0);
      asked.once('upgrade', (answer, line, first) => {
        socket.write(`HTTP/1.1 101 Switching Protocols\r\n${rawHeaders(answer)}\r\n`);
        if (first.length > 0) socket.write(first);
        if (head.length > 0) line.write(head);
        pipeline(socket, line, end);
        pipeline(line, socket, end);
      });
      asked.once('response', end);
      asked.once('error', end);
      socket.once('error', () => asked.destroy());
      asked.end();
    },
  };
}

function passedOn(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.includes(name)));
}

function rawHeaders({ rawHeaders: raw }: IncomingMessage): string {
  let text = '';
  for (let i = 0; i + 1 < raw.length; i += 2) text += `${raw[i]}: ${raw[i + 1]}\r\n`;
  return text;
}
