import type { RequestHandler } from 'express';
import { Problem } from './problem.js';

/**
 * A gateway on a practice's network is within reach of every page that somebody there has open. It answers only to the names that it
 * has (DNS rebinding), and to no page of another origin (forged requests); attack A40. The key is asked for besides.
 */
export interface GuardOptions {
  /** `host:port` as clients write it, in lower case. */
  readonly hosts: () => ReadonlySet<string>;
  readonly scheme: 'http' | 'https';
  /** Origins of pages, a viewer for instance, that the practice has named. */
  readonly origins: ReadonlySet<string>;
}

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

const CORS_HEADERS: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Headers': 'Authorization, Content-Type, Accept, Idempotency-Key, Last-Event-ID',
  'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, DELETE',
  'Access-Control-Expose-Headers': 'Content-Location, Location, X-Total-Count, Retry-After',
  'Access-Control-Max-Age': '600',
};

export function guard({ hosts, scheme, origins }: GuardOptions): RequestHandler {
  return (request, response, next) => {
    response.set(HEADERS);
    const host = (request.headers.host ?? '').toLowerCase();
    if (!hosts().has(host)) return next(new Problem('host-refused'));
    const { origin } = request.headers;
    const isNamed = origin !== undefined && origins.has(origin.toLowerCase());
    if (origin !== undefined && !isNamed && origin.toLowerCase() !== `${scheme}://${host}`) {
      return next(new Problem('origin-refused'));
    }
    // Browsers say where a request comes from even where they send no Origin: images, scripts, frames, links.
    const site = request.headers['sec-fetch-site'];
    if (origin === undefined && site !== undefined && site !== 'same-origin' && site !== 'none') {
      return next(new Problem('origin-refused'));
    }
    if (!isNamed) return next();
    response.set({ ...CORS_HEADERS, 'Access-Control-Allow-Origin': origin, Vary: 'Origin' });
    response.set('Cross-Origin-Resource-Policy', 'cross-origin');
    if (request.method !== 'OPTIONS') return next();
    response.status(204).end();
  };
}

/** The names by which a server on `host` and `port` is called, and those that the practice has given it. */
export function hostNames(host: string, port: number, scheme: 'http' | 'https', given: readonly string[]): Set<string> {
  const isAny = host === '0.0.0.0' || host === '::';
  const own = isAny ? [] : [host.includes(':') ? `[${host}]` : host];
  const loopback = ['127.0.0.1', 'localhost', '[::1]'];
  const isLoopback = isAny || host === '127.0.0.1' || host === '::1' || host === 'localhost';
  const names = [...own, ...(isLoopback ? loopback : []), ...given].map((name) => name.toLowerCase());
  const usual = scheme === 'https' ? 443 : 80;
  return new Set(names.flatMap((name) => (port === usual ? [name, `${name}:${port}`] : [`${name}:${port}`])));
}
