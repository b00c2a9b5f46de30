import { type PacsConfig } from '../config/config.js';
import { type Imports } from '../import/imports.js';
import { type Deed } from '../incoming/deeds.js';
import { type Incoming, type ReceivedMessage } from '../incoming/incoming.js';
import { type Log, loggable } from '../log.js';
import { type Part } from '../part.js';
import { type Commitments } from './commitment.js';
import { deedFor, deliver } from './deliver.js';

/**
 * Stores what has come in the PACS of the practice, tells the sender how many instances the PACS has confirmed, and goes on where it was when
 * the PACS, the line or this process was gone.
 */
export interface PacsDelivery extends Part {
  /** Settles when everything that is due has been tried. */
  settle(): Promise<void>;
}

export interface PacsDeliveryOptions {
  readonly log: Log;
  readonly incoming: Incoming;
  readonly pacs: readonly PacsConfig[];
  /** Whose patient a study is, for PACS with `store: match`. */
  readonly imports: Imports;
  /** Null where the PACS could not report: without a DICOM port. */
  readonly commitments: Commitments | null;
  /** After a failure; twice as long after each further one. */
  readonly retryMs?: number;
}

const RETRY_MS = 5000;
const MAX_RETRY_MS = 5 * 60_000;
/** Messages that are looked at; older ones were dealt with. */
const PAGE = 1_000_000;

export function openPacsDelivery(options: PacsDeliveryOptions): PacsDelivery {
  const { incoming, log, imports, commitments } = options;
  const targets = options.pacs.filter(({ store }) => store !== 'none');
  const stop = new AbortController();
  const refused = new Map<string, Map<string, string>>();
  let timer: NodeJS.Timeout | null = null;
  let failures = 0;
  let lastFailure: string | null = null;
  let running: Promise<void> | null = null;
  let isAskedAgain = false;

  async function round(): Promise<void> {
    let failure: string | null = null;
    let waitMs = Number.POSITIVE_INFINITY;
    for (const pacs of targets) {
      for (const message of incoming.list({ afterSeq: -1, limit: PAGE })) {
        if (stop.signal.aborted) return;
        if (!isDue(message, pacs)) continue;
        const outcome = await deliver({ ...options, refused }, message, pacs, stop.signal);
        if (outcome.kind === 'waiting') waitMs = Math.min(waitMs, outcome.againMs);
        if (outcome.kind !== 'failed') continue;
        failure = outcome.code;
        // The others wait for the same PACS.
        break;
      }
    }
    failures = failure === null ? 0 : failures + 1;
    lastFailure = failure;
    if (failure !== null) waitMs = Math.min(waitMs, retryMs());
    if (!stop.signal.aborted && waitMs !== Number.POSITIVE_INFINITY) again(waitMs);
  }
  function retryMs(): number {
    return Math.min(MAX_RETRY_MS, (options.retryMs ?? RETRY_MS) * 2 ** Math.min(10, failures - 1));
  }
  function again(ms: number): void {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => void run(), ms);
  }
  function run(): Promise<void> {
    isAskedAgain = running !== null;
    running ??= round()
      .catch((error: unknown) => log.error(loggable(error), 'PACS'))
      .finally(() => {
        running = null;
        if (isAskedAgain && !stop.signal.aborted) void run();
      });
    return running;
  }
  const subscriptions = [
    incoming.events.subscribe(({ kind }) => void (kind === 'complete' && run())),
    imports.events.subscribe(({ kind }) => void (kind !== 'waiting' && run())),
    ...(commitments === null ? [] : [commitments.events.subscribe(() => void run())]),
  ];
  void run();
  return {
    name: 'pacs',
    settle: run,
    status: () => ({
      state: lastFailure === null ? 'working' : 'degraded',
      counts: { targets: targets.length, undecided: undecided(imports) },
      lastFailure,
    }),
    async [Symbol.asyncDispose]() {
      stop.abort();
      for (const one of subscriptions) one[Symbol.dispose]();
      if (timer !== null) clearTimeout(timer);
      await running;
    },
  };
}

/** Studies that wait for a person. */
function undecided(imports: Imports): number {
  return [...imports.all().values()].flat().filter(({ decision }) => decision === null).length;
}

function isDue(message: ReceivedMessage, pacs: PacsConfig): boolean {
  if (message.state !== 'complete' || message.letter.isOwn) return false;
  const state: Deed['state'] | undefined = deedFor(message, pacs)?.state;
  return state === undefined || state === 'working' || state === 'waiting';
}
