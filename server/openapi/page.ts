import { createHash } from 'node:crypto';
import type { OpenApiDocument } from './document.js';

/** The document for people: one page, no script, nothing from elsewhere. */

const STYLE = `:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
summary{cursor:pointer;padding:.4rem 0}code,pre{font-family:ui-monospace,monospace}pre{overflow:auto;padding:.75rem;border:1px solid;border-radius:.4rem}
details{border-bottom:1px solid}table{border-collapse:collapse}td,th{text-align:left;padding:.1rem 1rem .1rem 0;vertical-align:top}`;

export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox`;

interface Shown {
  readonly summary?: string;
  readonly security?: unknown;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: unknown;
  readonly responses?: Readonly<Record<string, unknown>>;
}

export function renderPage(document: OpenApiDocument): string {
  const { title, version, description } = document['info'] as Record<string, string>;
  const operations = Object.entries(document['paths'] as Record<string, Record<string, Shown>>).flatMap(([path, of]) =>
    Object.entries(of).map(([method, operation]) => renderOperation(method, path, operation)),
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escape(title ?? '')}</title><meta name="viewport" content="width=device-width"><style>${STYLE}</style></head>
<body><main><h1>${escape(title ?? '')} ${escape(version ?? '')}</h1><p>${escape(description ?? '')}</p>
<p>The same for programs: <code>/api/openapi.json</code></p>
${operations.join('\n')}
</main></body></html>
`;
}

function renderOperation(method: string, path: string, operation: Shown): string {
  const session = operation.security === undefined ? 'no session' : 'session';
  const rows = (operation.parameters ?? []).map(
    ({ name, in: place, required }) =>
      `<tr><td><code>${escape(name)}</code></td><td>${escape(place)}</td><td>${required ? 'required' : ''}</td></tr>`,
  );
  const table = rows.length === 0 ? '' : `<table><tbody>${rows.join('')}</tbody></table>`;
  const body = operation.requestBody === undefined ? '' : `<h3>Request</h3>${json(operation.requestBody)}`;
  return `<details><summary><code>${method.toUpperCase()} ${escape(path)}</code> ${escape(operation.summary ?? '')} (${session})</summary>
${table}${body}<h3>Answers</h3>${json(operation.responses)}</details>`;
}

function json(value: unknown): string {
  return `<pre>${escape(JSON.stringify(value, null, 2))}</pre>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escape(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
