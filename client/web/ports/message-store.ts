import { type Account } from '../../core/account/account.js';
import { type BlockSealer } from '../../core/account/sealed-blocks.js';
import { type SealedLog } from '../../core/account/sealed-log.js';
import { CoreError } from '../../core/error.js';
import { type FileId, type PayloadId } from '../../core/ids.js';
import { RECORD_PREFIX_BYTES } from '../../core/package/limits.js';
import { parsePlan } from '../../core/package/plan-codec.js';
import { type Plan, type PlanFile, travelOrder } from '../../core/package/plan.js';
import { type UnpackCheckpoint } from '../../core/receive/checkpoint.js';
import { type MessageSink } from '../../core/receive/receive.js';
import { WebError } from './error.js';
import { type SealedContainer, openSealedContainer, removeSealedContainer } from './sealed-container.js';

/**
 * What has come of one payload: its files one behind the other in a sealed container, and a sealed log with the plan, the newest
 * checkpoint, and at last the word that all is here. A file is handed out only after its digest was verified.
 */
export interface MessageStore {
  readonly sink: MessageSink;
  readonly plan: Plan | null;
  readonly isComplete: boolean;
  /** Verified files, in the order they came. */
  verifiedFiles(): readonly FileId[];
  /** @throws WebError `not-here` unless the file is verified; CoreError `staging-lost` */
  read(fileId: FileId, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  sizeOf(fileId: FileId): number | null;
  close(): Promise<void>;
}

export interface StoreNews {
  readonly onPlan: () => void;
  readonly onVerified: (fileId: FileId) => void;
}

interface Place {
  readonly offset: number;
  readonly size: number;
}

interface Run {
  readonly name: string;
  readonly news: StoreNews;
  container: SealedContainer;
  log: SealedLog;
  plan: Plan | null;
  planRecord: Uint8Array | null;
  checkpoint: UnpackCheckpoint | null;
  isComplete: boolean;
  places: Map<FileId, Place>;
  readonly verified: Set<FileId>;
  current: { fileId: FileId; written: number } | null;
}

const text = new TextEncoder();

export async function openMessageStore(
  account: Account,
  sealer: BlockSealer,
  payloadId: PayloadId,
  news: StoreNews,
): Promise<MessageStore> {
  const name = payloadId.slice(0, 32);
  const run: Run = {
    name,
    news,
    container: await openSealedContainer(name, sealer),
    log: await account.openLog(logName(name)),
    plan: null,
    planRecord: null,
    checkpoint: null,
    isComplete: false,
    places: new Map(),
    verified: new Set(),
    current: null,
  };
  await load(run);
  return {
    sink: sinkOf(run, account, sealer),
    get plan() {
      return run.plan;
    },
    get isComplete() {
      return run.isComplete;
    },
    verifiedFiles: () => [...run.verified],
    read: (fileId, offset, length) => read(run, fileId, offset, length),
    sizeOf: (fileId) => run.places.get(fileId)?.size ?? null,
    async close() {
      run.container.close();
      await run.log.close();
    },
  };
}

function logName(name: string): string {
  return `in-${name}`;
}

/** First record: the plan. Then checkpoints as JSON; the last word is `true`. */
async function load(run: Run): Promise<void> {
  for await (const record of run.log.read()) {
    if (run.planRecord === null) {
      usePlan(run, record);
      continue;
    }
    const saved = JSON.parse(new TextDecoder().decode(record)) as UnpackCheckpoint | true;
    if (saved === true) run.isComplete = true;
    else run.checkpoint = saved;
  }
  if (run.plan === null) return;
  const { begun = 0, pending = [] } = run.checkpoint ?? {};
  const files = travelOrder(run.plan);
  const count = run.isComplete ? files.length : begun - pending.length;
  for (const { fileId } of files.slice(0, count)) run.verified.add(fileId);
}

function usePlan(run: Run, record: Uint8Array): void {
  run.planRecord = new Uint8Array(record);
  run.plan = parsePlan(record.subarray(RECORD_PREFIX_BYTES));
  let offset = 0;
  for (const { fileId, size } of travelOrder(run.plan)) {
    run.places.set(fileId, { offset, size });
    offset += size;
  }
}

function sinkOf(run: Run, account: Account, sealer: BlockSealer): MessageSink {
  return {
    resume() {
      const { checkpoint, planRecord } = run;
      return Promise.resolve(checkpoint === null ? null : { checkpoint, planRecord });
    },
    async plan(_plan, record) {
      if (run.planRecord !== null) await startAnew(run, account, sealer);
      usePlan(run, record);
      await run.log.append(record);
      run.news.onPlan();
    },
    begin({ fileId }: PlanFile) {
      run.current = { fileId, written: 0 };
    },
    write: (fileId, bytes) => write(run, fileId, bytes),
    verified(fileId) {
      if (run.verified.has(fileId)) return;
      run.verified.add(fileId);
      run.news.onVerified(fileId);
    },
    staged: (fileId, bytes) => staged(run, fileId, bytes),
    async save(checkpoint) {
      await run.container.flush();
      await run.log.append(text.encode(JSON.stringify(checkpoint)));
      run.checkpoint = checkpoint;
    },
    async complete() {
      await run.container.flush();
      await run.log.append(text.encode('true'));
      run.isComplete = true;
    },
    discard: () => startAnew(run, account, sealer),
    // What is here is looked at while the page lives: the store is closed with it.
    release: () => Promise.resolve(),
  };
}

async function write(run: Run, fileId: FileId, bytes: Uint8Array): Promise<void> {
  const place = placeOf(run, fileId);
  const { current } = run;
  if (current?.fileId !== fileId) throw new CoreError('package-file-order', 'a file that has not begun');
  if (current.written + bytes.length > place.size) throw new CoreError('package-file-length', 'longer than planned');
  await run.container.write(place.offset + current.written, bytes);
  current.written += bytes.length;
}

async function* staged(run: Run, fileId: FileId, bytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  const place = placeOf(run, fileId);
  run.current = { fileId, written: bytes };
  const step = 1024 * 1024;
  for (let at = 0; at < bytes; at += step) {
    yield await run.container.read(place.offset + at, Math.min(step, bytes - at));
  }
}

async function read(run: Run, fileId: FileId, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const place = run.places.get(fileId);
  if (place === undefined || !run.verified.has(fileId)) throw new WebError('not-here', 'not verified yet');
  const count = Math.max(0, Math.min(length, place.size - offset));
  return run.container.read(place.offset + offset, count);
}

function placeOf(run: Run, fileId: FileId): Place {
  const place = run.places.get(fileId);
  if (place === undefined) throw new CoreError('package-plan', 'a file that is not in the plan');
  return place;
}

async function startAnew(run: Run, account: Account, sealer: BlockSealer): Promise<void> {
  run.container.close();
  await run.log.close();
  await account.store.removeLog(logName(run.name));
  await removeSealedContainer(run.name);
  run.container = await openSealedContainer(run.name, sealer);
  run.log = await account.openLog(logName(run.name));
  run.plan = null;
  run.planRecord = null;
  run.checkpoint = null;
  run.isComplete = false;
  run.places = new Map();
  run.verified.clear();
  run.current = null;
}
