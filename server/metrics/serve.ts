import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { listen } from '../http/serve.js';
import { type Log, loggable } from '../log.js';
import type { Metrics } from './metrics.js';

export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

export interface MetricsPlace {
  readonly host: string;
  readonly port: number;
  /** What Prometheus sends as `Authorization: Bearer`; null where only this machine can ask. */
  readonly token: string | null;
}

/** Answers `GET /metrics`. @throws RelayError `listen-failed` */
export async function serveMetrics(metrics: Metrics, place: MetricsPlace, log: Log): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    if (!mayRead(request.headers.authorization, place.token)) {
      response.writeHead(401, { 'WWW-Authenticate': 'Bearer' }).end();
      return;
    }
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    metrics.render().then(
      (text) => response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text),
      (error: unknown) => {
        log.warn(loggable(error), 'metrics could not be read');
        response.writeHead(503).end();
      },
    );
  });
  return {
    port: await listen(server, place.host, place.port),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Digests have one length, whatever was sent. */
function mayRead(authorization: string | undefined, token: string | null): boolean {
  if (token === null) return true;
  const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digestOf(authorization ?? ''), digestOf(`Bearer ${token}`));
}
