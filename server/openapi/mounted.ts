import type { Router } from 'express';
import { type AnyRouteSchema, schemaOf } from '../http/route.js';
import type { MountedRoute } from './document.js';

/** What express keeps of what was mounted. */
interface Layer {
  readonly route?: {
    readonly path: string;
    readonly stack: readonly { readonly method: string; readonly handle: unknown }[];
  };
  readonly handle: { readonly stack?: readonly Layer[] };
}

/** The routes of a router in order; what stands behind `guard` needs a session. */
export function routesOf(router: Router, prefix: string, guard: unknown): MountedRoute[] {
  let needsSession = false;
  const walk = (layers: readonly Layer[]): MountedRoute[] =>
    layers.flatMap((layer) => {
      if (layer.handle === guard) needsSession = true;
      if (layer.route === undefined) return walk(layer.handle.stack ?? []);
      const { path, stack } = layer.route;
      const schema = stack.map(({ handle }) => schemaOf(handle)).find((one): one is AnyRouteSchema => one !== null);
      const method = (stack[0]?.method ?? '').toUpperCase();
      return [{ method, pattern: `${prefix}${path}`, schema: schema ?? null, needsSession }];
    });
  return walk((router as unknown as { stack: readonly Layer[] }).stack);
}
