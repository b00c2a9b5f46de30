import { randomBytes } from 'node:crypto';
import { mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isNotFound, replaceFile } from '../../node/durable.js';
import type { EventType } from './event-log.js';

/** A place that is told what happens, and what of it is still to be told. One file each, replaced as a whole. */
export interface Hook {
  readonly id: string;
  /** The key that made it: nobody else sees it. */
  readonly keyId: string;
  readonly url: string;
  readonly secret: string;
  readonly events: readonly EventType[];
  readonly createdAt: string;
  /** Up to which event everything has been taken into `deliveries`. */
  readonly cursor: number;
  /** Oldest first: those that are not done, and the latest that are. */
  readonly deliveries: readonly Delivery[];
}

export interface Delivery {
  readonly id: string;
  readonly eventSeq: number;
  readonly state: 'pending' | 'delivered' | 'failed';
  /** Milliseconds since 1970; null when there is nothing more to try. */
  readonly nextMs: number | null;
  readonly attempts: readonly Attempt[];
}

export interface Attempt {
  readonly at: string;
  /** Null when there was no answer. */
  readonly status: number | null;
  /** Null when it was taken. */
  readonly failure: 'status' | 'timeout' | 'unreachable' | null;
  readonly ms: number;
}

export interface HookStore {
  list(): readonly Hook[];
  get(id: string): Hook | null;
  create(fields: Pick<Hook, 'keyId' | 'url' | 'secret' | 'events' | 'createdAt' | 'cursor'>): Promise<Hook>;
  /** Durable when it returns. Nothing happens to one that was removed meanwhile. */
  update(id: string, change: (hook: Hook) => Hook): Promise<void>;
  remove(id: string): Promise<void>;
}

const FILE = /^([0-9a-f]{16})\.json$/;
/** Done ones are kept for whoever wants to see what was tried. */
const KEPT_DONE = 200;

export async function openHookStore(folder: string): Promise<HookStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const hooks = new Map<string, Hook>();
  for (const name of (await readdir(folder)).sort()) {
    const id = FILE.exec(name)?.[1];
    if (id !== undefined) hooks.set(id, JSON.parse(await readFile(join(folder, name), 'utf8')) as Hook);
  }
  const path = (id: string): string => join(folder, `${id}.json`);
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };
  const save = async (hook: Hook): Promise<Hook> => {
    await replaceFile(path(hook.id), Buffer.from(JSON.stringify(hook)));
    hooks.set(hook.id, hook);
    return hook;
  };
  return {
    list: () => [...hooks.values()],
    get: (id) => hooks.get(id) ?? null,
    create: (fields) => inTurn(() => save({ ...fields, id: randomBytes(8).toString('hex'), deliveries: [] })),
    update: (id, change) =>
      inTurn(async () => {
        const hook = hooks.get(id);
        if (hook !== undefined) await save(trimmed(change(hook)));
      }),
    remove: (id) =>
      inTurn(async () => {
        hooks.delete(id);
        await rm(path(id), { force: true }).catch((error: unknown) => {
          if (!isNotFound(error)) throw error;
        });
      }),
  };
}

function trimmed(hook: Hook): Hook {
  const done = hook.deliveries.filter(({ state }) => state !== 'pending');
  const dropped = new Set(done.slice(0, Math.max(0, done.length - KEPT_DONE)));
  return { ...hook, deliveries: hook.deliveries.filter((one) => !dropped.has(one)) };
}
