import { basename, dirname } from 'node:path';
import type { BlobFiles, Listed } from '../../server/blobs/files.js';

/**
 * A file system in memory that forgets what was not synced. Each change of a name, and each write, is a step of its own that a power
 * failure may keep or lose by itself, in any combination: what a journal would keep in order is not relied on.
 */
export interface FallibleFiles extends BlobFiles {
  /** How many steps and syncs have been done so far. */
  readonly steps: () => number;
  /** From this step on every call fails: the power is off. */
  failAt(step: number): void;
  /** The file system after the power is back: what was synced, and of the rest what `keeps` says. */
  recovered(keeps: () => boolean): FallibleFiles;
}

interface Node {
  /** Null for a folder. */
  readonly chunks: Uint8Array[] | null;
  /** How many chunks have been synced. */
  durable: number;
}

interface State {
  /** Names as a process sees them now. */
  readonly names: Map<string, Node>;
  /** Names as the disk has them for sure. */
  readonly durable: Map<string, Node>;
  /** Changes of names since, in order, each by its folder. */
  readonly pending: { readonly folder: string; apply(names: Map<string, Node>): void }[];
  step: number;
  failAt: number;
}

export class PowerLoss extends Error {}

export function fallibleFiles(root: string): FallibleFiles {
  const folder: Node = { chunks: null, durable: 0 };
  return filesOf({
    names: new Map([[root, folder]]),
    durable: new Map([[root, folder]]),
    pending: [],
    step: 0,
    failAt: Infinity,
  });
}

function coded(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}

function filesOf(state: State): FallibleFiles {
  const step = async (): Promise<void> => {
    await Promise.resolve();
    if (state.step >= state.failAt) throw new PowerLoss('the power is off');
    state.step += 1;
  };
  const change = (folder: string, apply: (names: Map<string, Node>) => void): void => {
    apply(state.names);
    state.pending.push({ folder, apply });
  };
  const nodeAt = (path: string): Node => {
    const node = state.names.get(path);
    if (node === undefined) throw coded('ENOENT');
    return node;
  };
  const addName = async (path: string, node: Node): Promise<void> => {
    await step();
    if (state.names.get(dirname(path))?.chunks !== null) throw coded('ENOENT');
    if (state.names.has(path)) throw coded('EEXIST');
    change(dirname(path), (names) => void names.set(path, node));
  };
  return {
    steps: () => state.step,
    failAt: (at) => void (state.failAt = at),
    recovered: (keeps) => recovered(state, keeps),
    makeFolder: async (path) => {
      if (!state.names.has(path)) await addName(path, { chunks: null, durable: 0 });
    },
    create: async (path) => {
      const chunks: Uint8Array[] = [];
      const node: Node = { chunks, durable: 0 };
      await addName(path, node);
      return {
        write: async (chunk) => {
          await step();
          chunks.push(Uint8Array.from(chunk));
        },
        sync: async () => {
          await step();
          node.durable = chunks.length;
        },
        close: () => Promise.resolve(),
      };
    },
    link: async (from, to) => addName(to, nodeAt(from)),
    rename: async (from, to) => {
      await step();
      const node = nodeAt(from);
      change(dirname(to), (names) => void names.set(to, node));
      change(dirname(from), (names) => void names.delete(from));
    },
    remove: async (path) => {
      await step();
      change(dirname(path), (names) => void names.delete(path));
    },
    syncFolder: async (path) => {
      await step();
      nodeAt(path);
      for (const one of state.pending.filter(({ folder }) => folder === path)) one.apply(state.durable);
      const rest = state.pending.filter(({ folder }) => folder !== path);
      state.pending.splice(0, state.pending.length, ...rest);
    },
    openToRead: (path) => {
      const node = state.names.get(path);
      if (node?.chunks === undefined || node.chunks === null) return Promise.reject(coded('ENOENT'));
      const bytes = Buffer.concat(node.chunks);
      return Promise.resolve({
        read: (into, position) => Promise.resolve(bytes.copy(into, 0, position)),
        close: () => Promise.resolve(),
      });
    },
    list: (folder) => listed(state, folder),
    isFolder: (path) => Promise.resolve(state.names.get(path)?.chunks === null),
    assertUsable: () => Promise.resolve(),
  };
}

async function* listed({ names }: State, folder: string): AsyncGenerator<Listed> {
  await Promise.resolve();
  for (const [path, { chunks }] of [...names]) {
    if (dirname(path) !== folder || path === folder) continue;
    yield { name: basename(path), kind: chunks === null ? 'folder' : 'file', modifiedAt: new Date(0) };
  }
}

/** Names and bytes that were not synced survive one by one, or as holes; what lies in a folder that did not, is lost with it. */
function recovered(state: State, keeps: () => boolean): FallibleFiles {
  const names = new Map(state.durable);
  for (const one of state.pending) if (keeps()) one.apply(names);
  const after = new Map<string, Node>();
  const byNode = new Map<Node, Node>();
  for (const [path, node] of [...names].sort(([a], [b]) => a.length - b.length)) {
    const isRoot = after.size === 0;
    if (!isRoot && after.get(dirname(path))?.chunks !== null) continue;
    const copy = byNode.get(node) ?? { chunks: keptChunks(node, keeps), durable: 0 };
    if (copy.chunks !== null) copy.durable = copy.chunks.length;
    byNode.set(node, copy);
    after.set(path, copy);
  }
  return filesOf({ names: after, durable: new Map(after), pending: [], step: 0, failAt: Infinity });
}

function keptChunks({ chunks, durable }: Node, keeps: () => boolean): Uint8Array[] | null {
  if (chunks === null) return null;
  return chunks.flatMap((chunk, i) => {
    if (i < durable || keeps()) return [chunk];
    // The length may have grown before the bytes came: zeros, or nothing.
    return keeps() ? [new Uint8Array(chunk.length)] : [];
  });
}
