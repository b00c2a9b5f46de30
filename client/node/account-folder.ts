import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type AccountStore, type BlobFile } from '../core/ports.js';
import { isNotFound, privateFolder, removeFile, replaceFile } from './durable.js';
import { keystoreThread } from './keystore-thread.js';
import { lockKeystore } from './keystore-lock.js';
import { openRecordFile } from './record-file.js';

/** An account store in a folder: `keystore`, `lock`, and `NAME.log` for each log. Everything in it is sealed. */
export interface AccountFolder extends AccountStore, AsyncDisposable {}

const SUFFIX = '.log';

/** Creates the folder if need be and locks it for this process. @throws NodeError `keystore-in-use` */
export async function openAccountFolder(folder: string): Promise<AccountFolder> {
  await privateFolder(folder);
  const lock = await lockKeystore(folder);
  const path = (name: string): string => join(folder, `${name}${SUFFIX}`);
  return {
    keystore: blobFile(join(folder, 'keystore')),
    keystoreWorker: keystoreThread,
    log: (name) => openRecordFile(path(name)),
    removeLog: (name) => removeFile(path(name)),
    async listLogs() {
      const names = await readdir(folder);
      return names.filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length));
    },
    async saveEvidence(name, bytes) {
      await replaceFile(join(folder, name), bytes);
      return join(folder, name);
    },
    [Symbol.asyncDispose]: () => lock[Symbol.asyncDispose](),
  };
}

/** A file that is replaced as a whole, readable to its owner alone. */
export function blobFile(path: string): BlobFile {
  return {
    async load() {
      try {
        return await readFile(path);
      } catch (error) {
        if (isNotFound(error)) return null;
        throw error;
      }
    },
    save: (bytes) => replaceFile(path, bytes),
    remove: () => removeFile(path),
  };
}
