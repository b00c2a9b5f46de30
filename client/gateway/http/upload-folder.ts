import { createHash, randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { privateFolder } from '../../node/durable.js';
import { Problem } from './problem.js';

/** Files of one request while it comes in: what is refused leaves nothing behind, what is taken is linked into the spool. */
export interface UploadFolder extends AsyncDisposable {
  /** What is written here goes with it. */
  readonly path: string;
  /** Written and synced. @throws Problem `too-large` */
  write(body: AsyncIterable<Uint8Array>): Promise<UploadedFile>;
}

export interface UploadedFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** The largest instance that PS3.5 can write, nearly: 4 GiB. */
const MAX_FILE_BYTES = 4 * 1024 ** 3;
/** Of one request: the largest studies. */
const MAX_REQUEST_BYTES = 64 * 1024 ** 3;

/** What an earlier run has left. */
export async function clearUploads(parent: string): Promise<void> {
  await rm(parent, { recursive: true, force: true });
}

export async function openUploadFolder(parent: string): Promise<UploadFolder> {
  const folder = join(parent, randomBytes(16).toString('hex'));
  await privateFolder(folder);
  let [count, total] = [0, 0];
  return {
    path: folder,
    async write(body) {
      const path = join(folder, String(++count).padStart(6, '0'));
      const handle = await open(path, 'wx', 0o600);
      const hash = createHash('sha256');
      let bytes = 0;
      try {
        for await (const chunk of body) {
          bytes += chunk.length;
          total += chunk.length;
          if (bytes > MAX_FILE_BYTES || total > MAX_REQUEST_BYTES) throw new Problem('too-large', { detail: 'a file' });
          hash.update(chunk);
          await handle.writeFile(chunk);
        }
        await handle.sync();
      } finally {
        await handle.close();
      }
      return { path, bytes, sha256: hash.digest('hex') };
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
