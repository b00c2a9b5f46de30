import type { IncomingMessage } from 'node:http';
import { createApp } from './app.js';
import { recordAudit } from './audit/record.js';
import { openAuditSigner, startSealing } from './audit/seal.js';
import { openBlobs } from './blobs/open.js';
import type { BlobStore } from './blobs/store.js';
import { type Closers, createClosers } from './closers.js';
import { type RelayConfig, type RelayOptions, type ShownSetting, loadConfig, settingOf, urlOf } from './config.js';
import { lockDataFolder, saveRelayRecord } from './data-folder.js';
import { LOCKS } from './db/advisory-lock.js';
import { isUnavailable } from './db/errors.js';
import { migrateToLatest } from './db/migrate.js';
import { type Database, openDatabase } from './db/open.js';
import { loadWitnesses, openDirectoryLog } from './directory-log/directory-log.js';
import { startEmbeddedPostgres } from './embedded-postgres/start.js';
import { RelayError } from './error.js';
import { startHints } from './hints/hints.js';
import {
  DEFAULT_RATES,
  DEVICE_RATES,
  ENROL_RATES,
  type Limiter,
  RECOVERY_RATES,
  type RateLimits,
  clientAddress,
  createLimiter,
} from './http/rate-limit.js';
import { createHttpServer, listen } from './http/serve.js';
import { loadTls, reloadTls } from './http/tls.js';
import { housekeeping } from './housekeeping.js';
import { startJobs } from './jobs/jobs.js';
import { type Log, createLog, loggable, standardError } from './log.js';
import { addGauges } from './metrics/gauges.js';
import { addMachineGauges } from './metrics/machine.js';
import { createMetrics } from './metrics/metrics.js';
import { serveMetrics } from './metrics/serve.js';
import { keepRecentLog } from './recent-log.js';
import { shareOf, startPresence } from './nodes/presence.js';
import { claimKnownNames } from './practices/claim.js';
import { sessionFor } from './sessions/guard.js';
import { listParties } from './uploads/access.js';
import { remind } from './urgency/remind.js';
import { relayVersion } from './version.js';
import { type TestimonySigner, startSigning } from './withdrawals/sign.js';
import { type WebBundle, builtWebFolder, loadWebBundle } from './web/bundle.js';

export { type Restored, type Upkeep, openUpkeep, restoreRelay } from './upkeep.js';
export { type AuditFinding, type AuditReport, type Auditor, openAuditor } from './auditor.js';
export { type Administration, openAdministration } from './administration.js';
export { type SupportBundle, makeSupportBundle } from './support-bundle.js';
export type { RelayOptions, ShownSetting } from './config.js';
export { RelayError, type RelayErrorCode } from './error.js';
export type { InviteRequest, IssuedInvitation } from './practices/invite.js';

/** How late a reminder may be. */
const REMIND_MS = 5_000;

export interface Relay {
  /** Where it listens, for clients on this machine. */
  readonly url: string;
  /** Under which name clients know it; what their sign-in is bound to. */
  readonly origin: string;
  /** SHA-256 of the web client's list of files, null when none is served. */
  readonly webDigest: string | null;
  /** Where Prometheus asks, null when it is off. */
  readonly metricsPort: number | null;
  /** Resolves after `close`; rejects with RelayError `database-ended` when the relay cannot go on, and has closed itself. */
  readonly ended: Promise<void>;
  /** Takes no new requests, lets those under way end, stops its database. */
  close(): Promise<void>;
}

/**
 * Starts a relay: by default on 127.0.0.1 with an embedded PostgreSQL in its data folder. It answers when this returns.
 * @throws RelayError
 */
export async function startRelay(options: RelayOptions = {}): Promise<Relay> {
  const config = loadConfig(options, undefined, 'serve');
  const closers = createClosers();
  try {
    const log = createLog(config.logLevel, keepRecentLog(config.dataDir, standardError()));
    return await open(config, log, closers);
  } catch (error) {
    await closers.close().catch(() => undefined);
    throw error;
  }
}

/** What would be in force, without secrets. @throws RelayError `config-invalid` as `startRelay` does */
export function showConfig(options: RelayOptions = {}): readonly ShownSetting[] {
  return loadConfig(options, undefined, 'serve').shown;
}

async function open(config: RelayConfig, log: Log, closers: Closers): Promise<Relay> {
  const startedMs = Date.now();
  if (config.unknownVariables.length > 0)
    log.warn({ variables: config.unknownVariables }, 'no settings by these names');
  const folder = await lockDataFolder(config.dataDir);
  closers.add(() => folder.release());
  const witnesses = await loadWitnesses(config.witnesses);
  const database = await openOwnDatabase(config, log, closers);
  const blobs = await openBlobs(config.blobs);
  closers.add(async () => {
    await blobs[Symbol.asyncDispose]();
  });

  const audit = auditOf(config, log, database.db);
  closers.add(() => audit.close());
  const { url, origin, webDigest, metricsPort, holdKey } = await serve(config, log, closers, { ...database, blobs });
  const { db, databaseUrl } = database;
  const directoryLog = await openDirectoryLog({ db, databaseUrl, dataDir: config.dataDir, log, origin, witnesses });
  closers.add(async () => {
    await directoryLog[Symbol.asyncDispose]();
  });
  await audit.begin(origin);
  if (directoryLog.signer !== null) {
    holdKey(directoryLog.signer);
    const signing = await startSigning({ db, databaseUrl, log, signer: directoryLog.signer });
    closers.add(async () => {
      await signing[Symbol.asyncDispose]();
    });
  }
  const { orphanGraceMs } = config;
  const deleteAcknowledgedDays = config.deleteAcknowledged === 'off' ? null : config.deleteAcknowledged;
  // The folder's lock keeps other relays out, but on a shared database others may share the blobs as well.
  const aloneSinceMs = config.databaseUrl === undefined ? startedMs : null;
  const jobs = startJobs(db, log, housekeeping({ db, blobs, orphanGraceMs, aloneSinceMs, deleteAcknowledgedDays }));
  closers.add(() => jobs.close());
  // By themselves: a reminder must not wait until a terabyte has been taken away.
  const deadlines = { name: 'deadlines', everyMs: REMIND_MS, run: () => remind(db, new Date()) };
  const reminders = startJobs(db, log, [deadlines], { lock: LOCKS.deadlines, tickMs: REMIND_MS });
  closers.add(() => reminders.close());

  await saveRelayRecord(config.dataDir, {
    ...{ origin, url, databaseUrl, pid: process.pid, blobs: settingOf(config.blobs) },
    ...{
      version: relayVersion(),
      startedAt: new Date(startedMs).toISOString(),
      webDigest,
      settings: [...config.shown],
    },
    ...(metricsPort === null ? {} : { metricsUrl: urlOf(config.metricsHost, metricsPort, 'http') }),
  });
  log.info({ version: relayVersion() }, 'relay started');
  return { url, origin, webDigest, metricsPort, ended: endOf(database.ended, closers), close: () => closers.close() };
}

/** Begins when the relay serves, and ends when it does not any more: what happens in between is in the chain. */
function auditOf({ dataDir }: RelayConfig, log: Log, db: Database) {
  let sealing: AsyncDisposable | null = null;
  return {
    async begin(origin: string) {
      await recordAudit(db, { kind: 'relay-started', version: relayVersion() });
      const signer = await openAuditSigner(db, dataDir, origin);
      if (signer === null) log.warn('this node does not hold the key of the audit, and leaves chaining to the others');
      else sealing = startSealing({ db, dataDir, log, signer });
    },
    async close() {
      if (sealing === null) return;
      await recordAudit(db, { kind: 'relay-stopped' }).catch(() => undefined);
      await sealing[Symbol.asyncDispose]();
    },
  };
}

interface OwnDatabase {
  readonly db: Database;
  readonly databaseUrl: string;
  /** Settles when an embedded server ends; never for a server elsewhere, which may come back. */
  readonly ended: Promise<void>;
}

async function openOwnDatabase(config: RelayConfig, log: Log, closers: Closers): Promise<OwnDatabase> {
  const { dataDir, pgBin } = config;
  const embedded = config.databaseUrl === undefined ? await startEmbeddedPostgres({ dataDir, pgBin }) : null;
  if (embedded !== null) closers.add(() => embedded.stop());
  const databaseUrl = embedded?.url ?? config.databaseUrl ?? '';
  const db = openDatabase({
    url: databaseUrl,
    onIdleError: (error) => log.warn(loggable(error), 'database connection lost'),
  });
  closers.add(() => db.destroy());
  await migrateToLatest(db).catch((cause: unknown) => {
    if (!isUnavailable(cause)) throw cause;
    throw new RelayError('database-unreachable', 'the database does not answer', { cause });
  });
  await claimKnownNames(db);
  return { db, databaseUrl, ended: embedded?.ended ?? new Promise(() => undefined) };
}

interface Stores extends OwnDatabase {
  readonly blobs: BlobStore;
}

/** What is known only after the server has begun to listen, or changes while it runs. */
interface ServingState {
  origin: string;
  isDraining: boolean;
  signer: TestimonySigner | null;
}

async function serve(config: RelayConfig, log: Log, closers: Closers, stores: Stores) {
  const { db, blobs, databaseUrl } = stores;
  const { metrics, metricsPort } = await openMetrics(config, log, closers, db);
  const presence = await startPresence(db, log);
  closers.add(async () => {
    await presence[Symbol.asyncDispose]();
  });
  const limiterOf = (rates: RateLimits): Limiter => createLimiter(rates, undefined, () => presence.count());
  const state: ServingState = { origin: config.origin ?? '', isDraining: false, signer: null };
  const proxies = config.trustProxy === 'off' ? 0 : config.trustProxy;
  const deviceLimiter = limiterOf(DEVICE_RATES);
  const recoveryLimiter = limiterOf(RECOVERY_RATES);
  const limitedBy = (limit: Limiter) => (request: IncomingMessage) =>
    config.rateLimit === 'off' || limit(clientAddress(request, proxies));
  const isAllowed = limitedBy(limiterOf(DEFAULT_RATES));

  const tls = config.tls === null ? null : await loadTls(config.tls);
  const { server, tlsServer, drain } = createHttpServer(tls);
  if (config.tls !== null && tls !== null && tlsServer !== null) {
    const reload = reloadTls(tlsServer, config.tls, tls, log);
    closers.add(() => reload.close());
  }
  const web = await openWeb(config, log);
  const app = createApp({
    db,
    blobs,
    log,
    origin: () => state.origin,
    version: relayVersion(),
    limits: config.limits,
    registrars: config.registrars,
    isAllowed,
    isAllowedToRecover: limitedBy(recoveryLimiter),
    isAllowedToEnrol: limitedBy(limiterOf(ENROL_RATES)),
    isDeviceAllowed: ({ deviceId }) => config.rateLimit === 'off' || deviceLimiter(deviceId),
    quotas: config.quotas,
    parallelUploads: () => shareOf(config.quotas.parallelUploads, presence.count()),
    isDraining: () => state.isDraining,
    countRequest: metrics.request,
    signer: () => state.signer,
    web,
  });
  server.on('request', app);
  const hints = await startHints(server, {
    databaseUrl,
    log,
    isAllowed,
    sessionFor: (token) => sessionFor(db, token),
    listParties: (payloadId) => listParties(db, payloadId),
  });
  closers.add(async () => {
    state.isDraining = true;
    await hints.close();
    await drain();
  });
  const port = await listen(server, config.host, config.port);
  const url = urlOf(config.host, port, tls === null ? 'http' : 'https');
  state.origin = config.origin ?? url;
  const holdKey = (signer: TestimonySigner): void => void (state.signer = signer);
  return { url, origin: state.origin, webDigest: web?.digest ?? null, metricsPort, holdKey };
}

/** Only where it is asked for; beyond this machine only with a token. */
async function openMetrics(config: RelayConfig, log: Log, closers: Closers, db: Database) {
  const { metricsPort: port, metricsHost: host, metricsToken: token = null } = config;
  const metrics = createMetrics();
  if (port === 'off') return { metrics, metricsPort: null };
  addGauges(metrics, db);
  addMachineGauges(metrics, config);
  const server = await serveMetrics(metrics, { host, port, token }, log);
  closers.add(() => server.close());
  return { metrics, metricsPort: server.port };
}

/** What was altered since it was built is not served, and neither is the relay: somebody must look first. */
async function openWeb({ web }: RelayConfig, log: Log): Promise<WebBundle | null> {
  const folder = web.kind === 'folder' ? web.folder : web.kind === 'built' ? builtWebFolder() : null;
  const bundle = folder === null ? null : await loadWebBundle(folder);
  if (bundle !== null) log.info({ version: bundle.version, digest: bundle.digest }, 'web client');
  else if (web.kind !== 'off') log.warn({}, 'no web client was built: the relay serves its interface only');
  return bundle;
}

/** A relay without its database ends, and says so, instead of answering 503 for ever. */
function endOf(databaseEnded: Promise<void>, closers: Closers): Promise<void> {
  const ended = Promise.race([databaseEnded, closers.closed]).then(async () => {
    if (closers.isClosing()) return closers.closed;
    await closers.close().catch(() => undefined);
    throw new RelayError('database-ended', 'the embedded database ended by itself');
  });
  // Who does not look at `ended` must not be ended by it.
  ended.catch(() => undefined);
  return ended;
}
