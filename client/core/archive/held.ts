import type { ByteSource, SetAside } from '../ports.js';
import { MAX_ASIDE_RATIO, MAX_ASIDE_TOTAL, MAX_HELD_BYTES, MAX_HELD_TOTAL } from './limits.js';
import { ArchiveRefused, refuseArchive } from './refusal.js';

/**
 * An archive that lies deflated in another one is read at its end first, so it is inflated as a whole: into memory, or, where it is too large for
 * that, to where the shell puts it aside. Of those in memory a few are held; the one that was not used for longest is let go and inflated again when
 * it is needed.
 */
export interface HeldArchives {
  /** The same bytes with random access. @throws ArchiveRefused `archive-limit` for one that is too large to hold */
  hold(source: ByteSource): ByteSource;
}

type Bytes = Pick<ByteSource, 'read' | 'stream'>;

export function createHeldArchives(setAside: SetAside | null = null): HeldArchives {
  const inMemory = createMemory();
  let aside = 0;

  /** Inflated when it is first read, and then never again. */
  function putAside(source: ByteSource, put: SetAside): Bytes {
    if (source.size > MAX_ASIDE_RATIO * (source.packedBytes ?? 0)) refuseArchive('archive-limit');
    if (source.size > MAX_ASIDE_TOTAL - aside) refuseArchive('archive-limit');
    aside += source.size;
    let bytes: Promise<Bytes> | null = null;
    const there = (): Promise<Bytes> => (bytes ??= putOrRefuse(source, put));
    return {
      read: async (offset, length) => (await there()).read(offset, length),
      async *stream(offset = 0) {
        yield* (await there()).stream(offset);
      },
    };
  }

  return {
    hold(source) {
      if (source.access !== 'forward') return source;
      const { access: _, packedBytes: _packed, ...rest } = source;
      if (source.size <= MAX_HELD_BYTES) return { ...rest, ...inMemory(source) };
      return setAside === null ? refuseArchive('archive-limit') : { ...rest, ...putAside(source, setAside) };
    },
  };
}

/** No room on the disk is a limit like the others: the rest of what was given goes on. */
async function putOrRefuse(source: ByteSource, put: SetAside): Promise<Bytes> {
  try {
    return await put(source.stream());
  } catch (cause) {
    if (cause instanceof ArchiveRefused) throw cause;
    throw new ArchiveRefused('archive-limit', { cause });
  }
}

function createMemory(): (source: ByteSource) => Bytes {
  const held = new Map<ByteSource, Promise<Uint8Array>>();

  /** In order of use, the newest last. */
  function bytesOf(source: ByteSource): Promise<Uint8Array> {
    const known = held.get(source) ?? load(source);
    held.delete(source);
    held.set(source, known);
    let total = 0;
    for (const other of [...held.keys()].reverse()) {
      total += other.size;
      if (total > MAX_HELD_TOTAL) held.delete(other);
    }
    known.catch(() => held.delete(source));
    return known;
  }

  return (source) => ({
    read: async (offset, length) => (await bytesOf(source)).slice(offset, offset + length),
    stream: (offset = 0) => streamOf(() => bytesOf(source), offset),
  });
}

async function load(source: ByteSource): Promise<Uint8Array> {
  const bytes = new Uint8Array(source.size);
  let at = 0;
  for await (const chunk of source.stream()) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

const PIECE_BYTES = 256 * 1024;

async function* streamOf(load: () => Promise<Uint8Array>, start: number): AsyncGenerator<Uint8Array, void, undefined> {
  const bytes = await load();
  for (let at = start; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}
