import type { IncomingHttpHeaders } from 'node:http';
import { type ApiKey, type KeyFolder, type Scope } from './keys.js';
import { Problem } from './problem.js';

/**
 * The caller by its key: `Authorization: Bearer KEY`, or `Basic` with the key as password for DICOM programs that know nothing else.
 * A browser is never asked for either, so no page can use what somebody once typed. @throws Problem
 */
export async function authenticate(keys: KeyFolder, headers: IncomingHttpHeaders, scope: Scope): Promise<ApiKey> {
  const token = tokenOf(headers.authorization ?? '');
  const key = token === null ? null : await keys.find(token);
  if (key === null) throw new Problem('key-required');
  if (!key.scopes.includes(scope)) throw new Problem('scope-missing', { detail: `needs the scope ${scope}` });
  return key;
}

const BEARER = /^Bearer ([A-Za-z0-9_-]{1,128})$/i;
const BASIC = /^Basic ([A-Za-z0-9+/=]{1,400})$/i;

function tokenOf(header: string): string | null {
  const bearer = BEARER.exec(header)?.[1];
  if (bearer !== undefined) return bearer;
  const basic = BASIC.exec(header)?.[1];
  if (basic === undefined) return null;
  const text = Buffer.from(basic, 'base64').toString('latin1');
  return text.includes(':') ? text.slice(text.indexOf(':') + 1) : null;
}
