import { type BundleView, type GuardAnswer, type GuardAsk } from '../desk/guard.js';
import { type BundleList, addressOf, fileAt, readList, sha256 } from './list.js';

/**
 * Keeps the page that this browser knows. What is not on its list, or not as the list says, is not run; another list is told to a
 * person and never taken over by itself (docs/web-client.md §3, attack A30).
 */
export interface Keeper {
  /** The answer to a request of the page; null when it is none of the guard's business. @returns a network error for an altered file */
  answer(pathname: string): Promise<Response | null>;
  ask(question: GuardAsk): Promise<GuardAnswer>;
}

/** What the guard has: a cache that outlives it, and the way to the relay. */
export interface Surroundings {
  readonly openCache: (name: string) => Promise<Pick<Cache, 'match' | 'put'>>;
  readonly dropCache: (name: string) => Promise<boolean>;
  /** Past the browser's own cache. */
  readonly fetch: (address: string) => Promise<Response>;
}

const POINTER_CACHE = 'bildbote-page';
const POINTER = '/known';
const LIST = '/bundle.json';

export function createKeeper(around: Surroundings): Keeper {
  let known: Promise<BundleList | null> | null = null;
  /** The first list ever seen is the one that counts from then on. */
  const knownList = (): Promise<BundleList | null> =>
    (known ??= loadKnown(around).catch(() => null)).then((list) => {
      if (list === null) known = null;
      return list;
    });
  return {
    async answer(pathname) {
      const list = await knownList();
      const path = list === null ? null : fileAt(list, pathname);
      if (list === null || path === null) return null;
      return (await fileOf(around, list, path)) ?? Response.error();
    },
    async ask(question) {
      const list = await knownList();
      switch (question.kind) {
        case 'status':
          return { kind: 'status', known: view(list), offered: await offeredBeside(around, list) };
        case 'keep':
          for (const path of list?.files.keys() ?? []) await fileOf(around, list as BundleList, path);
          return { kind: 'kept' };
        case 'take': {
          const taken = await take(around, question.digest);
          if (taken === null) return { kind: 'broken' };
          if (list !== null && list.digest !== taken.digest) await around.dropCache(cacheOf(list));
          known = Promise.resolve(taken);
          return { kind: 'taken' };
        }
      }
    },
  };
}

function view(list: BundleList | null): BundleView | null {
  return list === null ? null : { version: list.version, digest: list.digest };
}

function cacheOf({ digest }: BundleView): string {
  return `bildbote-page-${digest}`;
}

async function bytesOf(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await response.arrayBuffer());
}

async function loadKnown(around: Surroundings): Promise<BundleList | null> {
  const pointer = await around.openCache(POINTER_CACHE);
  const kept = await pointer.match(POINTER);
  if (kept !== undefined) return readList(await bytesOf(kept));
  const bytes = await fetchList(around);
  const list = bytes === null ? null : await readList(bytes);
  if (bytes !== null && list !== null) await pointer.put(POINTER, new Response(bytes));
  return list;
}

async function fetchList({ fetch }: Surroundings): Promise<Uint8Array<ArrayBuffer> | null> {
  const response = await fetch(LIST);
  return response.ok ? bytesOf(response) : null;
}

/** From here, else from the relay and then kept; null when it is not as the list says. */
async function fileOf(around: Surroundings, list: BundleList, path: string): Promise<Response | null> {
  const cache = await around.openCache(cacheOf(list));
  const address = addressOf(path);
  const kept = await cache.match(address);
  if (kept !== undefined) return kept;
  const response = await around.fetch(address);
  const bytes = await bytesOf(response);
  if (!response.ok || (await sha256(bytes)) !== list.files.get(path)) return null;
  const checked = new Response(bytes, { headers: headersOf(response) });
  await cache.put(address, checked.clone());
  return checked;
}

/** As the relay gave them, policy included; but the bytes are no longer packed. */
function headersOf({ headers }: Response): Headers {
  const kept = new Headers(headers);
  for (const name of ['content-encoding', 'content-length']) kept.delete(name);
  return kept;
}

async function offeredBeside(around: Surroundings, known: BundleList | null): Promise<BundleView | null> {
  const bytes = await fetchList(around).catch(() => null);
  const offered = bytes === null ? null : await readList(bytes);
  return offered === null || offered.digest === known?.digest ? null : view(offered);
}

/** All of it must be there and as it says before it counts. */
async function take(around: Surroundings, digest: string): Promise<BundleList | null> {
  const bytes = await fetchList(around);
  const list = bytes === null ? null : await readList(bytes);
  if (bytes === null || list?.digest !== digest) return null;
  for (const path of list.files.keys()) {
    if ((await fileOf(around, list, path)) === null) return null;
  }
  await (await around.openCache(POINTER_CACHE)).put(POINTER, new Response(bytes));
  return list;
}
