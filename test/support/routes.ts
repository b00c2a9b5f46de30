import type { Express } from 'express';
import type { Answer } from './http.js';

/** What whoever asks can see of an answer. */
export function visible({ status, json, headers }: Answer) {
  return { status, json, type: headers.get('Content-Type'), length: headers.get('Content-Length') };
}

interface Layer {
  readonly route?: { readonly path: string; readonly stack: readonly { readonly method: string }[] };
  readonly handle: { readonly stack?: readonly Layer[] };
}

/** `METHOD /pattern` of everything that is mounted; routers below the top level are mounted under /api. */
export function listRoutes(app: Express): string[] {
  const walk = (layers: readonly Layer[], prefix: string): string[] =>
    layers.flatMap((layer) => {
      if (layer.route !== undefined)
        return [`${(layer.route.stack[0]?.method ?? '').toUpperCase()} ${prefix}${layer.route.path}`];
      return walk(layer.handle.stack ?? [], prefix);
    });
  const top = (app as unknown as { router: { stack: readonly Layer[] } }).router.stack;
  return top.flatMap((layer) => {
    const own = walk(layer.handle.stack ?? [], '');
    return own.every((route) => /z$/.test(route)) ? own : own.map((route) => route.replace(' ', ' /api'));
  });
}
