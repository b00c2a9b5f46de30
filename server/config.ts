import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import type { BlobPlace } from './blobs/place.js';
import { parseRegistrarId } from '../crypto/wire/ids.js';
import { RelayError } from './error.js';
import type { TlsFiles } from './http/tls.js';
import type { Quotas } from './quotas/quota.js';

const DAY_MS = 86_400_000;
const GIBIBYTE = 1024 ** 3;

/** Each name is an option of `startRelay` and, where it has one, an environment variable; options win. */
const ENVIRONMENT = {
  port: 'BILDBOTE_PORT',
  host: 'BILDBOTE_HOST',
  origin: 'BILDBOTE_ORIGIN',
  dataDir: 'BILDBOTE_DATA',
  databaseUrl: 'DATABASE_URL',
  blobs: 'BILDBOTE_BLOBS',
  s3Endpoint: 'BILDBOTE_S3_ENDPOINT',
  s3Region: 'BILDBOTE_S3_REGION',
  s3AccessKeyId: 'BILDBOTE_S3_ACCESS_KEY_ID',
  s3SecretAccessKey: 'BILDBOTE_S3_SECRET_ACCESS_KEY',
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
  quotaBytes: 'BILDBOTE_QUOTA_BYTES',
  messagesPerDay: 'BILDBOTE_MESSAGES_PER_DAY',
  parallelUploads: 'BILDBOTE_PARALLEL_UPLOADS',
  deleteAcknowledged: 'BILDBOTE_DELETE_ACKNOWLEDGED',
} as const;

const port = z.coerce.number().int().min(0).max(65_535);
const origin = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && ['http:', 'https:'].includes(url.protocol) && [url.origin, `${url.origin}/`].includes(text)) {
    return url.origin;
  }
  context.addIssue({ code: 'custom', message: 'must be scheme, host and port only, like https://relay.example' });
  return z.NEVER;
});
const databaseUrl = z.string().regex(/^postgres(ql)?:\/\//, 'must begin with postgres://');
const blobs = z
  .string()
  .regex(
    /^(disk:.+|s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w./-]*)?)$/,
    'must be disk:FOLDER or s3://BUCKET/PREFIX',
  );
/** Ciphertext only, but who reads the wire between relay and store sees every size and time: TLS, unless it stays on this machine. */
const s3Endpoint = z.string().refine((text) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isLocal = ['127.0.0.1', '[::1]', 'localhost'].includes(url?.hostname ?? '');
  return url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isLocal));
}, 'must be an https address, or http on this machine');
/** `off`, or how many proxies stand in front and write X-Forwarded-For. */
const trustProxy = z.union([z.literal('off'), z.coerce.number().int().min(1).max(8)]);

/** Ids of registrars whose word counts here, with commas between them. */
const registrars = z.string().transform((text, context) => {
  try {
    return text.split(',').map((id) => parseRegistrarId(id.trim()));
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

const fields = z.object({
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
  s3Region: z.string().min(1).default('us-east-1'),
  s3AccessKeyId: z.string().min(1).optional(),
  s3SecretAccessKey: z.string().min(8, 'is too short to be a secret').optional(),
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
  metricsPort: z.union([z.literal('off'), port]).default('off'),
  quotaBytes: z.coerce
    .number()
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .default(500 * GIBIBYTE),
  messagesPerDay: z.coerce.number().int().min(1).max(1_000_000).default(20_000),
  parallelUploads: z.coerce.number().int().min(1).max(10_000).default(64),
  /** `off`, or days after the last device's acknowledgement. */
  deleteAcknowledged: z.union([z.literal('off'), z.coerce.number().int().min(0).max(365)]).default('off'),
});

/** Settings that only make sense together. */
const schema = fields.superRefine((settings, context) => {
  const wrong = (name: keyof typeof settings, message: string): void =>
    context.addIssue({ code: 'custom', path: [name], message });
  const pair = (a: keyof typeof settings, b: keyof typeof settings, message: string): void => {
    if ((settings[a] === undefined) !== (settings[b] === undefined)) wrong(settings[a] === undefined ? a : b, message);
  };
  pair('s3AccessKeyId', 's3SecretAccessKey', 'key id and secret belong together');
  pair('tlsCert', 'tlsKey', 'certificate and key belong together');
  const isOpen = !isLoopback(settings.host) && settings.tlsCert === undefined;
  if (isOpen && settings.trustProxy === 'off' && settings.plainHttp === 'off') {
    wrong(
      'host',
      'beyond this machine only with TLS (tlsCert, tlsKey), behind a proxy (trustProxy), or with plainHttp=on',
    );
  }
});

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

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
  readonly [Name in keyof z.input<typeof schema>]?: z.input<typeof schema>[Name] | undefined;
};

type Parsed = z.output<typeof schema>;

export type RelayConfig = Omit<Parsed, 'blobs'> & {
  /** Absolute. */
  readonly dataDir: string;
  readonly blobs: BlobPlace;
  readonly limits: RelayLimits;
  readonly quotas: Quotas;
  readonly tls: TlsFiles | null;
};

/**
 * Options over environment over defaults. The only place that reads the environment.
 * @throws RelayError `config-invalid`, naming every setting that is wrong
 */
export function loadConfig(options: RelayOptions = {}, environment: NodeJS.ProcessEnv = process.env): RelayConfig {
  const parsed = schema.safeParse({ ...fromEnvironment(environment), ...defined(options) });
  if (!parsed.success) throw new RelayError('config-invalid', describe(parsed.error));
  const { dataDir, tlsCert, tlsKey, quotaBytes, messagesPerDay, parallelUploads } = parsed.data;
  return {
    ...parsed.data,
    dataDir: resolve(dataDir),
    blobs: placeOf(parsed.data),
    limits: LIMITS,
    quotas: { quotaBytes, messagesPerDay, parallelUploads },
    tls: tlsCert === undefined || tlsKey === undefined ? null : { cert: resolve(tlsCert), key: resolve(tlsKey) },
  };
}

function placeOf({ dataDir, blobs: place, ...s3 }: Parsed): BlobPlace {
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
    credentials: accessKeyId === undefined || secretAccessKey === undefined ? null : { accessKeyId, secretAccessKey },
  };
}

function fromEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const entries = Object.entries(ENVIRONMENT).map(([name, variable]) => [name, environment[variable]] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => Boolean(entry[1])));
}

function defined(options: RelayOptions): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function describe(error: z.ZodError): string {
  const lines = error.issues.map((issue) => {
    const name = String(issue.path[0]);
    const variable = ENVIRONMENT[name as keyof typeof ENVIRONMENT] as string | undefined;
    return `${name}${variable === undefined ? '' : ` (${variable})`}: ${issue.message}`;
  });
  return lines.join('; ');
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
