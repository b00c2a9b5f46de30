import { Router } from 'express';
import { LIST, PAGE, type PinnedBundle } from './pinned-bundle.js';

/** The policy under which the relay serves the same files (docs/web-client.md §2); here `'self'` is this gateway. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types bildbote',
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': POLICY,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'X-Content-Type-Options': 'nosniff',
};

const PAGE_PATHS = ['/', '/enrol', '/pair', '/recover'];
const GUARD = 'guard.js';

/** The pinned files and nothing else. */
export function pageRoutes(bundle: PinnedBundle): Router {
  const router = Router();
  router.get([...PAGE_PATHS, `/${LIST}`, `/${GUARD}`, '/assets/*path'], (request, response, next) => {
    const path = PAGE_PATHS.includes(request.path) ? PAGE : request.path.slice(1);
    const file = bundle.get(path);
    if (file === undefined) return next();
    const caching = path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
    response.set({ ...HEADERS, 'Content-Type': file.contentType, 'Cache-Control': caching });
    response.end(file.bytes);
  });
  return router;
}
