import { concatBytes } from '../../../crypto/wire/bytes.js';
import { CoreError } from '../error.js';
import type { ByteSource } from '../ports.js';

/**
 * The result of de-identification is a list of edits: what it keeps is a range of the input, read when it is asked for, so that a file of
 * any size takes no memory and every byte that is not touched is the one that was there.
 */
export type Piece =
  | { readonly kind: 'bytes'; readonly length: number; readonly bytes: Uint8Array }
  | { readonly kind: 'input'; readonly length: number; readonly at: number }
  /** Pixels with something blackened: `edit` gives changed bytes, or the same ones; the first is the one at `offset` of all pixel data. */
  | {
      readonly kind: 'pixels';
      readonly length: number;
      readonly at: number;
      readonly offset: number;
      readonly edit: PixelEdit;
    }
  /** Made anew each time it is read, the same each time. */
  | { readonly kind: 'made'; readonly length: number; readonly make: () => Promise<Uint8Array> };

/** Never changes what it is given: a source in memory gives its own bytes. */
export type PixelEdit = (bytes: Uint8Array, offset: number) => Uint8Array;

export class PieceList {
  readonly #pieces: Piece[] = [];
  /** Headers and values that follow each other: joined once, when somebody asks. */
  #small: Uint8Array[] = [];
  #smallLength = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get pieces(): readonly Piece[] {
    this.#join();
    return this.#pieces;
  }

  bytes(bytes: Uint8Array): void {
    const { length } = bytes;
    if (length === 0) return;
    if (this.#smallLength + length > MAX_JOINED) this.#join();
    this.#length += length;
    this.#small.push(bytes);
    this.#smallLength += length;
  }

  #join(): void {
    const [first, ...more] = this.#small;
    if (first === undefined) return;
    const bytes = more.length === 0 ? first : concatBytes(...this.#small);
    this.#pieces.push({ kind: 'bytes', length: bytes.length, bytes });
    this.#small = [];
    this.#smallLength = 0;
  }

  /** A range of the input; one that follows the last is joined to it. */
  input(at: number, length: number): void {
    if (length === 0) return;
    this.#join();
    const last = this.#pieces.at(-1);
    this.#length += length;
    if (last?.kind === 'input' && last.at + last.length === at) {
      this.#pieces[this.#pieces.length - 1] = { kind: 'input', at: last.at, length: last.length + length };
    } else this.#pieces.push({ kind: 'input', at, length });
  }

  add(piece: Piece): void {
    if (piece.kind === 'input') return this.input(piece.at, piece.length);
    if (piece.kind === 'bytes') return this.bytes(piece.bytes);
    if (piece.length === 0) return;
    this.#join();
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  addAll(list: PieceList): void {
    for (const piece of list.pieces) this.add(piece);
  }
}

/** What is longer stands for itself, uncopied. */
const MAX_JOINED = 4096;

/** What is read from the input at once while the result is streamed. */
const STREAM_BYTES = 1024 * 1024;

/** Longer ranges are streamed: a source reuses its buffer for that, where each read takes a new one and opens the file again. */
const LONG_PIECE = 4 * STREAM_BYTES;

type RangePiece = Extract<Piece, { kind: 'input' } | { kind: 'pixels' }>;

/** @returns up to where it came: the rest, which is not of whole units, is read */
async function* streamPiece(
  piece: RangePiece,
  from: number,
  input: ByteSource,
): AsyncGenerator<Uint8Array, number, undefined> {
  let at = from;
  for await (const chunk of input.stream(piece.at + from)) {
    if (at + chunk.length > piece.length || chunk.length % UNIT !== 0) return at;
    const isAligned = piece.kind === 'input' || (piece.offset + at) % UNIT === 0;
    if (!isAligned) return at;
    yield piece.kind === 'input' ? chunk : piece.edit(chunk, piece.offset + at);
    at += chunk.length;
  }
  return at;
}

/** The edited bytes as a source of exactly known size with random access. */
export function pieceSource(list: PieceList, input: ByteSource, about: Pick<ByteSource, 'name'>): ByteSource {
  const { pieces } = list;
  const starts: number[] = [];
  let size = 0;
  for (const piece of pieces) {
    starts.push(size);
    size += piece.length;
  }
  async function* stream(offset = 0): AsyncGenerator<Uint8Array, void, undefined> {
    for (let index = pieceAt(starts, offset); index < pieces.length; index++) {
      const piece = pieces[index];
      if (piece === undefined) return;
      const from = Math.max(0, offset - (starts[index] ?? 0));
      let begin = from;
      if (
        piece.length - from > LONG_PIECE &&
        (piece.kind === 'input' || piece.kind === 'pixels') &&
        from % UNIT === 0
      ) {
        begin = yield* streamPiece(piece, from, input);
      }
      for (let at = begin; at < piece.length; at += STREAM_BYTES) {
        yield await readPiece(piece, at, Math.min(STREAM_BYTES, piece.length - at), input);
      }
    }
  }
  return {
    ...about,
    size,
    stream,
    async read(offset, length) {
      const parts: Uint8Array[] = [];
      let left = Math.min(length, size - offset);
      for (let index = pieceAt(starts, offset); left > 0 && index < pieces.length; index++) {
        const piece = pieces[index];
        if (piece === undefined) break;
        const at = Math.max(0, offset - (starts[index] ?? 0));
        const count = Math.min(left, piece.length - at);
        if (count <= 0) continue;
        parts.push(await readPiece(piece, at, count, input));
        left -= count;
      }
      return parts.length === 1 && parts[0] !== undefined ? parts[0] : concatBytes(...parts);
    },
  };
}

/** The last piece that starts at or before `offset`. */
function pieceAt(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length];
  while (low + 1 < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low;
}

async function readPiece(piece: Piece, at: number, length: number, input: ByteSource): Promise<Uint8Array> {
  switch (piece.kind) {
    case 'bytes':
      return piece.bytes.subarray(at, at + length);
    case 'made':
      return (await piece.make()).slice(at, at + length);
    case 'input':
      return readExactly(input, piece.at + at, length);
    case 'pixels': {
      // Samples are not cut in two: read from and to a multiple of the largest.
      const before = (piece.offset + at) % UNIT;
      const after = Math.min((UNIT - ((piece.offset + at + length) % UNIT)) % UNIT, piece.length - at - length);
      const read = await readExactly(input, piece.at + at - before, before + length + after);
      const bytes = piece.edit(read, piece.offset + at - before);
      return bytes.subarray(before, before + length);
    }
  }
}

/** Bytes of the largest group of samples that belong together: two pixels of 4 : 2 : 2, or a double. */
const UNIT = 8;

/** @throws CoreError `source-changed` when the input has become shorter */
async function readExactly(input: ByteSource, at: number, length: number): Promise<Uint8Array> {
  const bytes = await input.read(at, length);
  if (bytes.length !== length) throw new CoreError('source-changed', 'the input is shorter than it was');
  return bytes;
}
