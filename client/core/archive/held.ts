import type { ByteSource } from '../ports.js';
import { MAX_HELD_BYTES, MAX_HELD_TOTAL } from './limits.js';
import { refuseArchive } from './refusal.js';

/**
 * An archive that lies deflated in another one is read at its end first, so it is inflated into memory as a whole. A few are held;
 * the one that was not used for longest is let go and inflated again when it is needed.
 */
export interface HeldArchives {
  /** The same bytes with random access. @throws ArchiveRefused `archive-limit` for one that is too large to hold */
  hold(source: ByteSource): ByteSource;
}

export function createHeldArchives(): HeldArchives {
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

  return {
    hold(source) {
      if (source.access !== 'forward') return source;
      if (source.size > MAX_HELD_BYTES) refuseArchive('archive-limit');
      const { access: _, ...rest } = source;
      return {
        ...rest,
        read: async (offset, length) => (await bytesOf(source)).slice(offset, offset + length),
        stream: (offset = 0) => streamOf(() => bytesOf(source), offset),
      };
    },
  };
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
