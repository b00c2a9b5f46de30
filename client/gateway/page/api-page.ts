import { type Html, type Page, markup } from './html.js';

/** The interface as people read it, made of the same document that programs read. */

interface Described {
  readonly description?: string;
}
interface Parameter extends Described {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: unknown;
}
interface Body extends Described {
  readonly content?: Readonly<Record<string, { readonly schema?: unknown }>>;
}
interface Operation extends Described {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly 'x-scope'?: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: Body;
  readonly responses: Readonly<Record<string, Body>>;
}
export interface ApiDocument {
  readonly info: { readonly title: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export function apiPage({ info, servers, tags, paths }: ApiDocument): Page {
  const base = servers[0]?.url ?? '';
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path: `${base}${path}`, method, operation })),
  );
  const sections = tags.map(({ name, description }) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(name));
    return markup`<section>
      <h2 id="${name}">${name}</h2>
      <p>${description}</p>
      ${own.map(operationHtml)}
    </section> `;
  });
  const contents = tags.map(({ name, description }) => markup`<li><a href="#${name}">${name}</a>: ${description}</li>`);
  const body = markup` <h1>${info.title}</h1>
    <p>${info.description}</p>
    <p>For programs: <a href="${base}/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
    <ul>
      ${contents}
    </ul>
    ${sections}`;
  return { language: 'en', title: info.title, body };
}

interface Located {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

function operationHtml({ path, method, operation }: Located): Html {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  const scope = operation['x-scope'];
  return markup`<article id="${operationId}">
    <h3><code>${method.toUpperCase()} ${path}</code></h3>
    <p>${summary}.${description === undefined ? '' : ` ${description}`}</p>
    ${scope === undefined ? '' : markup`<p class="soft">Scope: <code>${scope}</code></p>`}
    ${parameters.length === 0 ? '' : parameterTable(parameters)}
    ${requestBody === undefined ? '' : bodiesHtml('Request', requestBody)}
    <table>
      <tbody>
        ${Object.entries(responses).map(answerRow)}
      </tbody>
    </table>
  </article> `;
}

function parameterTable(parameters: readonly Parameter[]): Html {
  const rows = parameters.map(
    ({ name, in: place, required, description, schema }) =>
      markup`<tr>
        <th scope="row"><code>${name}</code></th>
        <td>${place}${required === true ? ', required' : ''}</td>
        <td>${description ?? ''} ${schemaHtml(schema)}</td>
      </tr>`,
  );
  return markup`<table>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}

function answerRow([status, answer]: readonly [string, Body]): Html {
  const isError = Number(status) >= 400;
  return markup`<tr>
    <th scope="row">${status}</th>
    <td>${answer.description ?? ''}${isError ? '' : bodiesHtml('', answer)}</td>
  </tr>`;
}

function bodiesHtml(title: string, { content = {} }: Body): Html {
  const bodies = Object.entries(content).map(
    ([type, { schema }]) =>
      markup`<details>
        <summary>${title} <code>${type}</code></summary>
        ${schemaHtml(schema)}
      </details>`,
  );
  return markup`${bodies}`;
}

function schemaHtml(schema: unknown): Html {
  if (schema === undefined || (typeof schema === 'object' && schema !== null && Object.keys(schema).length === 0)) {
    return { text: '' };
  }
  return markup`<pre>${JSON.stringify(schema, null, 2)}</pre>`;
}
