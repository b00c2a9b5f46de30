import { type PacsConfig } from '../config/config.js';
import { type Deed } from '../incoming/deeds.js';
import { type Incoming, type ReceivedMessage } from '../incoming/incoming.js';
import { type ReceivedFile } from '../incoming/received-files.js';
import { type Log, loggable } from '../log.js';
import { type Part } from '../part.js';
import { GatewayError } from '../error.js';
import { type StoredInstance, storeFiles } from './store.js';

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
  /** After a failure; twice as long after each further one. */
  readonly retryMs?: number;
}

const RETRY_MS = 5000;
const MAX_RETRY_MS = 5 * 60_000;
/** Confirmed instances are written down at least this often: what a crash has stored again. */
const NOTE_EVERY = 50;
/** Messages that are looked at; older ones were dealt with. */
const PAGE = 1_000_000;

export function openPacsDelivery(options: PacsDeliveryOptions): PacsDelivery {
  const { incoming, log } = options;
  const targets = options.pacs.filter(({ store }) => store !== 'none');
  const stop = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  let failures = 0;
  let lastFailure: string | null = null;
  let running: Promise<void> | null = null;
  let isAskedAgain = false;

  async function round(): Promise<void> {
    let isOpen = false;
    for (const pacs of targets) {
      for (const message of incoming.list({ afterSeq: -1, limit: PAGE })) {
        if (stop.signal.aborted) return;
        if (!isDue(message, pacs)) continue;
        const code = await deliver(options, message, pacs, stop.signal);
        if (code === null) continue;
        lastFailure = code;
        isOpen = true;
        // The others wait for the same PACS.
        break;
      }
    }
    failures = isOpen ? failures + 1 : 0;
    if (!isOpen) lastFailure = null;
    else if (!stop.signal.aborted) again();
  }
  function again(): void {
    const first = options.retryMs ?? RETRY_MS;
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => void run(), Math.min(MAX_RETRY_MS, first * 2 ** Math.min(10, failures - 1)));
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
  const listening = incoming.events.subscribe(({ kind }) => void (kind === 'complete' && run()));
  void run();
  return {
    name: 'pacs',
    settle: run,
    status: () => ({
      state: lastFailure === null ? 'working' : 'degraded',
      counts: { targets: targets.length },
      lastFailure,
    }),
    async [Symbol.asyncDispose]() {
      stop.abort();
      listening[Symbol.dispose]();
      if (timer !== null) clearTimeout(timer);
      await running;
    },
  };
}

function deedFor({ deeds }: ReceivedMessage, { name }: PacsConfig): Deed | undefined {
  return deeds.find(({ kind, target }) => kind === 'pacs' && target === name);
}

function isDue(message: ReceivedMessage, pacs: PacsConfig): boolean {
  if (message.state !== 'complete' || message.letter.isOwn) return false;
  const deed = deedFor(message, pacs);
  return deed === undefined || deed.state === 'working' || deed.state === 'waiting';
}

/** @returns the code of a failure after which it is tried again, null when there is nothing left to do */
async function deliver(
  { incoming, log }: PacsDeliveryOptions,
  message: ReceivedMessage,
  pacs: PacsConfig,
  signal: AbortSignal,
): Promise<string | null> {
  const { name } = message;
  const instances = (await incoming.files(name)).filter(({ sopInstanceUid }) => sopInstanceUid !== null);
  const confirmed = new Set(deedFor(message, pacs)?.confirmed ?? []);
  const note = (state: Deed['state'], code: string | null): Promise<void> =>
    incoming.note(name, {
      ...{ kind: 'pacs', target: pacs.name, state, code, instances: confirmed.size, total: instances.length },
      // Once it is over, the number says it all.
      confirmed: state === 'done' ? [] : [...confirmed],
      atMs: Date.now(),
    });
  let refused: string | null = null;
  let unsaved = 0;
  const onResult = async (file: ReceivedFile, result: StoredInstance): Promise<void> => {
    if (result.kind !== 'stored') return void (refused = codeOf(result));
    confirmed.add(file.path);
    unsaved += 1;
    if (unsaved < NOTE_EVERY) return;
    unsaved = 0;
    await note('working', null);
  };
  try {
    const missing = instances.filter(({ path }) => !confirmed.has(path));
    await storeFiles(pacs, missing, signal, onResult);
    // The receipt before the note: said twice it is one receipt, said never it would be none.
    if (confirmed.size > 0) await incoming.confirmImported(name, { instances: confirmed.size, target: pacs.aeTitle });
    await note(refused === null ? 'done' : 'failed', refused);
    log.info({ pacs: pacs.name, instances: confirmed.size, total: instances.length }, 'stored');
    return null;
  } catch (error) {
    const { code = 'internal-error' } = loggable(error);
    await note('waiting', code);
    if (!signal.aborted) log.warn({ pacs: pacs.name, code, instances: confirmed.size }, 'PACS');
    return error instanceof GatewayError || error instanceof Error ? code : null;
  }
}

function codeOf(result: Exclude<StoredInstance, { kind: 'stored' }>): string {
  return result.kind === 'not-accepted' ? 'pacs-refused' : `status-${result.status.toString(16).padStart(4, '0')}`;
}
