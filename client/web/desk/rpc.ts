/**
 * Calls between the page and its worker: one answer each, progress on the way, and a way to take a call back. Plain data only;
 * an error crosses as its code, because a message may hold what belongs on no screen.
 */

export interface Call {
  readonly signal: AbortSignal;
  report(progress: unknown): void;
}

export type Method = (input: never, call: Call) => Promise<unknown>;

export type Input<M> = M extends (input: infer I, call: Call) => Promise<unknown> ? I : never;
export type Answer<M> = M extends (input: never, call: Call) => Promise<infer A> ? A : never;

type ToWorker =
  | { readonly kind: 'call'; readonly id: number; readonly method: string; readonly input: unknown }
  | { readonly kind: 'cancel'; readonly id: number };

type FromWorker =
  | { readonly kind: 'done'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly code: string }
  | { readonly kind: 'progress'; readonly id: number; readonly progress: unknown }
  | { readonly kind: 'event'; readonly event: unknown };

/** What both a Worker and a worker's own scope offer. */
export interface Channel {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  addEventListener(kind: 'message', listen: (event: MessageEvent) => void): void;
}

/** The page's error: `code` chooses the text. */
export class DeskError extends Error {
  override readonly name = 'DeskError';
  readonly code: string;

  constructor(code: string, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
  }
}

/** An answer whose buffers move instead of being copied. */
export class Moved<T> {
  readonly value: T;
  readonly transfer: Transferable[];

  constructor(value: T, transfer: Transferable[]) {
    this.value = value;
    this.transfer = transfer;
  }
}

/** Answers calls in the worker. @returns how to tell the page something unasked */
export function serve<A extends Record<keyof A, Method>>(
  channel: Channel,
  api: A,
  codeOf: (error: unknown) => string,
  /** For names that `api` does not have: perhaps what is loaded later has them. */
  other?: (name: string) => Method,
): (event: unknown) => void {
  const running = new Map<number, AbortController>();
  const post = (message: FromWorker, transfer: Transferable[] = []): void => channel.postMessage(message, transfer);
  const run = async (id: number, method: Method, input: unknown): Promise<void> => {
    const controller = new AbortController();
    running.set(id, controller);
    const call: Call = { signal: controller.signal, report: (progress) => post({ kind: 'progress', id, progress }) };
    try {
      const answer = await method(input as never, call);
      if (answer instanceof Moved) post({ kind: 'done', id, answer: answer.value }, answer.transfer);
      else post({ kind: 'done', id, answer });
    } catch (error) {
      post({ kind: 'failed', id, code: codeOf(error) });
    } finally {
      running.delete(id);
    }
  };
  channel.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
    if (data.kind === 'cancel') return running.get(data.id)?.abort();
    const method = Object.hasOwn(api, data.method) ? api[data.method as keyof A] : other?.(data.method);
    if (method === undefined) post({ kind: 'failed', id: data.id, code: 'internal-error' });
    else void run(data.id, method, data.input);
  });
  return (event) => post({ kind: 'event', event });
}

export interface CallOptions<P = unknown> {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: P) => void) | undefined;
  /** What of the input moves instead of being copied. */
  readonly transfer?: Transferable[] | undefined;
}

export interface Client<A> {
  /** @throws DeskError */
  call<K extends keyof A & string>(method: K, input: Input<A[K]>, options?: CallOptions<never>): Promise<Answer<A[K]>>;
  /** Every call that is under way fails with `code`: the worker has gone. */
  end(code: string): void;
}

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: DeskError) => void;
  readonly onProgress: ((progress: never) => void) | undefined;
}

export function connect<A>(channel: Channel, onEvent: (event: unknown) => void): Client<A> {
  const waiting = new Map<number, Waiting>();
  let next = 1;
  let ended: string | null = null;
  channel.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
    if (data.kind === 'event') return onEvent(data.event);
    const one = waiting.get(data.id);
    if (data.kind === 'progress') return one?.onProgress?.(data.progress as never);
    waiting.delete(data.id);
    if (data.kind === 'done') one?.resolve(data.answer);
    else one?.reject(new DeskError(data.code));
  });
  return {
    call(method, input, options = {}) {
      if (ended !== null) return Promise.reject(new DeskError(ended));
      const id = next++;
      const answer = new Promise<unknown>((resolve, reject) => {
        waiting.set(id, { resolve, reject, onProgress: options.onProgress });
      });
      channel.postMessage({ kind: 'call', id, method, input } satisfies ToWorker, options.transfer);
      options.signal?.addEventListener('abort', () => channel.postMessage({ kind: 'cancel', id } satisfies ToWorker), {
        once: true,
      });
      return answer as ReturnType<Client<A>['call']> as never;
    },
    end(code) {
      ended = code;
      for (const one of waiting.values()) one.reject(new DeskError(code));
      waiting.clear();
    },
  };
}
