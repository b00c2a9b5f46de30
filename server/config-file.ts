import { readFileSync, statSync } from 'node:fs';
import { LineCounter, isMap, isScalar, parseDocument } from 'yaml';
import { type SettingName, isSettingName } from './settings.js';

/** The configuration file: YAML 1.2 or JSON, one setting a line, nothing that is not a setting. */

export interface ConfigFile {
  readonly path: string;
  readonly values: ReadonlyMap<SettingName, { readonly value: unknown; readonly line: number }>;
  /** Whether anybody on this machine may read it. */
  readonly isReadableByAll: boolean;
  /** What is wrong with the file itself. */
  readonly problems: readonly string[];
}

/** More is no configuration. */
const MAX_BYTES = 256 * 1024;
const OTHERS_READ = 0o004;

/** Read once, before anything else happens; nothing of it is quoted in a problem, because it may be a secret. */
export function readConfigFile(path: string): ConfigFile {
  const nothing = { path, values: new Map(), isReadableByAll: false };
  try {
    const { size, mode } = statSync(path);
    if (size > MAX_BYTES) return { ...nothing, problems: [`${path}: over 256 KiB`] };
    const isReadableByAll = process.platform !== 'win32' && (mode & OTHERS_READ) !== 0;
    return { ...parse(path, readFileSync(path, 'utf8')), path, isReadableByAll };
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    return { ...nothing, problems: [`${path}: cannot be read: ${code}`] };
  }
}

function parse(path: string, text: string): Pick<ConfigFile, 'values' | 'problems'> {
  const lines = new LineCounter();
  const lineAt = (offset: number | undefined): number => lines.linePos(offset ?? 0).line;
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const broken = [...document.errors, ...document.warnings].map(
    ({ pos, code }) => `${path} line ${lineAt(pos[0])}: no valid YAML or JSON (${code.toLowerCase()})`,
  );
  const values = new Map<SettingName, { value: unknown; line: number }>();
  if (broken.length > 0 || document.contents === null) return { values, problems: broken };
  if (!isMap(document.contents)) return { values, problems: [`${path}: must be settings, one a line: NAME: VALUE`] };
  const problems: string[] = [];
  // An alias repeated a thousand times is an attack on memory, and no setting needs one.
  const plain = document.toJS({ maxAliasCount: 0 }) as Readonly<Record<string, unknown>>;
  for (const { key } of document.contents.items) {
    const name = isScalar(key) ? String(key.value) : '';
    const line = lineAt(isScalar(key) ? key.range?.[0] : undefined);
    if (isSettingName(name)) values.set(name, { value: plain[name] ?? undefined, line });
    else problems.push(`${path} line ${line}: there is no such setting`);
  }
  return { values, problems };
}
