import * as z from 'zod';
import type { AnyEndpoint, AnswerDescription } from './endpoint.js';
import { type ProblemCode, statusOf } from './problem.js';

type Json = Readonly<Record<string, unknown>>;

export interface ApiInfo {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  readonly tags: readonly { readonly name: string; readonly description: string }[];
}

/** Every operation with a key can be answered by these. */
const EVERYWHERE: readonly ProblemCode[] = [
  'request-invalid',
  'key-required',
  'scope-missing',
  'host-refused',
  'internal',
];

/** The interface as OpenAPI 3.1, made of what parses it. */
export function openApi(info: ApiInfo, base: string, endpoints: readonly AnyEndpoint[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const one of endpoints) (paths[one.path] ??= {})[one.method] = operation(one);
  return {
    openapi: '3.1.0',
    info: {
      title: info.title,
      version: info.version,
      description: info.description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: base }],
    tags: info.tags,
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: '`bildbote gateway key add`' } },
      schemas: { Problem: problemSchema() },
    },
  };
}

function operation(one: AnyEndpoint): Json {
  return {
    operationId: one.id,
    tags: [one.tag],
    summary: one.summary,
    ...(one.description === undefined ? {} : { description: one.description }),
    ...(one.scope === null ? { security: [] } : { 'x-scope': one.scope }),
    parameters: [...parameters(one.params, 'path'), ...parameters(one.query, 'query'), ...headerParameters(one)],
    ...requestBody(one),
    responses: { ...answers(one), ...problems(one) },
  };
}

function parameters(schema: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    readonly properties?: Readonly<Record<string, Json>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

function headerParameters({ headers = [] }: AnyEndpoint): Json[] {
  return headers.map(({ name, description, pattern }) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string', pattern },
  }));
}

function requestBody({ body, streams = [] }: AnyEndpoint): Json {
  if (body === undefined && streams.length === 0) return {};
  const json = body === undefined ? {} : { 'application/json': { schema: jsonSchema(body, 'input') } };
  const others = Object.fromEntries(streams.map(({ type, schema }) => [type, { schema }]));
  return {
    requestBody: {
      required: body === undefined || !body.safeParse(undefined).success,
      content: { ...json, ...others },
    },
  };
}

function answers(one: AnyEndpoint): Json {
  return Object.fromEntries(Object.entries(one.answers).map(([status, answer]) => [status, answerJson(answer)]));
}

function answerJson({ description, schema, types = [] }: AnswerDescription): Json {
  const json = schema === undefined ? {} : { 'application/json': { schema: jsonSchema(schema, 'output') } };
  const others = Object.fromEntries(types.map((type) => [type, {}]));
  const content = { ...json, ...others };
  return { description, ...(Object.keys(content).length === 0 ? {} : { content }) };
}

function problems({ problems: own = [], scope }: AnyEndpoint): Json {
  const all = scope === null ? own : [...EVERYWHERE, ...own];
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of all) byStatus.set(statusOf(code), [...(byStatus.get(statusOf(code)) ?? []), code]);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\``).join(', '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}

function problemSchema(): Json {
  return {
    type: 'object',
    required: ['type', 'title', 'status', 'code'],
    properties: {
      type: { type: 'string' },
      title: { type: 'string' },
      status: { type: 'integer' },
      code: { type: 'string', description: 'What programs decide by' },
      detail: { type: 'string' },
      fields: { type: 'array', items: { type: 'string' }, description: 'Names of the fields that are wrong' },
    },
  };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...made } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema: one }) => {
      // A number of a query arrives as text; its description says what it is.
      const { numeric } = one as { numeric?: Json };
      if (numeric === undefined) return;
      for (const name of Object.keys(one)) delete (one as Record<string, unknown>)[name];
      Object.assign(one, { type: 'integer', ...numeric });
    },
  });
  return made;
}
