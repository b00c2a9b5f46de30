import { randomBytes } from 'node:crypto';
import type { EventLog, GatewayEvent } from './event-log.js';
import type { Attempt, Delivery, Hook, HookStore } from './hook-store.js';
import { sign } from './signature.js';

/** Performs one POST. No redirects: the address is the one that somebody has written down. */
export type Post = (url: string, headers: Readonly<Record<string, string>>, body: string) => Promise<PostOutcome>;
export type PostOutcome =
  | { readonly kind: 'answered'; readonly status: number }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'unreachable' };

export interface Deliverer extends AsyncDisposable {
  /** Tells what is due now. Used by the timer, and by whoever does not want to wait for it. */
  run(): Promise<void>;
  /** Tells one hook of one event, whether it asked for its kind or not. */
  offer(hookId: string, eventSeq: number): Promise<void>;
  /** Tries a delivery again, whatever has become of it. @returns false when it or its event is gone */
  redeliver(hookId: string, deliveryId: string): Promise<boolean>;
}

export interface DelivererDeps {
  readonly events: EventLog;
  readonly hooks: HookStore;
  readonly post: Post;
  readonly now?: () => number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** How long after each failure: about two days together. A practice computer that is off over night hears of it in the morning. */
export const BACK_OFF_MS: readonly number[] = [
  ...[10_000, 30_000, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE],
  ...[HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR],
];
/** The longest that a timer waits before it looks again: clocks are set, machines sleep. */
const LOOK_MS = MINUTE;

/** Every event at least once to everyone who asked for its kind; one that does not answer keeps nobody else waiting. */
export function startDeliverer({ events, hooks, post, now = Date.now }: DelivererDeps): Deliverer {
  let timer: NodeJS.Timeout | null = null;
  let isClosed = false;
  const busy = new Map<string, Promise<void>>();

  async function run(): Promise<void> {
    await Promise.all(hooks.list().map(({ id }) => serve(id)));
    schedule();
  }

  /** One at a time for each hook; who comes while it runs waits for it and looks again. */
  async function serve(id: string): Promise<void> {
    const before = busy.get(id) ?? Promise.resolve();
    const mine = before
      .then(() => drain({ events, hooks, post, now }, id, () => isClosed))
      .finally(() => {
        if (busy.get(id) === mine) busy.delete(id);
      });
    busy.set(id, mine);
    await mine;
  }

  function schedule(): void {
    if (timer !== null) clearTimeout(timer);
    if (isClosed) return;
    const times = hooks.list().flatMap(({ deliveries }) => deliveries.flatMap(({ nextMs }) => nextMs ?? []));
    const wait = Math.max(0, Math.min(LOOK_MS, ...times.map((time) => time - now())));
    timer = setTimeout(() => void run().catch(() => undefined), wait).unref();
  }

  const subscription = events.subscribe(() => void run().catch(() => undefined));
  schedule();
  return {
    run,
    async offer(hookId, eventSeq) {
      await hooks.update(hookId, (hook) => ({
        ...hook,
        deliveries: [...hook.deliveries, newDelivery(eventSeq, now())],
      }));
      void run().catch(() => undefined);
    },
    async redeliver(hookId, deliveryId) {
      const delivery = hooks.get(hookId)?.deliveries.find(({ id }) => id === deliveryId);
      if (delivery === undefined || events.get(delivery.eventSeq) === null) return false;
      await putFirst(hooks, hookId, deliveryId, now());
      void run().catch(() => undefined);
      return true;
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      subscription[Symbol.dispose]();
      if (timer !== null) clearTimeout(timer);
      await Promise.allSettled(busy.values());
    },
  };
}

/** Events since the cursor become deliveries, and both are written in one step: none is lost, none comes twice by this. */
async function takeNew(events: EventLog, hooks: HookStore, id: string, nowMs: number): Promise<void> {
  const cursor = hooks.get(id)?.cursor;
  if (cursor === undefined || cursor >= events.last) return;
  const news = events.after(cursor, events.last - cursor);
  await hooks.update(id, (hook) => {
    const wanted = news.filter(({ seq, type }) => seq > hook.cursor && hook.events.includes(type));
    const deliveries = wanted.map(({ seq }) => newDelivery(seq, nowMs));
    return { ...hook, cursor: news.at(-1)?.seq ?? hook.cursor, deliveries: [...hook.deliveries, ...deliveries] };
  });
}

async function tryOnce(
  post: Post,
  now: () => number,
  hook: Hook,
  { id }: Delivery,
  { seq, time, type, data }: GatewayEvent,
): Promise<Attempt> {
  const startedMs = now();
  const seconds = Math.floor(startedMs / 1000);
  const body = JSON.stringify({ id, seq, type, time, data });
  const headers = {
    'Content-Type': 'application/json',
    'User-Agent': 'Bildbote',
    'Webhook-Id': id,
    'Webhook-Timestamp': String(seconds),
    'Webhook-Signature': sign(hook.secret, id, seconds, body),
  };
  const outcome = await post(hook.url, headers, body);
  const status = outcome.kind === 'answered' ? outcome.status : null;
  const isTaken = status !== null && status >= 200 && status < 300;
  const failure = isTaken ? null : outcome.kind === 'answered' ? 'status' : outcome.kind;
  return { at: new Date(startedMs).toISOString(), status, failure, ms: now() - startedMs };
}

function after(delivery: Delivery, attempt: Attempt | null, nowMs: number): Delivery {
  // The event has gone with the oldest part of the log: nobody can be told any more.
  if (attempt === null) return { ...delivery, state: 'failed', nextMs: null };
  const attempts = [...delivery.attempts, attempt];
  if (attempt.failure === null) return { ...delivery, attempts, state: 'delivered', nextMs: null };
  const wait = BACK_OFF_MS[attempts.length - 1];
  if (wait === undefined) return { ...delivery, attempts, state: 'failed', nextMs: null };
  return { ...delivery, attempts, nextMs: nowMs + wait };
}

function putFirst(hooks: HookStore, hookId: string, deliveryId: string, nowMs: number): Promise<void> {
  return hooks.update(hookId, (hook) => ({
    ...hook,
    deliveries: hook.deliveries.map((one) =>
      one.id === deliveryId ? { ...one, state: 'pending' as const, nextMs: nowMs } : one,
    ),
  }));
}

function newDelivery(eventSeq: number, nowMs: number): Delivery {
  const id = `evt_${randomBytes(12).toString('hex')}`;
  return { id, eventSeq, state: 'pending', nextMs: nowMs, attempts: [] };
}

/** Everything of one hook that is due, one after the other. */
async function drain(
  { events, hooks, post, now }: Required<DelivererDeps>,
  id: string,
  isClosed: () => boolean,
): Promise<void> {
  await takeNew(events, hooks, id, now());
  for (;;) {
    const hook = hooks.get(id);
    const due = hook?.deliveries.find(({ state, nextMs }) => state === 'pending' && nextMs !== null && nextMs <= now());
    if (hook === null || due === undefined || isClosed()) return;
    const event = events.get(due.eventSeq);
    const attempt = event === null ? null : await tryOnce(post, now, hook, due, event);
    await hooks.update(id, (one) => ({
      ...one,
      deliveries: one.deliveries.map((other) => (other.id === due.id ? after(other, attempt, now()) : other)),
    }));
  }
}
