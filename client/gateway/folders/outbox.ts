import { isNotFound } from '../../node/durable.js';
import { GatewayError } from '../error.js';
import { type Log, loggable } from '../log.js';
import { type Job } from '../outgoing/job.js';
import { type Outgoing } from '../outgoing/outgoing.js';
import { type Part } from '../part.js';
import { type Rule } from '../rules/rules.js';
import { type Claim, type ClaimFolder, openClaims } from './claim.js';
import { SIDECAR, filesOf, readSidecar, requestFor } from './compose.js';
import { type Drop, findDrops } from './drops.js';
import { entriesBelow, isUnchanged, openEntry } from './entries.js';
import { DropRefused, reasonText } from './refusal.js';
import { type OutgoingFolder } from '../config/folders.js';

/** Sends what people and programs put into a folder (docs/spec/watched-folders.md). */
export interface Outbox extends Part {
  /** Looks once, and settles when everything that is due has been done. */
  look(): Promise<void>;
}

export interface OutboxOptions {
  readonly log: Log;
  readonly folder: OutgoingFolder;
  readonly outgoing: Outgoing;
  readonly rules: readonly Rule[];
  readonly expiresMs: number;
  /** A job is remembered for so long after its acceptance. */
  readonly keepMs: number;
  /** Milliseconds of a clock that is never set. */
  readonly now?: () => number;
  readonly pollMs?: number;
}

const POLL_MS = 2000;
/** The same that the interface takes: 4 GiB. */
const MAX_FILE_BYTES = 4 * 1024 ** 3;

interface State {
  readonly options: OutboxOptions;
  readonly now: () => number;
  /** Opened when the folder is there for the first time. */
  claims: ClaimFolder | null;
  /** Since when a drop looks as it looks. */
  readonly seen: Map<string, { readonly fingerprint: string; readonly sinceMs: number }>;
  readonly taken: Map<string, Claim>;
  refused: number;
  lastFailure: string | null;
}

export function openOutbox(options: OutboxOptions): Outbox {
  const state: State = {
    ...{ options, now: options.now ?? (() => performance.now()), claims: null },
    ...{ seen: new Map(), taken: new Map(), refused: 0, lastFailure: null },
  };
  const stop = new AbortController();
  let running: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  const look = (): Promise<void> =>
    (running ??= round(state, stop.signal).finally(() => {
      running = null;
    }));
  const again = (): void => {
    if (stop.signal.aborted) return;
    timer = setTimeout(() => void look().then(again), options.pollMs ?? POLL_MS);
  };
  const listening = options.outgoing.events.subscribe((event) => {
    if (event.kind === 'job' && isOver(event.job) && !stop.signal.aborted) void look();
  });
  again();
  return {
    name: `folder-${options.folder.name}`,
    look,
    status: () => ({
      state: stop.signal.aborted ? 'stopped' : state.lastFailure === null ? 'working' : 'degraded',
      counts: { waiting: state.seen.size, taken: state.taken.size, refused: state.refused },
      lastFailure: state.lastFailure,
    }),
    async [Symbol.asyncDispose]() {
      stop.abort();
      listening[Symbol.dispose]();
      if (timer !== null) clearTimeout(timer);
      await running;
    },
  };
}

function isOver({ state }: Job): boolean {
  return state.kind === 'sent' || state.kind === 'failed' || state.kind === 'cancelled';
}

/** Never throws: the folder may be on a share that comes and goes. */
async function round(state: State, signal: AbortSignal): Promise<void> {
  const { log, folder } = state.options;
  let failure: string | null = null;
  const tried = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    if (signal.aborted) return;
    try {
      await work();
    } catch (error) {
      const { code = 'internal-error' } = loggable(error);
      failure = code;
      // Said when it begins, not every other second.
      if (state.lastFailure !== code) log.warn({ folder: folder.name, ...loggable(error) }, what);
    }
  };
  await tried('a watched folder cannot be read', async () => {
    state.claims ??= await openTaken(state);
    for (const drop of await dueDrops(state)) {
      await tried('a drop could not be taken', () => take(state, drop));
    }
  });
  const { claims } = state;
  if (claims !== null) {
    for (const claim of [...state.taken.values()]) {
      await tried('a drop could not be handed over', () => goOn(state, claims, claim));
    }
  }
  state.lastFailure = failure;
}

/** What an earlier run has taken goes on. */
async function openTaken(state: State): Promise<ClaimFolder> {
  const claims = await openClaims(state.options.folder.path);
  for (const claim of await claims.list()) state.taken.set(claim.id, claim);
  return claims;
}

async function dueDrops({ options, seen, now }: State): Promise<Drop[]> {
  const drops = await findDrops(options.folder.path);
  const keys = new Set(drops.map(({ key }) => key));
  for (const key of seen.keys()) if (!keys.has(key)) seen.delete(key);
  return drops.filter(({ key, fingerprint }) => {
    const known = seen.get(key);
    if (fingerprint === null) {
      seen.delete(key);
      return false;
    }
    if (known?.fingerprint === fingerprint) return now() - known.sinceMs >= options.folder.quiet;
    seen.set(key, { fingerprint, sinceMs: now() });
    return false;
  });
}

async function take(state: State, drop: Drop): Promise<void> {
  const { claims, taken, seen, options } = state;
  if (claims === null) return;
  const claim = await claims.take(drop, Date.now());
  taken.set(claim.id, claim);
  seen.delete(drop.key);
  options.log.info({ folder: options.folder.name, claim: claim.id }, 'drop taken');
}

/** One step further, if there is one: handed over, gone, or back to the people. */
async function goOn(state: State, claims: ClaimFolder, claim: Claim): Promise<void> {
  const { outgoing, keepMs } = state.options;
  const job = claim.about.job === null ? null : jobOf(outgoing, claim.about.job);
  if (job !== null) return finish(state, claims, claim, job);
  // Its job is so old that the queue has forgotten it: sent again, it might be there twice.
  if (claim.about.job !== null && Date.now() - claim.about.takenMs > keepMs) {
    return giveBack(state, claims, claim, 'job-forgotten', []);
  }
  try {
    await handOver(state, claims, claim);
  } catch (error) {
    if (error instanceof DropRefused) return giveBack(state, claims, claim, error.code, error.files);
    const code = error instanceof GatewayError ? error.code : null;
    if (code !== 'job-invalid' && code !== 'file-too-large') throw error;
    return giveBack(state, claims, claim, code, []);
  }
}

function jobOf(outgoing: Outgoing, id: string): Job | null {
  try {
    return outgoing.get(id);
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'job-unknown') return null;
    throw error;
  }
}

async function handOver(state: State, claims: ClaimFolder, claim: Claim): Promise<void> {
  const { outgoing, folder, rules, expiresMs, log } = state.options;
  const entries = await entriesBelow(claims.filesOf(claim)).catch((error: unknown) => {
    if (isNotFound(error)) throw new DropRefused('nothing-to-send');
    throw error;
  });
  const sidecar = await readSidecar(entries);
  const files = await filesOf(entries, sidecar.others ?? folder.others);
  const request = await requestFor(claim, sidecar, files, { folder, rules, expiresMs });
  const draft = await outgoing.draft();
  try {
    for (const { entry, file } of files) {
      // Copied, not linked: whoever wrote it may still have it open.
      await using handle = await openEntry(entry);
      await draft.write(file, handle.createReadStream({ autoClose: false }), MAX_FILE_BYTES);
      if (await isUnchanged(entry)) continue;
      await draft.discard();
      return;
    }
    // Before it is a job: after a crash the queue says what became of it.
    state.taken.set(claim.id, await claims.note(claim, draft.id));
    const { kind, job } = await outgoing.accept(draft, request);
    if (kind === 'repeated') state.taken.set(claim.id, await claims.note(claim, job.id));
    log.info({ folder: folder.name, claim: claim.id, job: job.id, files: files.length }, 'drop handed over');
  } catch (error) {
    await draft.discard();
    throw error;
  }
}

async function finish(state: State, claims: ClaimFolder, claim: Claim, job: Job): Promise<void> {
  switch (job.state.kind) {
    case 'accepted':
    case 'sending':
    case 'held':
      return;
    case 'sent':
      await claims.remove(claim);
      state.taken.delete(claim.id);
      return;
    case 'cancelled':
      return giveBack(state, claims, claim, 'cancelled', []);
    case 'failed': {
      const files = await namesOf(claims.filesOf(claim), job);
      const { code } = job.state.failure;
      // It is the people's again: tried once more by the queue as well, it would be there twice.
      await state.options.outgoing.cancel(job.id).catch((error: unknown) => {
        // What may be at the relay already stays a failed job; the reason names it.
        if (!(error instanceof GatewayError && error.code === 'job-state')) throw error;
      });
      return giveBack(state, claims, claim, code, files);
    }
  }
}

/** The job counts files in the order of their names (`filesOf`). */
async function namesOf(folder: string, { skipped, files }: Job): Promise<string[]> {
  const entries = (await entriesBelow(folder)).filter(({ name }) => name.toLowerCase() !== SIDECAR);
  const sent = entries.length === files.length ? entries : null;
  return skipped.flatMap(({ path, reason }) => {
    const at = Number(/([0-9]{6,})\.dcm$/.exec(path)?.[1]) - 1;
    const name = sent?.[at]?.name;
    return reason === 'duplicate' || name === undefined ? [] : [name];
  });
}

async function giveBack(
  state: State,
  claims: ClaimFolder,
  claim: Claim,
  code: string,
  files: readonly string[],
): Promise<void> {
  const { log, folder } = state.options;
  await claims.giveBack(claim, reasonText(code, files, claim.about.job, new Date()));
  state.taken.delete(claim.id);
  state.refused += 1;
  log.warn({ folder: folder.name, claim: claim.id, code }, 'drop given back');
}
