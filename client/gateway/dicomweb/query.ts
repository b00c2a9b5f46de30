import type { Dictionary } from '../../core/dicom/dictionary.js';
import { Problem } from '../http/problem.js';
import { INSTANCE, type Level, PATIENT_STUDY, SERIES } from '../received/attributes.js';
import { type Matcher, matcherOf } from './match.js';

/** A QIDO-RS query, parsed (PS3.18 §8.3.4, §10.6). */
export interface Query {
  readonly matches: readonly { readonly tag: string; readonly level: Level | 'count'; readonly matches: Matcher }[];
  /** Beside what every answer of the level has. */
  readonly include: ReadonlySet<string>;
  readonly includeAll: boolean;
  readonly limit: number;
  readonly offset: number;
}

/** Results at once; who wants more asks again with an offset (PS3.18 §8.3.4.4). */
const MAX_RESULTS = 5000;
const MAX_PARAMETERS = 64;
const MAX_VALUE_CHARS = 1024;

/** Answered, but counted and not read from one instance. */
const COUNTED = new Set(['00080061', '00080062', '00201206', '00201208', '00201209', '00080056']);

const LEVEL_OF: ReadonlyMap<string, Level> = new Map([
  ...PATIENT_STUDY.map((tag) => [tag, 'study'] as const),
  ...SERIES.map((tag) => [tag, 'series'] as const),
  ...INSTANCE.map((tag) => [tag, 'instance'] as const),
]);

const VR_OF_COUNTED: Readonly<Record<string, string>> = { '00080061': 'CS', '00080062': 'UI' };

/** @throws Problem `request-invalid` for an attribute that is unknown or cannot be matched: no answer is better than too many */
export function parseQuery(search: URLSearchParams, dictionary: Dictionary): Query {
  const parameters = [...search];
  if (parameters.length > MAX_PARAMETERS) throw new Problem('request-invalid', { detail: 'too many parameters' });
  const matches: Query['matches'][number][] = [];
  const include = new Set<string>();
  const query = { limit: MAX_RESULTS, offset: 0, includeAll: false };
  for (const [name, value] of parameters) {
    if (value.length > MAX_VALUE_CHARS) invalid(name);
    switch (name) {
      case 'limit':
        query.limit = Math.min(MAX_RESULTS, countOf(name, value));
        break;
      case 'offset':
        query.offset = countOf(name, value);
        break;
      case 'fuzzymatching':
      case 'accept':
      case 'charset':
        break;
      case 'includefield':
        for (const field of value.split(',').map((one) => one.trim())) {
          if (field === 'all') query.includeAll = true;
          else include.add(tagOf(field, dictionary) ?? invalid('includefield'));
        }
        break;
      default:
        matches.push(matchOf(name, value, dictionary));
    }
  }
  return { ...query, matches, include };
}

function matchOf(name: string, value: string, dictionary: Dictionary): Query['matches'][number] {
  const tag = tagOf(name, dictionary);
  if (tag === null) return invalid(name);
  const level = LEVEL_OF.get(tag) ?? (tag in VR_OF_COUNTED ? 'count' : null);
  const vr = VR_OF_COUNTED[tag] ?? dictionary.lookUp(Number.parseInt(tag, 16))?.vr ?? 'UN';
  const matches = level === null ? null : matcherOf(vr, value);
  if (level === null || matches === null) return invalid(name);
  return { tag, level, matches };
}

/** Eight hex digits or a keyword; of a path into a sequence the sequence. */
function tagOf(name: string, dictionary: Dictionary): string | null {
  const [first = ''] = name.split('.');
  if (/^[0-9a-f]{8}$/i.test(first)) return first.toUpperCase();
  if (!/^[A-Za-z0-9]{1,64}$/.test(first)) return null;
  const tag = dictionary.tagOf(first);
  return tag === null ? null : tag.toString(16).toUpperCase().padStart(8, '0');
}

function countOf(name: string, value: string): number {
  if (!/^[0-9]{1,9}$/.test(value)) invalid(name);
  return Number(value);
}

/** The name is the client's own and goes back to it alone, in the form of a name. */
function invalid(name: string): never {
  const isName = /^[A-Za-z0-9.]{1,64}$/.test(name);
  throw new Problem('request-invalid', {
    detail: 'not an attribute that is matched here',
    fields: isName ? [name] : [],
  });
}

export function isCounted(tag: string): boolean {
  return COUNTED.has(tag);
}
