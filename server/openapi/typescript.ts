import type { OpenApiDocument } from './document.js';

/** The document as TypeScript: what each operation takes and answers with. The client core is written against it (decision 92). */

type Schema = Readonly<Record<string, unknown>>;

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: Schema;
}

interface DescribedOperation {
  readonly summary: string;
  readonly security?: unknown;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}

interface Named {
  readonly name: string;
  readonly operation: DescribedOperation;
}

/** Of which operations a file is made: those before somebody has signed in, those of messages, and the others. */
export type OperationGroup = 'PublicOperations' | 'MessageOperations' | 'MailboxOperations';

export function renderOperations(document: OpenApiDocument, group: OperationGroup): string {
  const operations = operationsOf(document).filter((one) => groupOf(one) === group);
  const members = operations.map(
    (one) => `/** ${one.operation.summary} */\n${quoted(one.name)}: ${render(one.operation)};`,
  );
  const head = '/** Made of the OpenAPI document by `npm run api:client`: not to be edited. */';
  return `${head}\nexport interface ${group} {\n${members.join('\n')}\n}\n`;
}

function operationsOf(document: OpenApiDocument): Named[] {
  const paths = document['paths'] as Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  return Object.entries(paths).flatMap(([path, of]) =>
    Object.entries(of).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  );
}

function groupOf({ name, operation }: Named): OperationGroup {
  if (operation.security === undefined) return 'PublicOperations';
  return /^[A-Z]+ \/api\/(messages|deliveries|payloads)/.test(name) ? 'MessageOperations' : 'MailboxOperations';
}

function render({ parameters, requestBody, responses }: DescribedOperation): string {
  const content = requestBody?.content ?? {};
  const json = content['application/json'];
  const members = [
    ...(['path', 'query', 'header'] as const).flatMap((place) => placeOf(place, parameters)),
    ...(json === undefined ? [] : [`json: ${typeOf(json.schema)}`]),
    ...('application/octet-stream' in content ? ['body: readonly Uint8Array<ArrayBuffer>[]'] : []),
    `answer: ${answerOf(responses)}`,
  ];
  return `{ ${members.join('; ')} }`;
}

/** What stands in an address or a header is text; a number is written as one. */
function placeOf(place: 'path' | 'query' | 'header', parameters: readonly Parameter[]): string[] {
  const members = parameters
    .filter((one) => one.in === place)
    .map(({ name, required, schema }) => `${key(name)}${required ? '' : '?'}: ${asText(typeOf(schema))}`);
  return members.length === 0 ? [] : [`${place}: { ${members.join('; ')} }`];
}

function asText(type: string): string {
  return type.split(' | ').every((one) => one.startsWith('"')) ? type : 'string | number';
}

/** Of all answers that are no refusal. */
function answerOf(responses: DescribedOperation['responses']): string {
  const types = Object.entries(responses)
    .filter(([status]) => /^2\d\d$/.test(status))
    .map(([, { content = {} }]) => {
      const json = content['application/json'];
      if (json !== undefined) return typeOf(json.schema, '');
      return Object.keys(content).length === 0 ? 'null' : 'Uint8Array';
    });
  return [...new Set(types)].join(' | ') || 'never';
}

/**
 * JSON Schema as far as the relay's schemas use it.
 * @param lists what stands before an array: requests take those that cannot be written to as well
 * @throws for anything else, so that nothing is described wrongly
 */
export function typeOf(schema: Schema, lists: 'readonly ' | '' = 'readonly '): string {
  if ('const' in schema) return JSON.stringify(schema['const']);
  const options = schema['enum'] ?? null;
  if (Array.isArray(options)) return options.map((one) => JSON.stringify(one)).join(' | ');
  const any = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(any)) return [...new Set(any.map((one) => typeOf(one as Schema, lists)))].join(' | ');
  const type = schema['type'];
  if (Array.isArray(type)) return type.map((one) => typeOf({ ...schema, type: one }, lists)).join(' | ');
  switch (type) {
    case 'string':
      return 'string';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'null':
      return 'null';
    case 'array':
      return `${lists}(${typeOf(schema['items'] as Schema, lists)})[]`;
    case 'object':
      return objectOf(schema, lists);
    case undefined:
      if (Object.keys(schema).every((name) => ['description', 'default'].includes(name))) return 'unknown';
  }
  throw new Error(`a schema that cannot be described: ${JSON.stringify(schema)}`);
}

function objectOf(schema: Schema, lists: 'readonly ' | ''): string {
  const required = (schema['required'] ?? []) as readonly string[];
  const properties = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Schema>>);
  const members = properties.map(
    ([name, of]) => `${key(name)}${required.includes(name) ? '' : '?'}: ${typeOf(of, lists)}`,
  );
  const values = schema['additionalProperties'];
  if (members.length === 0 && typeof values === 'object' && values !== null && Object.keys(values).length > 0) {
    return `Record<string, ${typeOf(values as Schema, lists)}>`;
  }
  if (members.length === 0) return schema['additionalProperties'] === false ? 'Record<string, never>' : 'object';
  return `{ ${members.join('; ')} }`;
}

function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
}
