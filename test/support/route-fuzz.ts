import fc from 'fast-check';
import type { Ask } from './http.js';

/** Requests made from the relay's own document: nearly right, wrong, and hostile. */

interface Schema {
  readonly type?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}
interface Operation {
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}
export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: Uint8Array;
}

const HOSTILE = [
  '',
  '0',
  '-1',
  '1e9',
  '99999999999999999999',
  '%00',
  '../../etc/passwd',
  "' or 1=1 --",
  '__proto__',
  '😀',
  'ä',
];

/** @param known values that exist: ids of mailboxes, payloads and messages */
export function requestOf(document: Document, known: readonly string[]): fc.Arbitrary<FuzzRequest> {
  const operations = Object.entries(document.paths).flatMap(([path, of]) =>
    Object.entries(of).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const each = operations.map(({ path, method, operation }) => {
    const values = operation.parameters.map(({ schema }) => textOf(schema, known));
    const json = operation.requestBody?.content['application/json'];
    const isBinary = operation.requestBody !== undefined && json === undefined;
    return fc
      .record({
        values: fc.tuple(...values),
        json: json === undefined ? fc.constant(undefined) : valueOf(json.schema, known),
        body: isBinary
          ? fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(new Uint8Array(8192)))
          : fc.constant(undefined),
        leftOut: fc.array(fc.boolean(), { minLength: values.length, maxLength: values.length }),
      })
      .map(({ values: given, json: sent, body, leftOut }) => {
        const query = new URLSearchParams();
        const headers: Record<string, string> = {};
        let target = path;
        for (const [i, parameter] of operation.parameters.entries()) {
          const value = String(given[i]);
          if (parameter.in === 'path') target = target.replace(`{${parameter.name}}`, encodeURIComponent(value) || 'x');
          else if (leftOut[i] !== true && parameter.in === 'query') query.append(parameter.name, value);
          else if (leftOut[i] !== true) headers[parameter.name] = value.replaceAll(/[^\x21-\x7e]/g, '');
        }
        const asked = query.size === 0 ? target : `${target}?${String(query)}`;
        return {
          method,
          path: asked,
          headers,
          ...(sent === undefined ? {} : { json: sent }),
          ...(body === undefined ? {} : { body }),
        };
      });
  });
  return fc.oneof(...each);
}

function textOf(schema: Schema, known: readonly string[]): fc.Arbitrary<string> {
  const fitting = known.filter((value) => schema.pattern === undefined || new RegExp(schema.pattern).test(value));
  const plain =
    schema.pattern === undefined
      ? fc.string({ maxLength: 40 })
      : fc.stringMatching(new RegExp(schema.pattern), { size: 'small' });
  const parts = [plain, fc.constantFrom(...HOSTILE)];
  return fitting.length === 0
    ? fc.oneof(...parts)
    : fc.oneof(...parts, fc.constantFrom(...fitting), fc.constantFrom(...fitting));
}

function valueOf(schema: Schema, known: readonly string[]): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 8, arbitrary: fittingOf(schema, known) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  );
}

function fittingOf(schema: Schema, known: readonly string[]): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((one) => valueOf(one, known)));
  switch (schema.type) {
    case 'object': {
      const fields = Object.entries(schema.properties ?? {}).map(([name, of]) => [name, valueOf(of, known)] as const);
      return fc.record(Object.fromEntries(fields), { noNullPrototype: true });
    }
    case 'array':
      return fc.array(schema.items === undefined ? fc.jsonValue() : valueOf(schema.items, known), { maxLength: 4 });
    case 'integer':
    case 'number':
      return fc.oneof(fc.integer({ min: -2, max: 100 }), fc.constantFrom(2 ** 53, 1.5, -1e308));
    case 'string':
      return fc.oneof(
        textOf(schema, known),
        fc.base64String({ maxLength: 60 }),
        fc.constant('2030-01-01T00:00:00.000Z'),
      );
    case 'null':
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

/** What no answer may hold: where things lie, how they failed, and what opens something. */
export function leakIn(text: string, secrets: readonly string[]): string | null {
  const internals = [
    /\bat [^\n]+:\d+:\d+/,
    /node_modules/,
    /postgres(ql)?:\/\//i,
    /syntax error|violates|constraint|relation "/i,
    /ENOENT|EACCES/,
  ];
  const found = internals.find((pattern) => pattern.test(text));
  if (found !== undefined) return String(found);
  return secrets.some((secret) => secret !== '' && text.includes(secret)) ? 'a secret' : null;
}

/** @throws when an answer is the relay's fault, is not as documented (test/support/http), or tells what it must not */
export async function send(ask: Ask, request: FuzzRequest, secrets: readonly string[]): Promise<number> {
  const { method, path, headers, json, body } = request;
  const answer = await ask(method, path, {
    headers,
    ...(json === undefined ? {} : { json }),
    ...(body === undefined ? {} : { body }),
  });
  if (answer.status >= 500) throw new Error(`${method} ${path}: ${answer.status} ${answer.bytes.toString()}`);
  const isText = (answer.headers.get('Content-Type') ?? '').includes('json');
  const leak = isText ? leakIn(answer.bytes.toString(), secrets) : null;
  if (leak !== null) throw new Error(`${method} ${path} leaks ${leak}`);
  return answer.status;
}
