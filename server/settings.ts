import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { parseRegistrarId } from '../crypto/wire/ids.js';

/** What can be set, and what each value may be (docs/operations.md#settings). */

const GIBIBYTE = 1024 ** 3;

/** Each name is a key of the configuration file, an option of `startRelay`, and has an environment variable. */
export const ENVIRONMENT = {
  port: 'BILDBOTE_PORT',
  host: 'BILDBOTE_HOST',
  origin: 'BILDBOTE_ORIGIN',
  dataDir: 'BILDBOTE_DATA',
  databaseUrl: 'DATABASE_URL',
  blobs: 'BILDBOTE_BLOBS',
  s3Endpoint: 'BILDBOTE_S3_ENDPOINT',
  s3PublicEndpoint: 'BILDBOTE_S3_PUBLIC_ENDPOINT',
  s3Region: 'BILDBOTE_S3_REGION',
  s3AccessKeyId: 'BILDBOTE_S3_ACCESS_KEY_ID',
  s3SecretAccessKey: 'BILDBOTE_S3_SECRET_ACCESS_KEY',
  direct: 'BILDBOTE_DIRECT',
  witnesses: 'BILDBOTE_WITNESSES',
  pgBin: 'BILDBOTE_PG_BIN',
  logLevel: 'BILDBOTE_LOG_LEVEL',
  trustProxy: 'BILDBOTE_TRUST_PROXY',
  rateLimit: 'BILDBOTE_RATE_LIMIT',
  orphanGraceMs: 'BILDBOTE_ORPHAN_GRACE_MS',
  tlsCert: 'BILDBOTE_TLS_CERT',
  tlsKey: 'BILDBOTE_TLS_KEY',
  plainHttp: 'BILDBOTE_PLAIN_HTTP',
  registrars: 'BILDBOTE_REGISTRARS',
  web: 'BILDBOTE_WEB',
  metricsPort: 'BILDBOTE_METRICS_PORT',
  metricsHost: 'BILDBOTE_METRICS_HOST',
  metricsToken: 'BILDBOTE_METRICS_TOKEN',
  quotaBytes: 'BILDBOTE_QUOTA_BYTES',
  messagesPerDay: 'BILDBOTE_MESSAGES_PER_DAY',
  parallelUploads: 'BILDBOTE_PARALLEL_UPLOADS',
  deleteAcknowledged: 'BILDBOTE_DELETE_ACKNOWLEDGED',
} as const;

export type SettingName = keyof typeof ENVIRONMENT;

const port = z.coerce.number().int().min(0).max(65_535);
const origin = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && ['http:', 'https:'].includes(url.protocol) && [url.origin, `${url.origin}/`].includes(text)) {
    return url.origin;
  }
  context.addIssue({ code: 'custom', message: 'must be scheme, host and port only, like https://relay.example' });
  return z.NEVER;
});
const databaseUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\//, 'must begin with postgres://')
  .refine((text) => URL.canParse(text), 'must be an address like postgres://USER:PASSWORD@HOST/NAME');
const blobs = z
  .string()
  .regex(
    /^(disk:.+|s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w./-]*)?)$/,
    'must be disk:FOLDER or s3://BUCKET/PREFIX',
  );
/** Ciphertext only, but who reads the wire between relay and store sees every size and time: TLS, unless it stays on this machine. */
const s3Endpoint = z.string().refine((text) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname)));
}, 'must be an https address, or http on this machine');
/** `off`, or how many proxies stand in front and write X-Forwarded-For. */
const trustProxy = z.union([z.literal('off'), z.coerce.number().int().min(1).max(8)], {
  error: 'must be off, or a number from 1 to 8',
});
/** Ids of registrars whose word counts here, with commas between them. */
const registrars = z.union([z.string(), z.array(z.string())]).transform((text, context) => {
  try {
    return [text]
      .flat()
      .flatMap((ids) => ids.split(','))
      .map((id) => parseRegistrarId(id.trim()));
  } catch {
    context.addIssue({ code: 'custom', message: 'must be ids of registrars: 64 hex digits each, with commas between' });
    return z.NEVER;
  }
});
/** Where the built web client lies, or that there is none to serve. */
const web = z
  .string()
  .regex(/^(off|built|dir:.+)$/, 'must be off, built or dir:FOLDER')
  .transform((text): WebSource => {
    if (text === 'off' || text === 'built') return { kind: text };
    return { kind: 'folder', folder: resolve(text.slice('dir:'.length)) };
  });

export type WebSource = { readonly kind: 'off' | 'built' } | { readonly kind: 'folder'; readonly folder: string };

/** A blob is older than its row by moments; a sweep that is quicker than that would destroy parts. */
const MIN_ORPHAN_GRACE_MS = 60_000;

export const settings = z.object({
  port: port.default(8080),
  host: z.string().min(1).default('127.0.0.1'),
  origin: origin.optional(),
  dataDir: z
    .string()
    .min(1)
    .default(join(homedir(), '.local', 'share', 'bildbote', 'relay')),
  databaseUrl: databaseUrl.optional(),
  blobs: blobs.optional(),
  s3Endpoint: s3Endpoint.optional(),
  /** Where clients reach the store, when that is not where the relay does. */
  s3PublicEndpoint: s3Endpoint.optional(),
  s3Region: z.string().min(1).default('us-east-1'),
  s3AccessKeyId: z.string().min(1).optional(),
  s3SecretAccessKey: z.string().min(1).optional(),
  /** Whether parts go to and from the store past the relay (docs/spec/relay-api.md §16). */
  direct: z.enum(['on', 'off']).default('off'),
  /** File with witness, group and quorum lines (docs/spec/directory.md §7). */
  witnesses: z.string().min(1).optional(),
  pgBin: z.string().min(1).optional(),
  logLevel: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug']).default('info'),
  trustProxy: trustProxy.default('off'),
  rateLimit: z.enum(['on', 'off']).default('on'),
  registrars: registrars.default([]),
  orphanGraceMs: z.coerce.number().int().min(MIN_ORPHAN_GRACE_MS).default(3_600_000),
  tlsCert: z.string().min(1).optional(),
  tlsKey: z.string().min(1).optional(),
  plainHttp: z.enum(['on', 'off']).default('off'),
  web: web.default({ kind: 'built' }),
  metricsPort: z.union([z.literal('off'), port], { error: 'must be off, or a port' }).default('off'),
  metricsHost: z.string().min(1).default('127.0.0.1'),
  metricsToken: z.string().min(1).optional(),
  quotaBytes: z.coerce
    .number()
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .default(500 * GIBIBYTE),
  messagesPerDay: z.coerce.number().int().min(1).max(1_000_000).default(20_000),
  parallelUploads: z.coerce.number().int().min(1).max(10_000).default(64),
  /** `off`, or days after the last device's acknowledgement. */
  deleteAcknowledged: z
    .union([z.literal('off'), z.coerce.number().int().min(0).max(365)], { error: 'must be off, or 0 to 365 days' })
    .default('off'),
});

export type Settings = z.output<typeof settings>;
export type SettingInputs = z.input<typeof settings>;

/** A setting that is wrong, and why. Its value is never quoted: it may be a secret. */
export interface SettingProblem {
  readonly name: SettingName;
  readonly message: string;
}

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(ENVIRONMENT, name);
}

/** The settings, or everything that is wrong with any of them, at once. */
export function parseSettings(
  given: Readonly<Record<string, unknown>>,
):
  | { readonly kind: 'parsed'; readonly settings: Settings }
  | { readonly kind: 'refused'; readonly problems: SettingProblem[] } {
  const parsed = settings.safeParse(given);
  const malformed = (parsed.error?.issues ?? []).map(({ path, message }) => ({
    name: path[0] as SettingName,
    message,
  }));
  // What is malformed itself contradicts nothing: the others are looked at all the same.
  const wellFormed = Object.entries(settings.shape).flatMap(([name, field]) => {
    const one = field.safeParse(given[name]);
    return one.success ? [[name, one.data] as const] : [];
  });
  const problems = [...malformed, ...contradictions(Object.fromEntries(wellFormed))];
  if (parsed.success && problems.length === 0) return { kind: 'parsed', settings: parsed.data };
  return { kind: 'refused', problems };
}

/** Settings that only make sense together. */
function contradictions(given: Partial<Settings>): SettingProblem[] {
  const problems: SettingProblem[] = [];
  const wrong = (name: SettingName, message: string): void => void problems.push({ name, message });
  const pair = (a: SettingName, b: SettingName, message: string): void => {
    if ((given[a] === undefined) !== (given[b] === undefined)) wrong(given[a] === undefined ? a : b, message);
  };
  pair('s3AccessKeyId', 's3SecretAccessKey', 'key id and secret belong together');
  pair('tlsCert', 'tlsKey', 'certificate and key belong together');
  const isOpen = given.host !== undefined && !isLoopback(given.host) && given.tlsCert === undefined;
  if (isOpen && given.trustProxy === 'off' && given.plainHttp === 'off') {
    wrong(
      'host',
      'beyond this machine only with TLS (tlsCert, tlsKey), behind a proxy (trustProxy), or with plainHttp=on',
    );
  }
  const publicName = given.origin?.startsWith('http:') === true ? new URL(given.origin).hostname : null;
  if (publicName !== null && !isLoopback(publicName) && given.plainHttp === 'off') {
    wrong('origin', 'practices would reach it without TLS: https, or plainHttp=on');
  }
  const areMetricsOpen = given.metricsHost !== undefined && !isLoopback(given.metricsHost);
  if (areMetricsOpen && given.metricsToken === undefined) {
    wrong('metricsToken', 'numbers are for whoever has it, beyond this machine: set one');
  }
  const isOnDisk = given.blobs === undefined || given.blobs.startsWith('disk:');
  if (given.direct === 'on' && isOnDisk) wrong('direct', 'only with parts in an S3 store (blobs)');
  return problems;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127\./.test(host);
}
