import type { Express } from 'express';
import type { Answer } from './http.js';

/** What whoever asks can see of an answer. */
export function visible({ status, json, headers }: Answer) {
  return { status, json, type: headers.get('Content-Type'), length: headers.get('Content-Length') };
}

interface Layer {
  /** Mounted at the top. */
  readonly slash: boolean;
  match(path: string): boolean;
  readonly route?: { readonly path: string; readonly stack: readonly { readonly method: string }[] };
  readonly handle: { readonly stack?: readonly Layer[] };
}

/** Where routers are mounted. */
const MOUNTS = ['/api', '/log'];

/** `METHOD /pattern` of everything that is mounted. */
export function listRoutes(app: Express): string[] {
  const walk = (layers: readonly Layer[], prefix: string): string[] =>
    layers.flatMap((layer) => {
      if (layer.route !== undefined)
        return [`${(layer.route.stack[0]?.method ?? '').toUpperCase()} ${prefix}${layer.route.path}`];
      return walk(layer.handle.stack ?? [], prefix);
    });
  const top = (app as unknown as { router: { stack: readonly Layer[] } }).router.stack;
  return top.flatMap((layer) => {
    const mount = layer.slash ? '' : (MOUNTS.find((path) => layer.match(path)) ?? '?');
    return walk(layer.handle.stack ?? [], mount);
  });
}
