import { inflateRaw } from '../inflate-raw.js';
import type { ByteSource } from '../ports.js';
import { streamCursor, type Cursor } from './cursor.js';
import { refuse } from './refusal.js';

/** A deflated data set may grow to this many times its size (attack A21) … */
const MAX_RATIO = 64;
/** … but a small one always to this: an empty image deflates a thousandfold, and 16 MiB hurt nobody. */
const ALWAYS_ALLOWED = 16 * 1024 * 1024;
/** … and none beyond this. */
const NEVER_BEYOND = 2 * 1024 ** 3;

/** The data set of Deflated Explicit VR Little Endian (PS3.5 §A.5), which starts at `offset`, inflated as it is asked for. */
export function inflatedCursor(source: ByteSource, offset: number): Cursor {
  const limit = Math.min(Math.max(MAX_RATIO * source.size, ALWAYS_ALLOWED), NEVER_BEYOND);
  return streamCursor(inflate(source, offset), offset, limit);
}

async function* inflate(source: ByteSource, offset: number): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* inflateRaw(source.stream(offset), 'padded');
  } catch {
    refuse('truncated');
  }
}
