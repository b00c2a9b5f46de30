import type { RequestHandler } from 'express';

/** Answers are bytes for programs: no page may be made of them, kept, guessed at, or framed. */
const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};
const HSTS = 'max-age=31536000; includeSubDomains';

export function securityHeaders(origin: () => string): RequestHandler {
  return (_request, response, next) => {
    response.set(HEADERS);
    if (origin().startsWith('https:')) response.set('Strict-Transport-Security', HSTS);
    next();
  };
}
