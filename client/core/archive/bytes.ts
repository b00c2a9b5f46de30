import type { ByteSource } from '../ports.js';
import { SMALL_BYTES } from './block-cache.js';
import { refuseArchive } from './refusal.js';

/** Exactly `length` bytes as a view. @throws ArchiveRefused `archive-damaged` when the source ends before */
export async function readView(source: ByteSource, offset: number, length: number): Promise<DataView> {
  if (offset < 0 || offset + length > source.size) refuseArchive('archive-damaged');
  const bytes = await source.read(offset, length);
  if (bytes.length < length) refuseArchive('archive-damaged');
  return new DataView(bytes.buffer, bytes.byteOffset, length);
}

export function bytesOf(view: DataView, offset: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + offset, length);
}

/** A 64-bit length that a number can hold. @throws ArchiveRefused `archive-damaged` for a larger one */
export function uint64(view: DataView, offset: number): number {
  const value = view.getBigUint64(offset, true);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : refuseArchive('archive-damaged');
}

/** `length` bytes of `source` from `start`, as a stream that begins `skip` bytes later. */
export async function* rangeStream(
  source: ByteSource,
  start: number,
  length: number,
  skip: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = length - skip;
  if (left <= 0) return;
  if (left <= SMALL_BYTES) return yield await source.read(start + skip, left);
  for await (const chunk of source.stream(start + skip)) {
    const piece = chunk.length <= left ? chunk : chunk.subarray(0, left);
    left -= piece.length;
    yield piece;
    if (left === 0) return;
  }
}
