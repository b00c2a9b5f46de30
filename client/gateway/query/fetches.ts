import { randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type PacsConfig } from '../config/config.js';
import { privateFolder } from '../../node/durable.js';
import { type DataSetSink, type PeerTitles, type StoreRequest } from '../dimse/acceptor.js';
import { STATUS } from '../dimse/command.js';
import { GatewayError } from '../error.js';
import { type Collection, createCollection } from '../intake/collection.js';
import { remoteOf } from './remote.js';
import { type MovedStudy, move } from './move.js';

/**
 * Studies that are fetched from a PACS: it is asked by C-MOVE to send them to the gateway's own DICOM port, and what comes there because of that goes into the
 * fetch's folder instead of to the rules.
 */
export interface Fetches extends AsyncDisposable {
  /** Where an instance goes that arrives at the DICOM port; null when it belongs to no fetch. */
  sink(titles: PeerTitles, request: StoreRequest): DataSetSink | null;
  /**
   * Everything the PACS has of a study, or of some of its series. The caller removes the collection.
   * @throws GatewayError `pacs-unreachable`, `pacs-rejected`, `pacs-refused`, `association-broken`, `study-unknown`, `move-destination-unknown`,
   * `fetch-incomplete`, `draining`
   */
  fetch(pacs: PacsConfig, study: MovedStudy, signal?: AbortSignal): Promise<Collection>;
}

export interface FetchesOptions {
  /** The gateway's data folder. */
  readonly folder: string;
  /** AE title that PACS send to. Null without a DICOM port: nothing can be fetched then. */
  readonly destination: string | null;
  /** Of its own for what is fetched: then everything that is sent to it belongs to a fetch. */
  readonly ownTitle: string | null;
  readonly maxInstanceBytes: number;
}

interface Fetch {
  readonly callingAe: string;
  readonly messageId: number;
  readonly collection: Collection;
  /** Of the last instance. */
  activeMs: number;
}

export async function openFetches(options: FetchesOptions): Promise<Fetches> {
  const parent = join(options.folder, 'fetched');
  // A fetch that was under way is begun anew: whoever wanted it asks again.
  await rm(parent, { recursive: true, force: true });
  await privateFolder(parent);
  /** By the AE title of the PACS: one at a time. */
  const pending = new Map<string, Fetch>();
  const turns = new Map<string, Promise<unknown>>();
  const stop = new AbortController();
  return {
    sink: (titles, request) => sinkFor(options, pending.get(titles.callingAe), titles, request),
    fetch(pacs, study, signal) {
      const mine = (turns.get(pacs.aeTitle) ?? Promise.resolve()).then(() => {
        const both = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
        return fetchNow(options, parent, pending, { pacs, study, signal: both });
      });
      turns.set(
        pacs.aeTitle,
        mine.catch(() => undefined),
      );
      return mine;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.all(turns.values());
    },
  };
}

/**
 * PS3.7 §9.1.1.1.5: a PACS names whose C-MOVE it obeys. One that does not, and has no AE title for what is fetched, is told to try again
 * later: what was fetched must not be taken for something to be sent on.
 */
function sinkFor(
  { ownTitle, maxInstanceBytes }: FetchesOptions,
  fetch: Fetch | undefined,
  { calledAe }: PeerTitles,
  request: StoreRequest,
): DataSetSink | null {
  const { moveOriginator = null } = request;
  const isOwn = calledAe === ownTitle;
  if (fetch === undefined) return isOwn ? refusing() : null;
  const isNamed = moveOriginator?.aeTitle === fetch.callingAe && moveOriginator.messageId === fetch.messageId;
  if (!isNamed && !isOwn) return moveOriginator === null ? refusing() : null;
  fetch.activeMs = Date.now();
  return fetch.collection.sink(request, maxInstanceBytes);
}

function refusing(): DataSetSink {
  return {
    write: () => Promise.resolve(),
    end: () => Promise.resolve(STATUS.outOfResources),
    abandon: () => Promise.resolve(),
  };
}

interface Order {
  readonly pacs: PacsConfig;
  readonly study: MovedStudy;
  readonly signal: AbortSignal;
}

async function fetchNow(
  { destination, ownTitle }: FetchesOptions,
  parent: string,
  pending: Map<string, Fetch>,
  { pacs, study, signal }: Order,
): Promise<Collection> {
  if (signal.aborted) throw new GatewayError('draining', 'about to end');
  const to = ownTitle ?? destination;
  if (to === null) throw new GatewayError('move-destination-unknown', 'no DICOM port');
  const { callingAeTitle: callingAe, aeTitle } = pacs;
  const messageId = randomInt(1, 0x10000);
  const collection = await createCollection(parent, { callingAe: aeTitle, calledAe: to });
  const fetch: Fetch = { callingAe, messageId, collection, activeMs: Date.now() };
  pending.set(aeTitle, fetch);
  try {
    const remote = { ...remoteOf(pacs), isActive: (quietMs: number) => Date.now() - fetch.activeMs < quietMs };
    const sent = await move(remote, { destination: to, messageId, study, signal });
    if (collection.files.length === 0) throw new GatewayError('study-unknown', 'nothing came');
    if (sent !== null && collection.files.length < sent) throw new GatewayError('fetch-incomplete', 'not all came');
    return collection;
  } catch (error) {
    await collection.remove();
    throw error;
  } finally {
    pending.delete(aeTitle);
  }
}
