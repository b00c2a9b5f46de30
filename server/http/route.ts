import type { Request, RequestHandler, Response } from 'express';
import * as z from 'zod';
import { Problem } from './problem.js';

export interface RouteSchema<Params, Query, Body> {
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
}

export interface RouteInput<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
}

const NOTHING = z.strictObject({});

/** Parses path, query and body at the border, then calls `handle` with typed values. What has no schema must be empty. */
export function route<Params = object, Query = object, Body = undefined>(
  schema: RouteSchema<Params, Query, Body>,
  handle: (input: RouteInput<Params, Query, Body>, response: Response, request: Request) => Promise<void> | void,
): RequestHandler {
  const handler: RequestHandler = async (request, response) => {
    const params = parse(schema.params ?? (NOTHING as unknown as z.ZodType<Params>), request.params);
    const query = parse(schema.query ?? (NOTHING as unknown as z.ZodType<Query>), request.query);
    const body = schema.body === undefined ? (undefined as Body) : parse(schema.body, request.body ?? {});
    await handle({ params, query, body }, response, request);
  };
  return Object.assign(handler, { [SCHEMA]: schema });
}

const SCHEMA = Symbol('what a route parses with');

export type AnyRouteSchema = RouteSchema<unknown, unknown, unknown>;

/** What a handler parses with, for the document of the interface; null for one that was not made by `route`. */
export function schemaOf(handler: unknown): AnyRouteSchema | null {
  return (handler as { [SCHEMA]?: AnyRouteSchema } | null)?.[SCHEMA] ?? null;
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Problem('request-invalid', { fields: fieldsOf(parsed.error) });
}

const MAX_FIELDS = 20;

function fieldsOf(error: z.ZodError): string[] {
  const paths = error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? [issue.path.join('.') || 'unknown field'] : [issue.path.join('.')],
  );
  return [...new Set(paths)].slice(0, MAX_FIELDS);
}
