import { CoreError } from '../error.js';
import type { Codecs } from './codecs.js';
import type { Coding } from './coding.js';
import { codeUnit, restoreUnit, type CodeTask, type CodedTask } from './task.js';
import type { CodedUnit } from './unit.js';

/** Plain data, fit to travel between threads. */
export type CodingJob =
  { readonly kind: 'code'; readonly task: CodeTask } | { readonly kind: 'restore'; readonly unit: CodedUnit };

export type CodingAnswer =
  /** `spare`: memory of the task's bytes, given back to be used again. */
  | ({ readonly kind: 'coded'; readonly spare: ArrayBuffer | null } & CodedTask)
  | { readonly kind: 'restored'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'refused'; readonly code: 'package-coding' | 'codec-unsupported' | 'coding-failed' };

/** What a worker does with each job; it never throws. */
export async function performCodingJob(job: CodingJob, codecs: Codecs): Promise<CodingAnswer> {
  try {
    if (job.kind === 'code') return await performCode(job.task, codecs);
    return { kind: 'restored', bytes: await restoreUnit(job.unit, codecs) };
  } catch (error) {
    const code = error instanceof CoreError ? error.code : null;
    const isRefusal = code === 'package-coding' || code === 'codec-unsupported';
    return { kind: 'refused', code: isRefusal ? code : 'coding-failed' };
  }
}

async function performCode(task: CodeTask, codecs: Codecs): Promise<CodingAnswer> {
  const coded = await codeUnit(task, codecs);
  const { buffer } = task.bytes;
  return { kind: 'coded', spare: coded.unit.coded.buffer === buffer ? null : buffer, ...coded };
}

/** The buffers that a job or an answer hands over instead of copying. */
export function buffersOf(message: CodingJob | CodingAnswer): ArrayBuffer[] {
  switch (message.kind) {
    case 'code':
      return [message.task.bytes.buffer];
    case 'restore':
      return [message.unit.coded.buffer];
    case 'coded':
      return [message.unit.coded.buffer, ...(message.spare === null ? [] : [message.spare])];
    case 'restored':
      return [message.bytes.buffer];
    case 'refused':
      return [];
  }
}

/** A worker of the shell: one job at a time. */
export interface CodingWorker {
  /** @throws when the worker has ended */
  run(job: CodingJob): Promise<CodingAnswer>;
  end(): Promise<void>;
}

export interface PoolOptions {
  readonly version: string;
  /** Workers at most; each is started when it is first needed. */
  readonly size: number;
  readonly startWorker: () => CodingWorker;
  /** A job that takes longer has met a decoder that does not end: its worker is ended. */
  readonly limitMs?: number;
}

/** 1 MiB takes 20 ms; a hundred times that is no slow machine. */
const LIMIT_MS = 20_000;

/** Buffers kept for the next tasks; the oldest ones go. */
const MAX_SPARES = 12;

function createSpares(): { take(bytes: number): ArrayBuffer; give(buffer: ArrayBuffer): void } {
  const spares: ArrayBuffer[] = [];
  return {
    take(bytes) {
      // Units of a series have one size: no other is worth looking for.
      const at = spares.findIndex(({ byteLength }) => byteLength === bytes);
      const [spare = new ArrayBuffer(bytes)] = at < 0 ? [] : spares.splice(at, 1);
      return spare;
    },
    give(buffer) {
      spares.unshift(buffer);
      spares.length = Math.min(spares.length, MAX_SPARES);
    },
  };
}

interface Waiting {
  readonly job: CodingJob;
  readonly settle: (answer: Promise<CodingAnswer>) => void;
}

/** Coding in workers, so that hostile bytes meet decoders that can be ended and share no memory with keys. */
export function createCodingPool({ version, size, startWorker, limitMs = LIMIT_MS }: PoolOptions): Coding {
  const idle: CodingWorker[] = [];
  const all = new Set<CodingWorker>();
  const queue: Waiting[] = [];
  const spares = createSpares();
  let closed = false;

  function dispatch(): void {
    while (queue.length > 0) {
      const worker = idle.pop() ?? started();
      const next = worker === null ? undefined : queue.shift();
      if (worker === null || next === undefined) return;
      next.settle(runOn(worker, next.job));
    }
  }

  function started(): CodingWorker | null {
    if (all.size >= size) return null;
    const worker = startWorker();
    all.add(worker);
    return worker;
  }

  async function runOn(worker: CodingWorker, job: CodingJob): Promise<CodingAnswer> {
    try {
      const answer = await withinTime(worker.run(job), limitMs);
      idle.push(worker);
      return answer;
    } catch (cause) {
      all.delete(worker);
      await worker.end();
      throw new CoreError('coding-failed', 'a worker ended or did not answer', { cause });
    } finally {
      if (!closed) dispatch();
    }
  }

  function submit(job: CodingJob): Promise<CodingAnswer> {
    if (closed) return Promise.reject(new CoreError('coding-failed', 'the pool is closed'));
    return new Promise((resolve) => {
      queue.push({ job, settle: resolve });
      dispatch();
    });
  }

  return {
    version,
    atOnce: size,
    memory: (bytes) => new Uint8Array(spares.take(bytes)),
    async code(task) {
      const answer = await submit({ kind: 'code', task });
      if (answer.kind !== 'coded') return refused(answer);
      if (answer.spare !== null) spares.give(answer.spare);
      return answer;
    },
    restore: async (unit) => restoredOf(await submit({ kind: 'restore', unit })),
    async [Symbol.asyncDispose]() {
      closed = true;
      for (const { settle } of queue.splice(0)) settle(Promise.reject(new CoreError('coding-failed', 'closed')));
      await Promise.all([...all].map((worker) => worker.end()));
    },
  };
}

function restoredOf(answer: CodingAnswer): Uint8Array<ArrayBuffer> {
  return answer.kind === 'restored' ? answer.bytes : refused(answer);
}

function refused(answer: CodingAnswer): never {
  throw new CoreError(answer.kind === 'refused' ? answer.code : 'coding-failed', 'refused by the worker');
}

async function withinTime<T>(work: Promise<T>, limitMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('out of time')), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
