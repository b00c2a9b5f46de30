import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { RelayError } from './error.js';

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
  pgBin: 'BILDBOTE_PG_BIN',
  logLevel: 'BILDBOTE_LOG_LEVEL',
  trustProxy: 'BILDBOTE_TRUST_PROXY',
  rateLimit: 'BILDBOTE_RATE_LIMIT',
  orphanGraceMs: 'BILDBOTE_ORPHAN_GRACE_MS',
  web: 'BILDBOTE_WEB',
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
const blobs = z.string().regex(/^disk:.+$/, 'must be disk:FOLDER');
/** `off`, or how many proxies stand in front and write X-Forwarded-For. */
const trustProxy = z.union([z.literal('off'), z.coerce.number().int().min(1).max(8)]);

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

const schema = z.object({
  port: port.default(8080),
  host: z.string().min(1).default('127.0.0.1'),
  origin: origin.optional(),
  dataDir: z
    .string()
    .min(1)
    .default(join(homedir(), '.local', 'share', 'bildbote', 'relay')),
  databaseUrl: databaseUrl.optional(),
  blobs: blobs.optional(),
  pgBin: z.string().min(1).optional(),
  logLevel: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug']).default('info'),
  trustProxy: trustProxy.default('off'),
  rateLimit: z.enum(['on', 'off']).default('on'),
  orphanGraceMs: z.coerce.number().int().min(MIN_ORPHAN_GRACE_MS).default(3_600_000),
  web: web.default({ kind: 'built' }),
});

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

export type RelayConfig = Omit<z.output<typeof schema>, 'blobs'> & {
  /** Absolute. */
  readonly dataDir: string;
  /** Absolute folder of the disk store. */
  readonly blobsDir: string;
  readonly limits: RelayLimits;
};

/**
 * Options over environment over defaults. The only place that reads the environment.
 * @throws RelayError `config-invalid`, naming every setting that is wrong
 */
export function loadConfig(options: RelayOptions = {}, environment: NodeJS.ProcessEnv = process.env): RelayConfig {
  const parsed = schema.safeParse({ ...fromEnvironment(environment), ...defined(options) });
  if (!parsed.success) throw new RelayError('config-invalid', describe(parsed.error));
  const { blobs: store, ...rest } = parsed.data;
  const dataDir = resolve(rest.dataDir);
  const blobsDir = store === undefined ? join(dataDir, 'blobs') : resolve(store.slice('disk:'.length));
  return { ...rest, dataDir, blobsDir, limits: LIMITS };
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

/** The URL under which a server that listens on `host` is reached from this machine. */
export function urlOf(host: string, portNumber: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${isIP(reachable) === 6 ? `[${reachable}]` : reachable}:${portNumber}`;
}
