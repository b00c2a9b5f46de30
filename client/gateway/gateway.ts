import { type Closers, createClosers } from './closers.js';
import { type GatewayConfig, type PacsConfig } from './config/config.js';
import { lockData } from './data-lock.js';
import { openExchanges } from './exchange/exchanges.js';
import { exportTo } from './folders/export.js';
import { openOutbox } from './folders/outbox.js';
import { startHttpSide } from './http-side.js';
import { openErrands } from './incoming/errands.js';
import { type Incoming, openIncoming } from './incoming/incoming.js';
import { type Log } from './log.js';
import { type Intake, openIntake } from './intake/intake.js';
import { type Scp, openScp } from './intake/scp.js';
import { type Office, openOffice } from './office.js';
import { type Outgoing, openOutgoing } from './outgoing/outgoing.js';
import { watchDecisions } from './import/decision-inbox.js';
import { type Imports, openImports } from './import/imports.js';
import { createCommitments } from './pacs/commitment.js';
import { type PacsDelivery, openPacsDelivery } from './pacs/delivery.js';
import { createPacsRequests } from './pacs/requests.js';
import { type LocalPatients, openLocalPatients } from './patients/local-patients.js';
import { type Part } from './part.js';
import { createFetchAddition } from './query/additions.js';
import { countsOf } from './query/counts.js';
import { type Fetches, openFetches } from './query/fetches.js';
import { startWebSide } from './web-side.js';
import { calledTitles } from './rules/rules.js';

/** The gateway, put together: every part, in the order in which they are started; they end in the opposite one. */
export interface Gateway extends AsyncDisposable {
  readonly office: Office;
  readonly outgoing: Outgoing;
  readonly incoming: Incoming;
  readonly intake: Intake;
  readonly pacs: PacsDelivery;
  /** Whom programs of the practice have named. */
  readonly patients: LocalPatients;
  readonly imports: Imports;
  /** Null without a section `dicom`. */
  readonly scp: Scp | null;
  /** Everything that has a status, in the order of starting. */
  readonly parts: readonly Part[];
  /** What it listens on, for instance `http` → `http://127.0.0.1:8042`. */
  readonly listening: Readonly<Record<string, string>>;
}

export interface GatewayStart {
  readonly config: GatewayConfig;
  readonly log: Log;
  /** Where the configuration names no file. */
  readonly passphrase: string | null;
}

/** @throws GatewayError, CoreError, NodeError, SealError: then nothing of it runs */
export async function startGateway(start: GatewayStart): Promise<Gateway> {
  const closers = createClosers();
  try {
    return await startParts(start, closers);
  } catch (error) {
    await closers[Symbol.asyncDispose]();
    throw error;
  }
}

async function startParts({ config, log, passphrase }: GatewayStart, closers: Closers): Promise<Gateway> {
  closers.use(await lockData(config.data));
  const { keystore, passphraseFile = null, sending, receiving, data: folder } = config;
  const office = closers.use(await openOffice({ keystore, passphraseFile, passphrase }));
  const fetches = closers.use(await fetchesOf(config));
  const outgoing = closers.use(
    await openOutgoing({
      fetchAddition: createFetchAddition({ pacs: config.pacs, fetches, now: () => Date.now() }),
      ...{ desk: office, log, folder, parallel: sending.parallel },
      coding: sending.coding === 'off' ? 'stored' : sending.coding,
      ...{ patienceMs: sending.patience, keepMs: sending.keep },
    }),
  );
  const incoming = closers.use(
    await openIncoming({ desk: office, log, folder, pollMs: receiving.poll, fetch: receiving.fetch }),
  );
  // News from the relay may be what a waiting job waits for: a line that is back, or a recipient who has agreed.
  closers.use(incoming.events.subscribe(({ kind }) => void (kind === 'synced' && outgoing.wake())));
  const dicom = await startDicom({ config, log, outgoing, fetches }, closers);
  const { patients, imports } = await startImports({ folder, office, log }, closers);
  const commitments = dicom.scp === null ? null : dicom.commitments;
  const pacs = closers.use(
    openPacsDelivery({
      log,
      incoming,
      pacs: reachable(config),
      imports,
      commitments,
      requests: createPacsRequests(office),
    }),
  );
  const exchanges = closers.use(
    await openExchanges({ log, desk: office, folder, exchanges: config.exchange, incoming, patients, imports }),
  );
  const parts: readonly Part[] = [
    ...[outgoing, incoming, dicom.intake],
    ...(dicom.scp === null ? [] : [dicom.scp]),
    pacs,
    ...openFolders(config, log, outgoing, incoming).map((part) => closers.use(part)),
    ...exchanges.parts,
  ];
  const listening: Record<string, string> = { ...dicom.listening };
  if (config.http !== undefined) {
    const { handOvers } = exchanges;
    const own = { config, http: config.http, log, office, parts };
    const side = await startHttpSide({ ...own, outgoing, incoming, patients, imports, handOvers });
    listening['http'] = closers.use(side).url;
  }
  if (config.web !== undefined) {
    const side = await startWebSide({ web: config.web, relayOrigin: office.account.content.origin, log });
    listening['web'] = closers.use(side).url;
  }
  return {
    ...{ office, outgoing, incoming, pacs, patients, imports, intake: dicom.intake, scp: dicom.scp },
    parts,
    listening,
    [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
  };
}

async function startImports(
  { folder, office, log }: { readonly folder: string; readonly office: Office; readonly log: Log },
  closers: Closers,
): Promise<{ readonly patients: LocalPatients; readonly imports: Imports }> {
  const patients = await openLocalPatients(folder);
  const modifiedBy = office.account.content.address;
  const imports = await openImports({ folder, patients, modifiedBy, now: () => Date.now() });
  closers.use(patients.events.subscribe(() => imports.compareAgain()));
  closers.use(await watchDecisions(folder, imports, log));
  return { patients, imports };
}

function openFolders(config: GatewayConfig, log: Log, outgoing: Outgoing, incoming: Incoming): Part[] {
  const { folders, rules, sending } = config;
  const { expires: expiresMs, keep: keepMs } = sending;
  const outboxes = folders.outgoing.map((folder) => openOutbox({ log, folder, outgoing, rules, expiresMs, keepMs }));
  const errands = folders.incoming.map((folder) => exportTo(folder, incoming));
  return [...outboxes, ...(errands.length === 0 ? [] : [openErrands({ name: 'export', log, incoming, errands })])];
}

/** A PACS that may not call the gateway cannot report what it keeps: it is not asked. */
function reachable({ pacs, dicom }: GatewayConfig): readonly PacsConfig[] {
  const callers = new Set(dicom?.peers.map(({ aeTitle }) => aeTitle));
  return pacs.map((one) => (callers.has(one.aeTitle) ? one : { ...one, commitment: 'off' }));
}

function fetchesOf({ data: folder, dicom }: GatewayConfig): Promise<Fetches> {
  return openFetches({
    ...{ folder, destination: dicom?.aeTitle ?? null, ownTitle: dicom?.fetchAeTitle ?? null },
    maxInstanceBytes: maxBytesOf(dicom),
  });
}

function maxBytesOf(dicom: GatewayConfig['dicom']): number {
  return (dicom?.maxInstanceMebibytes ?? 0) * 1024 * 1024;
}

interface DicomStart {
  readonly config: GatewayConfig;
  readonly log: Log;
  readonly outgoing: Outgoing;
  readonly fetches: Fetches;
}

/** The intake works without a port as well: what an earlier run has answered for becomes jobs. */
async function startDicom({ config, log, outgoing, fetches: diversion }: DicomStart, closers: Closers) {
  const { data: folder, rules, dicom, sending } = config;
  const quietMs = dicom?.quiet ?? 0;
  const maxInstanceBytes = maxBytesOf(dicom);
  const expiresMs = sending.expires;
  const waitMs = dicom?.wait ?? 0;
  const expected = countsOf(config);
  const intake = closers.use(
    await openIntake({
      ...{ folder, log, outgoing, rules, quietMs, waitMs, maxInstanceBytes, expiresMs },
      ...(expected === null ? {} : { expected }),
    }),
  );
  const commitments = createCommitments();
  if (dicom === undefined) return { intake, scp: null, commitments, listening: {} };
  const { host, port, peers, sopClasses, maxPduBytes, associations: maxAssociations, idle: idleMs, tls = null } = dicom;
  const own = dicom.fetchAeTitle === undefined ? [] : [dicom.fetchAeTitle];
  const titles = [dicom.aeTitle, ...own, ...calledTitles(rules)];
  const scp = closers.use(
    await openScp({
      ...{ diversion, report: (report, peer) => commitments.report(report, peer) },
      announce: (notification, peer) => intake.announce(notification, peer),
      ...{ host, port, log, intake, titles, peers, sopClasses, maxPduBytes, maxAssociations, idleMs, tls },
    }),
  );
  return { intake, scp, commitments, listening: { dicom: `${dicom.aeTitle}@${host}:${scp.port}` } };
}
