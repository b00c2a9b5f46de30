import type { SettingName, SettingProblem, Settings } from './settings.js';
import { isLoopback } from './settings.js';

/** Secrets that are none: what manuals print, what is short, what repeats. A relay does not start with them. */

const MIN_SECRET_CHARACTERS = 12;
const MIN_DIFFERENT_CHARACTERS = 5;

/** What databases, object stores and their examples come with. Compared in lower case, without digits and marks at the end. */
const DEFAULTS = new Set([
  'admin',
  'administrator',
  'at-least-12-random-characters',
  'bildbote',
  'bildbotebildbote',
  'changeme',
  'changethis',
  'changemeplease',
  'default',
  'example',
  'examplepassword',
  'letmein',
  'masterpassword',
  'minio',
  'minioadmin',
  'miniosecret',
  'minioskey',
  'mysecretpassword',
  'password',
  'passwordpassword',
  'passwort',
  'postgres',
  'postgrespassword',
  'postgrespostgres',
  'rustfsadmin',
  'secret',
  'secretkey',
  'secretpassword',
  'supersecret',
  'supersecretpassword',
  'testpassword',
  'yourpassword',
  'yoursecretkey',
  'yourstrongpassword',
  'yourstrong!passw0rd',
  'wjalrxutnfemi/k7mdeng/bpxrficyexamplekey',
]);

/** @returns why it is no secret, or null */
export function weaknessOf(secret: string, user = ''): string | null {
  const folded = secret.toLowerCase();
  const core = folded.replaceAll(/[\s_-]/g, '').replace(/[^a-z]+$/, '');
  if (DEFAULTS.has(folded) || DEFAULTS.has(core)) return 'is a password that everybody knows';
  if (secret.length < MIN_SECRET_CHARACTERS) return `is too short for a secret: ${MIN_SECRET_CHARACTERS} characters`;
  if (user !== '' && folded === user.toLowerCase()) return 'is the name of its user';
  if (new Set(secret).size < MIN_DIFFERENT_CHARACTERS) return 'repeats too few characters for a secret';
  return null;
}

/** Every setting that is to be secret and is not. */
export function weakSecrets(settings: Settings): SettingProblem[] {
  const problems: SettingProblem[] = [];
  const check = (name: SettingName, secret: string | undefined, user?: string): void => {
    const weakness = secret === undefined ? null : weaknessOf(secret, user);
    if (weakness !== null) problems.push({ name, message: weakness });
  };
  check('s3SecretAccessKey', settings.s3SecretAccessKey, settings.s3AccessKeyId);
  check('metricsToken', settings.metricsToken);
  const database = settings.databaseUrl === undefined ? null : databaseWeakness(settings.databaseUrl);
  if (database !== null) problems.push({ name: 'databaseUrl', message: database });
  return problems;
}

/** Without a password PostgreSQL may know the caller by his certificate, his system user, or a file: on this machine, or by TLS. */
function databaseWeakness(text: string): string | null {
  const url = new URL(text);
  const password = decodeURIComponent(url.password) || url.searchParams.get('password') || '';
  if (password !== '') {
    const weakness = weaknessOf(password, decodeURIComponent(url.username));
    return weakness === null ? null : `its password ${weakness}`;
  }
  const host = url.hostname || url.searchParams.get('host') || '';
  const isHere = host === '' || host.startsWith('/') || isLoopback(host);
  const hasCertificate = url.searchParams.has('sslcert');
  return isHere || hasCertificate ? null : 'has no password, and the server is another machine';
}
