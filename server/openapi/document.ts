import * as z from 'zod';
import { PROBLEM_CODES } from '../http/problem.js';
import type { AnyRouteSchema } from '../http/route.js';
import { type AnswerBody, OPERATIONS, type Operation } from './answers.js';

/** The OpenAPI 3.1 document, made of the very schemas that requests are parsed with (decision 66). */

/** A route as it is mounted: its pattern, and what its handler parses with; null where it parses nothing. */
export interface MountedRoute {
  readonly method: string;
  readonly pattern: string;
  readonly schema: AnyRouteSchema | null;
  readonly needsSession: boolean;
}

export type OpenApiDocument = Readonly<Record<string, unknown>>;

export function createDocument(routes: readonly MountedRoute[], version: string): OpenApiDocument {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.pattern.replaceAll(/[:*]([A-Za-z]+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Bildbote relay',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description: 'Stores and forwards sealed messages. Bytes in JSON are base64url without padding; times are UTC.',
    },
    paths,
    components: {
      securitySchemes: { session: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: jsonSchemaOf(PROBLEM) },
      responses: {
        Problem: {
          description: 'RFC 9457; `code` says which problem',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    },
  };
}

/** What every refusal looks like. */
export const PROBLEM = z.strictObject({
  type: z.string().regex(/^urn:bildbote:problem:/),
  title: z.string(),
  status: z.int().min(400).max(599),
  code: z.enum(PROBLEM_CODES),
  detail: z.string().optional(),
  fields: z.array(z.string()).optional(),
});

function jsonSchemaOf(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}

function operationOf({ method, pattern, schema, needsSession }: MountedRoute): Record<string, unknown> {
  const operation = OPERATIONS[`${method} ${pattern}`];
  const body = bodyOf(schema, operation);
  return {
    summary: operation?.summary ?? '',
    ...(needsSession ? { security: [{ session: [] }] } : {}),
    parameters: parametersOf(pattern, schema, operation),
    ...(body === null ? {} : { requestBody: { required: true, content: body } }),
    responses: { ...answersOf(operation), default: { $ref: '#/components/responses/Problem' } },
  };
}

function bodyOf(schema: AnyRouteSchema | null, operation: Operation | undefined): Record<string, unknown> | null {
  if (operation?.takesBytes !== undefined) {
    const bytes = { type: 'string', contentMediaType: 'application/octet-stream', maxLength: operation.takesBytes };
    return { 'application/octet-stream': { schema: bytes } };
  }
  return schema?.body === undefined ? null : { 'application/json': { schema: jsonSchemaOf(schema.body) } };
}

function parametersOf(pattern: string, schema: AnyRouteSchema | null, operation: Operation | undefined): unknown[] {
  const inPath = [...pattern.matchAll(/[:*]([A-Za-z]+)/g)].map((match) => {
    const name = match[1] ?? '';
    const known = schema?.params === undefined ? undefined : propertiesOf(schema.params)[name];
    return { name, in: 'path', required: true, schema: known ?? { type: 'string' } };
  });
  const query = schema?.query === undefined ? null : jsonSchemaOf(schema.query);
  const required = (query?.['required'] ?? []) as readonly string[];
  const inQuery = Object.entries((query?.['properties'] ?? {}) as Record<string, unknown>).map(([name, of]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema: of,
  }));
  const headers = Object.entries(operation?.headers ?? {}).map(([name, description]) => ({
    ...{ name, in: 'header', required: true, description },
    schema: { type: 'string' },
  }));
  return [...inPath, ...inQuery, ...headers];
}

function propertiesOf(schema: z.ZodType): Record<string, unknown> {
  return (jsonSchemaOf(schema)['properties'] ?? {}) as Record<string, unknown>;
}

function answersOf(operation: Operation | undefined): Record<string, unknown> {
  const entries = Object.entries(operation?.answers ?? {});
  return Object.fromEntries(entries.map(([status, body]) => [status, { description: 'Done', ...contentOf(body) }]));
}

function contentOf(body: AnswerBody): Record<string, unknown> {
  if (body === 'nothing') return {};
  if (body === 'bytes') return { content: { 'application/octet-stream': { schema: {} } } };
  if (body === 'text') return { content: { 'text/plain': { schema: { type: 'string' } } } };
  return { content: { 'application/json': { schema: jsonSchemaOf(body) } } };
}
