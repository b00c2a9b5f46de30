import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { dirname, join } from 'node:path';
import { type GatewayConfig } from './config/config.js';
import { GatewayError } from './error.js';
import { createApp } from './http/app.js';
import { hostNames } from './http/guard.js';
import { listen } from './http/listen.js';
import { type Log } from './log.js';
import { pageRoutes } from './web/pages.js';
import { loadPinnedBundle } from './web/pinned-bundle.js';
import { createRelayLine } from './web/relay-line.js';

export interface WebSide extends AsyncDisposable {
  readonly url: string;
}

export interface WebSideStart {
  readonly web: NonNullable<GatewayConfig['web']>;
  /** Of the relay that this gateway's mailbox lives at. */
  readonly relayOrigin: string;
  readonly log: Log;
}

/**
 * The web client for the practice's browsers, served by the practice's own machine: who does not want to trust the relay for the page's code reads it
 * from here, pinned by its digest (docs/web-client.md §3). @throws GatewayError `web-not-pinned`, `port-unavailable`
 */
export async function startWebSide({ web, relayOrigin, log }: WebSideStart): Promise<WebSide> {
  const bundle = await loadPinnedBundle(web.folder ?? builtWebFolder(), web.digest);
  const line = createRelayLine(relayOrigin);
  const scheme = web.tls === undefined ? 'http' : 'https';
  let names: ReadonlySet<string> = new Set();
  const tls = web.tls === undefined ? null : { cert: await readFile(web.tls.cert), key: await readFile(web.tls.key) };
  const listening = await listen(
    web.host,
    web.port,
    tls,
    (port) => {
      names = hostNames(web.host, port, scheme, web.names);
      return createApp({
        guard: { hosts: () => names, scheme, origins: new Set() },
        log: {
          done: (entry) => log.debug(entry, 'request'),
          failed: (entry) => log.error(entry, 'request failed'),
        },
        routers: [
          ['/', pageRoutes(bundle)],
          // What the relay answers clients, and the log that anybody may read (docs/spec/directory.md §7).
          ['/api', line.handle],
          ['/log', line.handle],
        ],
      });
    },
    (request, socket, head) => {
      const { host = '', origin } = request.headers;
      const isOurs = names.has(host.toLowerCase()) && origin?.toLowerCase() === `${scheme}://${host.toLowerCase()}`;
      if (isOurs && request.url?.startsWith('/api/') === true) line.upgrade(request, socket, head);
      else socket.destroy();
    },
  ).catch((cause: unknown) => {
    throw new GatewayError('port-unavailable', `cannot listen on ${web.host} port ${web.port}`, { cause });
  });
  const host = isIPv6(web.host) ? `[${web.host}]` : web.host;
  return {
    url: `${scheme}://${host}:${listening.port}`,
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}

/** Where the build puts it, beside this program's package.json. */
function builtWebFolder(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return join(folder, 'dist', 'web');
  }
  throw new GatewayError('web-not-pinned', 'there is no web client beside this program');
}
