import { type PacsConfig } from '../config/config.js';
import { type Imports } from '../import/imports.js';
import { type Deed } from '../incoming/deeds.js';
import { type Incoming, type ReceivedMessage } from '../incoming/incoming.js';
import { type Log, loggable } from '../log.js';
import { type Part } from '../part.js';
import { type Commitments } from './commitment.js';
import { type DeliverOptions, deedFor, deliver } from './deliver.js';
import { type Asking, createAsking } from './asking.js';
import { type PacsRequests } from './requests.js';

/**
 * Stores what has come in the PACS of the practice, by itself or when somebody asks for it, tells the sender how many instances the PACS has confirmed, and goes on where it was when
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
  /** What members ask for; without it nobody can. */
  readonly requests?: PacsRequests;
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

interface State {
  readonly options: PacsDeliveryOptions;
  readonly targets: readonly PacsConfig[];
  readonly asking: Asking;
  readonly stop: AbortController;
  readonly refused: DeliverOptions['refused'];
  timer: NodeJS.Timeout | null;
  failures: number;
  lastFailure: string | null;
  running: Promise<void> | null;
  isAskedAgain: boolean;
}

export function openPacsDelivery(options: PacsDeliveryOptions): PacsDelivery {
  const { incoming, imports, commitments } = options;
  const state: State = {
    ...{ options, targets: options.pacs, asking: createAsking(options), stop: new AbortController() },
    ...{ refused: new Map(), timer: null, failures: 0, lastFailure: null, running: null, isAskedAgain: false },
  };
  const subscriptions = [
    incoming.events.subscribe(({ kind }) => {
      if (kind === 'complete' || (kind === 'synced' && state.asking.isNew(state.targets))) void run(state);
    }),
    imports.events.subscribe(({ kind }) => void (kind !== 'waiting' && run(state))),
    ...(commitments === null ? [] : [commitments.events.subscribe(() => void run(state))]),
  ];
  void run(state);
  return {
    name: 'pacs',
    settle: () => run(state),
    status: () => ({
      state: state.lastFailure === null ? 'working' : 'degraded',
      counts: { targets: state.targets.filter(isAutomatic).length, undecided: undecided(imports) },
      lastFailure: state.lastFailure,
    }),
    async [Symbol.asyncDispose]() {
      state.stop.abort();
      for (const one of subscriptions) one[Symbol.dispose]();
      if (state.timer !== null) clearTimeout(state.timer);
      await state.running;
    },
  };
}

function run(state: State): Promise<void> {
  state.isAskedAgain = state.running !== null;
  state.running ??= round(state)
    .catch((error: unknown) => state.options.log.error(loggable(error), 'PACS'))
    .finally(() => {
      state.running = null;
      if (state.isAskedAgain && !state.stop.signal.aborted) void run(state);
    });
  return state.running;
}

async function round(state: State): Promise<void> {
  const { options, stop, asking } = state;
  await asking.offer(state.targets);
  let failure: string | null = null;
  let waitMs = Number.POSITIVE_INFINITY;
  for (const pacs of state.targets) {
    for (const message of options.incoming.list({ afterSeq: -1, limit: PAGE })) {
      if (stop.signal.aborted) return;
      const isAsked = asking.take(message, pacs);
      if (!isAsked && !isDue(message, pacs)) continue;
      const outcome = await (isAsked ? deliverAsAsked : deliverDue)(state, message, pacs);
      if (outcome.kind === 'waiting') waitMs = Math.min(waitMs, outcome.againMs);
      if (outcome.kind !== 'failed') continue;
      failure = outcome.code;
      // The others wait for the same PACS.
      break;
    }
  }
  state.failures = failure === null ? 0 : state.failures + 1;
  state.lastFailure = failure;
  if (failure !== null) waitMs = Math.min(waitMs, retryMs(state));
  if (stop.signal.aborted || waitMs === Number.POSITIVE_INFINITY) return;
  if (state.timer !== null) clearTimeout(state.timer);
  state.timer = setTimeout(() => void run(state), waitMs);
}

function deliverDue(
  { options, refused, stop }: State,
  message: ReceivedMessage,
  pacs: PacsConfig,
): ReturnType<typeof deliver> {
  return deliver({ ...options, refused }, message, pacs, stop.signal);
}

/** Who has asked is answered when it is over: while a person has to decide, the asking stays open. */
async function deliverAsAsked(state: State, message: ReceivedMessage, pacs: PacsConfig): ReturnType<typeof deliver> {
  const outcome = await deliverDue(state, message, pacs);
  const deed = deedFor(state.options.incoming.get(message.name), pacs);
  if (outcome.kind !== 'over' || (deed?.state !== 'done' && deed?.state !== 'failed')) return outcome;
  const failure = await state.asking.answer(message, pacs);
  return failure === null ? outcome : { kind: 'failed', code: failure };
}

function retryMs({ options, failures }: State): number {
  return Math.min(MAX_RETRY_MS, (options.retryMs ?? RETRY_MS) * 2 ** Math.min(10, failures - 1));
}

/** Studies that wait for a person. */
function undecided(imports: Imports): number {
  return [...imports.all().values()].flat().filter(({ decision }) => decision === null).length;
}

function isAutomatic({ store }: PacsConfig): boolean {
  return store !== 'none';
}

function isDue(message: ReceivedMessage, pacs: PacsConfig): boolean {
  if (!isAutomatic(pacs) || message.state !== 'complete' || message.letter.isOwn) return false;
  const state: Deed['state'] | undefined = deedFor(message, pacs)?.state;
  return state === undefined || state === 'working' || state === 'waiting';
}
