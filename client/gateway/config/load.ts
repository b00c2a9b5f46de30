import { readFile, stat } from 'node:fs/promises';
import { LineCounter, isMap, isNode, isPair, isScalar, parseDocument, type Document } from 'yaml';
import type * as z from 'zod';
import { GatewayError } from '../error.js';
import { type GatewayConfig, configSchema } from './config.js';

/** A setting that is wrong, where it stands, and why. */
export interface ConfigProblem {
  /** `rules[0].to`, empty for the file as a whole. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** More is no configuration. */
const MAX_CONFIG_BYTES = 1024 * 1024;
/** Enough to see what is wrong; the rest comes with the next attempt. */
const MAX_PROBLEMS = 20;

/** @throws GatewayError `config-unreadable`, `config-invalid` with every problem in its message */
export function loadConfig(path: string): Promise<GatewayConfig> {
  return loadYaml(path, configSchema);
}

/** @throws as `loadConfig` does */
export async function loadYaml<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
  const parsed = parseYaml(await readText(path), schema);
  if (parsed.kind === 'parsed') return parsed.value;
  throw new GatewayError('gateway-config-invalid', describe(parsed.problems));
}

async function readText(path: string): Promise<string> {
  try {
    if ((await stat(path)).size > MAX_CONFIG_BYTES) throw new GatewayError('gateway-config-invalid', 'over 1 MiB');
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError('gateway-config-unreadable', 'cannot be read', { cause });
  }
}

export function describe(problems: readonly ConfigProblem[]): string {
  const lines = problems.slice(0, MAX_PROBLEMS).map(({ path, line, message }) => {
    return `line ${line}${path === '' ? '' : `, ${path}`}: ${message}`;
  });
  const more = problems.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

export type ParsedYaml<T> =
  | { readonly kind: 'parsed'; readonly value: T }
  | { readonly kind: 'refused'; readonly problems: readonly ConfigProblem[] };

/** YAML 1.2 → a value of the schema, or every problem with its line. Nothing of the file is quoted: it may hold a secret by mistake. */
export function parseYaml<Schema extends z.ZodType>(text: string, schema: Schema): ParsedYaml<z.output<Schema>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems = [...document.errors, ...document.warnings].map(({ pos, code }) => {
    return { path: '', line: lines.linePos(pos[0]).line, message: `no valid YAML (${code.toLowerCase()})` };
  });
  if (problems.length > 0) return { kind: 'refused', problems };
  const parsed = schema.safeParse(valueOf(document));
  if (parsed.success) return { kind: 'parsed', value: parsed.data };
  return { kind: 'refused', problems: parsed.error.issues.flatMap((issue) => problemsOf(issue, document, lines)) };
}

/** An alias that is repeated a hundred times is an attack on memory, not a configuration. */
function valueOf(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch {
    return null;
  }
}

type Path = readonly PropertyKey[];

function problemsOf(issue: z.core.$ZodIssue, document: Document, lines: LineCounter): ConfigProblem[] {
  const at = (path: Path, message: string): ConfigProblem => {
    return { path: pathText(path), line: lineOf(document, lines, path), message };
  };
  if (issue.code !== 'unrecognized_keys') return [at(issue.path, issue.message)];
  return issue.keys.map((key) => at([...issue.path, key], 'unknown setting'));
}

function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

/** Of the setting, or of the nearest one around it that is there. */
function lineOf(document: Document, lines: LineCounter, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const offset = offsetOf(document, path.slice(0, length));
    if (offset !== null) return lines.linePos(offset).line;
  }
  return 1;
}

function offsetOf(document: Document, path: Path): number | null {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === last);
    return isPair(pair) && isScalar(pair.key) ? (pair.key.range?.[0] ?? null) : null;
  }
  const node = document.getIn(path, true);
  return isNode(node) ? (node.range?.[0] ?? null) : null;
}
