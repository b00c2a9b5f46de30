import { loadConfig } from '../../gateway/config/load.js';
import { keysFolder } from '../../gateway/http-side.js';
import { type ApiKey, type KeyFolder, openKeys, type Scope, SCOPES } from '../../gateway/http/keys.js';
import { type Output } from '../output.js';
import { UsageError } from '../usage-error.js';

export interface KeyOptions {
  readonly config: string;
}

const MAX_NAME = 80;

/** `bildbote gateway key add NAME --scope …`: works on the file, whether the gateway runs or not. */
export async function runKeyAdd(
  name: string,
  options: KeyOptions & { readonly scope: readonly string[] },
  output: Output,
): Promise<void> {
  if (name.trim() === '' || name.length > MAX_NAME) throw new UsageError('key add: a name of 1 to 80 characters');
  const { key, token } = await (await keysOf(options)).add(name, scopesOf(options.scope));
  output.result({ ...keyJson(key), token }, token);
}

export async function runKeyList(options: KeyOptions, output: Output): Promise<void> {
  for (const key of await (await keysOf(options)).list()) {
    const ended = key.revokedAt === null ? '' : `  (${output.language === 'de' ? 'widerrufen' : 'revoked'})`;
    output.result(keyJson(key), `${key.id}  ${key.name}  ${key.scopes.join(', ')}${ended}`);
  }
}

export async function runKeyRevoke(id: string, options: KeyOptions, output: Output): Promise<void> {
  const key = await (await keysOf(options)).revoke(id);
  if (key === null) throw new UsageError('key revoke: no key of this id');
  output.result(keyJson(key), `${key.id}  ${output.language === 'de' ? 'widerrufen' : 'revoked'}`);
}

async function keysOf({ config }: KeyOptions): Promise<KeyFolder> {
  return openKeys(keysFolder((await loadConfig(config)).data));
}

/** Nobody gets everything by saying nothing. */
function scopesOf(wanted: readonly string[]): readonly Scope[] {
  if (wanted.length === 1 && wanted[0] === 'all') return SCOPES;
  const scopes = SCOPES.filter((scope) => wanted.includes(scope));
  if (scopes.length === 0 || scopes.length !== new Set(wanted).size) {
    throw new UsageError(`--scope: all, or some of ${SCOPES.join(', ')}`);
  }
  return scopes;
}

function keyJson({ id, name, scopes, createdAt, revokedAt }: ApiKey): Record<string, unknown> {
  return { id, name, scopes, createdAt, revokedAt };
}
