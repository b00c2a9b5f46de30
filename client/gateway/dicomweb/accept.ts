import { Problem } from '../http/problem.js';

/** One alternative of an Accept header (RFC 9110 §12.5.1, PS3.18 §8.7.4), best first. */
export interface Accepted {
  /** Lower case; `multipart/related` when `inner` says what the parts are. */
  readonly type: string;
  /** Of a multipart alternative: the type of its parts. */
  readonly inner: string | null;
  readonly transferSyntax: string | null;
}

const MAX_ALTERNATIVES = 64;
const ITEM = /(?:[^,"]|"(?:[^"\\]|\\.)*")+/g;
const PARAMETER = /;\s*([a-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;,\s"]*))/gi;

/**
 * What the client takes. The query's `accept` goes before the header (PS3.18 §8.3.3.1). @throws Problem `not-acceptable` when the list is
 * longer than any client's
 */
export function acceptedTypes(header: string | undefined, query: string | undefined): readonly Accepted[] {
  const text = query ?? header ?? '*/*';
  const items = (text.trim() === '' ? '*/*' : text).match(ITEM) ?? [];
  if (items.length > MAX_ALTERNATIVES) throw new Problem('not-acceptable');
  return items
    .map((item, place) => ({ ...parseItem(item), place }))
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality || a.place - b.place)
    .map(({ type, inner, transferSyntax }) => ({ type, inner, transferSyntax }));
}

function parseItem(item: string): Accepted & { readonly quality: number } {
  const type = (item.split(';')[0] ?? '').trim().toLowerCase();
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, plain] of item.matchAll(PARAMETER))
    parameters.set(name.toLowerCase(), quoted ?? plain ?? '');
  const quality = Number(parameters.get('q') ?? '1');
  const inner = type === 'multipart/related' ? (parameters.get('type') ?? '*/*').toLowerCase() : null;
  return {
    type,
    inner,
    transferSyntax: parameters.get('transfer-syntax') ?? null,
    quality: Number.isFinite(quality) ? quality : 0,
  };
}

export function isAccepted(accepted: readonly Accepted[], type: string): boolean {
  return accepted.some((one) => matchesType(one.type, type));
}

export function matchesType(pattern: string, type: string): boolean {
  return pattern === '*/*' || pattern === type || pattern === `${type.split('/')[0]}/*`;
}

/** @throws Problem `not-acceptable` */
export function assertAccepts(accepted: readonly Accepted[], types: readonly string[]): string {
  const found = accepted.flatMap((one) => types.filter((type) => matchesType(one.type, type)))[0];
  if (found === undefined) throw new Problem('not-acceptable');
  return found;
}
