import type { Request, RequestHandler, Response, Router } from 'express';
import * as z from 'zod';
import { authenticate } from './authenticate.js';
import { type ApiKey, type KeyFolder, type Scope } from './keys.js';
import { Problem, type ProblemCode } from './problem.js';

/** One operation of the interface: what it reads is parsed, and what is described of it, by the same schemas. */
export interface Endpoint<Params = unknown, Query = unknown, Body = unknown> {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** With `{name}` for what varies, as OpenAPI writes it. */
  readonly path: string;
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** Null: without a key. */
  readonly scope: Scope | null;
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  /** A JSON body. */
  readonly body?: z.ZodType<Body>;
  /** Other bodies, which the handler reads as a stream. */
  readonly streams?: readonly StreamBody[];
  readonly headers?: readonly HeaderParameter[];
  readonly answers: Readonly<Record<number, AnswerDescription>>;
  /** Beside those that every operation can have. */
  readonly problems?: readonly ProblemCode[];
  readonly handle: (call: Call<Params, Query, Body>, response: Response) => Promise<void> | void;
}

export interface StreamBody {
  readonly type: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

export interface HeaderParameter {
  readonly name: string;
  readonly description: string;
  readonly pattern: string;
}

export interface AnswerDescription {
  readonly description: string;
  /** JSON. */
  readonly schema?: z.ZodType;
  /** Of an answer that is not JSON. */
  readonly types?: readonly string[];
}

export interface Call<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly request: Request;
  /** The caller; null where none is asked for. */
  readonly key: ApiKey | null;
}

export type AnyEndpoint = Endpoint<never, never, never>;

/** Gives an endpoint its types and forgets them for the list. */
export function endpoint<Params, Query, Body>(one: Endpoint<Params, Query, Body>): AnyEndpoint {
  return one as unknown as AnyEndpoint;
}

const NOTHING = z.strictObject({});
/** Of a JSON body; files come as streams. */
const MAX_JSON_BYTES = 1024 * 1024;

export function mount(router: Router, endpoints: readonly AnyEndpoint[], keys: KeyFolder): void {
  for (const one of endpoints) router[one.method](expressPath(one.path), handlerOf(one, keys));
  // A path that is there, with another method: better than "nothing here".
  for (const path of new Set(endpoints.map((one) => expressPath(one.path)))) {
    router.all(path, (_request, _response, next) => next(new Problem('method-not-allowed')));
  }
}

function expressPath(path: string): string {
  return path.replaceAll(/\{([a-zA-Z]+)\}/g, ':$1');
}

function handlerOf(one: AnyEndpoint, keys: KeyFolder): RequestHandler {
  return async (request, response) => {
    const key = one.scope === null ? null : await authenticate(keys, request.headers, one.scope);
    const params = parse(one.params ?? NOTHING, request.params);
    const query = parse(one.query ?? NOTHING, request.query);
    const body = isJson(request) && one.body !== undefined ? parse(one.body, await readJson(request)) : undefined;
    if (body === undefined) assertBodyType(one, request);
    const call = { params, query, body, request, key } as Call<never, never, never>;
    await one.handle(call, response);
  };
}

function isJson(request: Request): boolean {
  return typeWithout(request) === 'application/json';
}

export function typeWithout(request: Request): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** A body of a kind that the operation does not read, or none where one is needed. */
function assertBodyType(one: AnyEndpoint, request: Request): void {
  const { headers } = request;
  const hasBody = 'transfer-encoding' in headers || Number(headers['content-length'] ?? 0) > 0;
  const streams = one.streams ?? [];
  if (streams.some(({ type }) => type === typeWithout(request))) return;
  if (hasBody) throw new Problem('media-type-unsupported');
  if (one.body !== undefined && !one.body.safeParse(undefined).success) {
    throw new Problem('request-invalid', { detail: 'a body is needed' });
  }
  if (one.body === undefined && streams.length > 0)
    throw new Problem('request-invalid', { detail: 'a body is needed' });
}

async function readJson(request: Request): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  // The connection stays for the answer, also when the rest of the body is not read.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_JSON_BYTES) throw new Problem('too-large', { detail: 'the body' });
    chunks.push(chunk);
  }
  return parseJson(Buffer.concat(chunks));
}

/** @throws Problem `request-invalid`; the text of the parser's error quotes the body and stays out */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch {
    throw new Problem('request-invalid', { detail: 'not JSON' });
  }
}

const MAX_FIELDS = 20;

/** @throws Problem `request-invalid` with the names of the fields */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const names = parsed.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys' ? issue.path.join('.') || 'unknown field' : issue.path.join('.'),
  );
  throw new Problem('request-invalid', { fields: [...new Set(names)].slice(0, MAX_FIELDS) });
}
