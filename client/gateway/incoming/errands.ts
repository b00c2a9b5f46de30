import { type Log, loggable } from '../log.js';
import { type Part } from '../part.js';
import { type Deed } from './deeds.js';
import { type Incoming, type ReceivedMessage } from './incoming.js';

/** What is done once with every complete message for one target: written to a folder, handed to the practice software. */
export interface Errand {
  readonly kind: Deed['kind'];
  /** A name of the configuration. */
  readonly target: string;
  /** Has to be durable when it returns, and to do no harm when it is done again after a crash. @throws what may go well later */
  run(message: ReceivedMessage, signal: AbortSignal): Promise<ErrandOutcome>;
}

export type ErrandOutcome =
  | { readonly kind: 'done'; readonly instances: number }
  /** Not before somebody has decided, or something has come; others need not wait. */
  | { readonly kind: 'waits'; readonly code: string }
  /** Never, by itself. */
  | { readonly kind: 'failed'; readonly code: string };

export interface Errands extends Part {
  /** Settles when everything that is due has been tried. */
  settle(): Promise<void>;
}

export interface ErrandsOptions {
  readonly name: string;
  readonly log: Log;
  readonly incoming: Incoming;
  readonly errands: readonly Errand[];
  /** After a failure; twice as long after each further one. */
  readonly retryMs?: number;
}

const RETRY_MS = 5000;
const MAX_RETRY_MS = 5 * 60_000;
const ALL = Number.MAX_SAFE_INTEGER;

export function openErrands(options: ErrandsOptions): Errands {
  const { incoming, log, errands } = options;
  const stop = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  let [failures, waiting] = [0, 0];
  let lastFailure: string | null = null;
  let running: Promise<void> | null = null;
  let isAskedAgain = false;

  async function round(): Promise<void> {
    const codes: string[] = [];
    waiting = 0;
    for (const errand of errands) {
      for (const message of incoming.list({ afterSeq: -1, limit: ALL })) {
        if (stop.signal.aborted) return;
        if (!isDue(message, errand)) continue;
        const result = await perform(options, errand, message, stop.signal);
        if (result.kind === 'waits') waiting += 1;
        if (result.kind !== 'broken') continue;
        codes.push(result.code);
        // The others wait for the same target.
        break;
      }
    }
    failures = codes.length > 0 ? failures + 1 : 0;
    lastFailure = codes[0] ?? null;
    if (failures > 0 && !stop.signal.aborted) again();
  }
  function again(): void {
    if (timer !== null) clearTimeout(timer);
    const delayMs = (options.retryMs ?? RETRY_MS) * 2 ** Math.min(10, failures - 1);
    timer = setTimeout(() => void run(), Math.min(MAX_RETRY_MS, delayMs));
  }
  function run(): Promise<void> {
    isAskedAgain = running !== null;
    running ??= round()
      .catch((error: unknown) => log.error(loggable(error), options.name))
      .finally(() => {
        running = null;
        if (isAskedAgain && !stop.signal.aborted) void run();
      });
    return running;
  }
  const listening = incoming.events.subscribe(({ kind }) => void (kind === 'complete' && run()));
  void run();
  return {
    name: options.name,
    settle: run,
    status: () => ({
      state: stop.signal.aborted ? 'stopped' : lastFailure === null ? 'working' : 'degraded',
      counts: { targets: errands.length, waiting },
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

export function deedOf(
  { deeds }: ReceivedMessage,
  { kind, target }: Pick<Errand, 'kind' | 'target'>,
): Deed | undefined {
  return deeds.find((one) => one.kind === kind && one.target === target);
}

function isDue(message: ReceivedMessage, errand: Errand): boolean {
  if (message.state !== 'complete' || message.letter.isOwn) return false;
  const state = deedOf(message, errand)?.state;
  return state !== 'done' && state !== 'failed';
}

async function perform(
  { incoming, log, name }: ErrandsOptions,
  errand: Errand,
  message: ReceivedMessage,
  signal: AbortSignal,
): Promise<ErrandOutcome | { readonly kind: 'broken'; readonly code: string }> {
  const { kind, target } = errand;
  const before = deedOf(message, errand);
  const note = async (state: Deed['state'], instances: number, code: string | null): Promise<void> => {
    // What still waits for the same is not written again with every look.
    if (before?.state === state && before.code === code) return;
    const total = message.letter.body.summary.instances;
    await incoming.note(message.name, { kind, target, state, instances, total, confirmed: [], code, atMs: Date.now() });
  };
  try {
    const outcome = await errand.run(message, signal);
    if (outcome.kind === 'done') {
      await note('done', outcome.instances, null);
      log.info({ target, seq: message.seq, instances: outcome.instances }, name);
    } else await note(outcome.kind === 'waits' ? 'waiting' : 'failed', 0, outcome.code);
    return outcome;
  } catch (error) {
    const { code = 'internal-error' } = loggable(error);
    if (!signal.aborted) {
      log.warn({ target, seq: message.seq, code }, name);
      await note('waiting', 0, code).catch(() => undefined);
    }
    return { kind: 'broken', code };
  }
}
