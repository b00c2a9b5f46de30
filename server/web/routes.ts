import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { type Request, type Response, Router } from 'express';
import { BUNDLE_MANIFEST, BUNDLE_PAGE, type WebAsset, type WebBundle } from './bundle.js';

/**
 * The page and its files, as they were built and nothing else. The policy lets them run their own code, talk to this relay,
 * and nothing more: whatever a message holds, it reaches no other place (docs/web-client.md §2).
 */
const policyOf = (store: string | null): string =>
  [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "font-src 'self'",
    // Sealed parts, where the operator lets them past the relay: nothing that can be read goes there.
    `connect-src 'self'${store === null ? '' : ` ${store}`}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types bildbote',
  ].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Permissions-Policy':
    'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), serial=(), usb=(), ' +
    'publickey-credentials-create=(self), publickey-credentials-get=(self)',
  Vary: 'Accept-Encoding',
};

/** Paths that show the page; the client finds its way by what stands behind `#`, which no server ever sees. */
const PAGE_PATHS = ['/', '/enrol', '/pair', '/recover'];
/** The page's guard: its name does not change with it, so browsers ask for it each time. */
const GUARD = 'guard.js';
const UNCHANGING = /^assets\//;
const IMMUTABLE = 'public, max-age=31536000, immutable';
const COMPRESSIBLE = /^(text\/|application\/(json|wasm)|image\/svg)/;
const MIN_COMPRESSED_BYTES = 512;
/** A second for the largest script, once, for eight percent; the highest quality would take twice that for two more. */
const QUALITY = 10;

const compress = promisify(brotliCompress);

/** @param store where parts are fetched past the relay, null for nowhere */
export function webRoutes(bundle: WebBundle, store: string | null = null): Router {
  const router = Router();
  const packed = new Map<WebAsset, Promise<Buffer>>();
  const send = serve(packed, policyOf(store));
  const page = bundle.assets.get(BUNDLE_PAGE);
  router.get(PAGE_PATHS, (request, response, next) => {
    if (page === undefined) next();
    else void send(request, response, page, 'no-cache').catch(next);
  });
  router.get([`/${BUNDLE_MANIFEST}`, `/${GUARD}`, '/assets/*path'], (request, response, next) => {
    const path = request.path.slice(1);
    const asset = bundle.assets.get(path);
    if (asset === undefined) next();
    else void send(request, response, asset, UNCHANGING.test(path) ? IMMUTABLE : 'no-cache').catch(next);
  });
  return router;
}

function serve(packed: Map<WebAsset, Promise<Buffer>>, policy: string) {
  return async (request: Request, response: Response, asset: WebAsset, caching: string): Promise<void> => {
    response.set({
      ...HEADERS,
      'Content-Security-Policy': policy,
      'Content-Type': asset.contentType,
      'Cache-Control': caching,
    });
    const isWorthIt = COMPRESSIBLE.test(asset.contentType) && asset.bytes.length >= MIN_COMPRESSED_BYTES;
    if (!isWorthIt || request.acceptsEncodings('br') === false) {
      response.end(asset.bytes);
      return;
    }
    const known = packed.get(asset) ?? pack(asset.bytes);
    packed.set(asset, known);
    const body = await known;
    response.set('Content-Encoding', 'br');
    response.end(body);
  };
}

function pack(bytes: Buffer): Promise<Buffer> {
  return compress(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
}
