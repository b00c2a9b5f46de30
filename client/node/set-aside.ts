import { close, open, read, write } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SetAside } from '../core/ports.js';

const READ_BYTES = 1024 * 1024;

const [openFile, readFile, writeFile] = [promisify(open), promisify(read), promisify(write)];

/** Whoever reads holds this, not the number, which is another file's once this one is closed. */
interface Held {
  readonly file: number;
}

/** Nobody says when an archive is done with: its room comes back when nothing knows it any more. */
const forgotten = new FinalizationRegistry<number>((file) => close(file, () => undefined));

/**
 * In a file of the folder for temporary files, readable by its owner alone. It loses its name before the first byte is written, so that nothing is left
 * of it whenever this process ends, and however.
 */
export const setAsideOnDisk: SetAside = async (chunks) => {
  const folder = await mkdtemp(join(tmpdir(), 'bildbote-'));
  const file = await namelessFile(folder);
  try {
    await writeAll(file, chunks);
  } catch (error) {
    close(file, () => undefined);
    throw error;
  }
  const held: Held = { file };
  forgotten.register(held, file);
  return {
    read: (offset, length) => readAt(held, offset, length),
    async *stream(offset = 0) {
      for (let at = offset; ; at += READ_BYTES) {
        const chunk = await readAt(held, at, READ_BYTES);
        if (chunk.length > 0) yield chunk;
        if (chunk.length < READ_BYTES) return;
      }
    },
  };
};

async function namelessFile(folder: string): Promise<number> {
  try {
    return await openFile(join(folder, 'archive'), 'wx+', 0o600);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeAll(file: number, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  let position = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const { bytesWritten } = await writeFile(file, chunk, at, chunk.length - at, position);
      at += bytesWritten;
      position += bytesWritten;
    }
  }
}

async function readAt(held: Held, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (let count = -1; count !== 0 && at < length; at += count) {
    count = (await readFile(held.file, bytes, at, length - at, offset + at)).bytesRead;
  }
  return bytes.subarray(0, at);
}
