import { accessSync, constants } from 'node:fs';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import type { BlobPlace } from './blobs/place.js';
import { type ConfigFile, readConfigFile } from './config-file.js';
import { RelayError } from './error.js';
import type { TlsFiles } from './http/tls.js';
import type { Quotas } from './quotas/quota.js';
import { weakSecrets } from './secrets.js';
import {
  ENVIRONMENT,
  type SettingInputs,
  type SettingName,
  type SettingProblem,
  type Settings,
  isSettingName,
  parseSettings,
} from './settings.js';

export type { WebSource } from './settings.js';

const DAY_MS = 86_400_000;
const GIBIBYTE = 1024 ** 3;

export interface RelayLimits {
  /** Bytes of one envelope, of the plaintext of one payload. */
  readonly payloadBytes: number;
  readonly expiresDaysMin: number;
  readonly expiresDaysMax: number;
}

/** A day less an hour: the sender's clock may run behind. */
export const CLOCK_SLACK_MS = 3_600_000;
export { DAY_MS };

const LIMITS: RelayLimits = { payloadBytes: 1024 * GIBIBYTE, expiresDaysMin: 1, expiresDaysMax: 365 };

export type RelayOptions = {
  readonly [Name in keyof SettingInputs]?: SettingInputs[Name] | undefined;
} & {
  /** A YAML or JSON file with settings by these names. */
  readonly config?: string | undefined;
};

export type RelayConfig = Omit<Settings, 'blobs'> & {
  /** Absolute. */
  readonly dataDir: string;
  readonly blobs: BlobPlace;
  readonly limits: RelayLimits;
  readonly quotas: Quotas;
  readonly tls: TlsFiles | null;
  /** What is in force and where it comes from, without secrets. */
  readonly shown: readonly ShownSetting[];
  /** Variables that look like settings and are none: mostly a slip of the pen. */
  readonly unknownVariables: readonly string[];
};

export type SettingSource = 'option' | 'environment' | 'file' | 'default';

/** A setting as it may be shown to anybody. */
export interface ShownSetting {
  readonly name: SettingName;
  readonly value: string;
  readonly source: SettingSource;
}

const CONFIG_VARIABLE = 'BILDBOTE_CONFIG';

/**
 * Options over environment over file over defaults. The only place that reads the environment.
 * @param purpose `serve` also looks at files that are named, and refuses secrets that are none: who only looks after a relay needs neither
 * @throws RelayError `config-invalid`, naming every setting that is wrong
 */
export function loadConfig(
  options: RelayOptions = {},
  environment: NodeJS.ProcessEnv = process.env,
  purpose: 'serve' | 'administer' = 'administer',
): RelayConfig {
  const { config: path = environment[CONFIG_VARIABLE] || undefined, ...given } = options;
  const file = path === undefined ? null : readConfigFile(resolve(path));
  const gathered = gather(given, environment, file);
  const parsed = parseSettings(Object.fromEntries([...gathered].map(([name, { value }]) => [name, value])));
  const problems = [
    ...(file?.problems ?? []),
    ...(parsed.kind === 'refused' ? parsed.problems : purpose === 'serve' ? obstacles(parsed.settings) : []).map(
      (problem) => describe(problem, gathered.get(problem.name), file),
    ),
    ...(purpose === 'serve' ? exposed(file) : []),
  ];
  if (parsed.kind === 'refused' || problems.length > 0) throw new RelayError('config-invalid', problems.join('; '));
  return configOf(parsed.settings, gathered, environment);
}

type Gathered = ReadonlyMap<SettingName, { readonly value: unknown; readonly source: SettingSource }>;

function gather(
  options: Readonly<Record<string, unknown>>,
  environment: NodeJS.ProcessEnv,
  file: ConfigFile | null,
): Gathered {
  const gathered = new Map<SettingName, { value: unknown; source: SettingSource }>();
  for (const [name, { value }] of file?.values ?? []) gathered.set(name, { value, source: 'file' });
  for (const [name, variable] of Object.entries(ENVIRONMENT)) {
    const value = environment[variable];
    if (value && isSettingName(name)) gathered.set(name, { value, source: 'environment' });
  }
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && isSettingName(name)) gathered.set(name, { value, source: 'option' });
  }
  return gathered;
}

function configOf(settings: Settings, gathered: Gathered, environment: NodeJS.ProcessEnv): RelayConfig {
  const { dataDir, tlsCert, tlsKey, quotaBytes, messagesPerDay, parallelUploads } = settings;
  return {
    ...settings,
    dataDir: resolve(dataDir),
    blobs: placeOf(settings),
    limits: LIMITS,
    quotas: { quotaBytes, messagesPerDay, parallelUploads },
    tls: tlsCert === undefined || tlsKey === undefined ? null : { cert: resolve(tlsCert), key: resolve(tlsKey) },
    shown: Object.entries(settings).flatMap(([name, value]) => {
      if (!isSettingName(name) || value === undefined) return [];
      return [{ name, value: shownValue(name, value), source: gathered.get(name)?.source ?? 'default' }];
    }),
    unknownVariables: Object.keys(environment).filter(isUnknownVariable),
  };
}

/** What keeps a relay with these settings from serving. */
function obstacles(settings: Settings): SettingProblem[] {
  const files = (['tlsCert', 'tlsKey', 'witnesses', 'pgBin'] as const).flatMap((name): SettingProblem[] => {
    const path = settings[name];
    return path === undefined || isReadable(path) ? [] : [{ name, message: 'cannot be read' }];
  });
  return [...files, ...weakSecrets(settings)];
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

const SECRETS: readonly SettingName[] = ['databaseUrl', 's3SecretAccessKey', 'metricsToken'];

function exposed(file: ConfigFile | null): string[] {
  if (file === null || !file.isReadableByAll) return [];
  const secrets = SECRETS.filter((name) => file.values.has(name));
  return secrets.length === 0 ? [] : [`${file.path}: holds ${secrets.join(', ')} and everybody may read it: chmod 600`];
}

function describe(
  { name, message }: SettingProblem,
  given: { readonly source: SettingSource } | undefined,
  file: ConfigFile | null,
): string {
  const line = given?.source === 'file' ? file?.values.get(name)?.line : undefined;
  return `${name} (${line === undefined ? ENVIRONMENT[name] : `${file?.path ?? ''} line ${line}`}): ${message}`;
}

function shownValue(name: SettingName, value: unknown): string {
  if (name === 'databaseUrl') return shownDatabase(String(value));
  if (SECRETS.includes(name) || name === 's3AccessKeyId') return 'set';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Where it is, and not how to get in. */
export function shownDatabase(databaseUrl: string): string {
  const { protocol, host, pathname } = new URL(databaseUrl);
  return `${protocol}//${host}${pathname}`;
}

/** Other programs of this repository read these. */
const OTHER_VARIABLES =
  /^BILDBOTE_(CONFIG|PASSPHRASE|NEW_PASSPHRASE|KEYSTORE_SLOT|PAIRING|RECOVERY|SHARED|TEST_.*|CAMPAIGN_.*)$/;

function isUnknownVariable(variable: string): boolean {
  const isKnown = Object.values<string>(ENVIRONMENT).includes(variable) || OTHER_VARIABLES.test(variable);
  return variable.startsWith('BILDBOTE_') && !isKnown;
}

function placeOf({ dataDir, blobs: place, ...s3 }: Settings): BlobPlace {
  if (place === undefined) return { kind: 'disk', folder: join(resolve(dataDir), 'blobs') };
  if (place.startsWith('disk:')) return { kind: 'disk', folder: resolve(place.slice('disk:'.length)) };
  const [bucket = '', ...path] = place.slice('s3://'.length).split('/').filter(Boolean);
  const { s3AccessKeyId: accessKeyId, s3SecretAccessKey: secretAccessKey } = s3;
  return {
    kind: 's3',
    bucket,
    prefix: path.map((part) => `${part}/`).join(''),
    endpoint: s3.s3Endpoint ?? null,
    region: s3.s3Region,
    publicEndpoint: s3.s3PublicEndpoint ?? null,
    isDirect: s3.direct === 'on',
    credentials: accessKeyId === undefined || secretAccessKey === undefined ? null : { accessKeyId, secretAccessKey },
  };
}

/** The setting `blobs` that leads to this place. */
export function settingOf(place: BlobPlace): string {
  return place.kind === 'disk' ? `disk:${place.folder}` : `s3://${place.bucket}/${place.prefix}`;
}

/** The URL under which a server that listens on `host` is reached from this machine. */
export function urlOf(host: string, portNumber: number, scheme: 'http' | 'https'): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `${scheme}://${isIP(reachable) === 6 ? `[${reachable}]` : reachable}:${portNumber}`;
}
