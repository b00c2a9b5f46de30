import { type KeystoreAnswer, type KeystoreWorker } from '../../core/ports.js';
import { ownScript, startHelper } from './worker-scripts.js';

/** By this name a worker of this script knows that it has one keystore to open, and nothing else to do. */
export const KEYSTORE_ROLE = 'keystore';

/** Argon2id in a worker that ends with its answer: its 128 MiB, and the passphrase in them, go back to the system. */
export const keystoreWorker: KeystoreWorker = async (task) => {
  const worker = startHelper(ownScript(), KEYSTORE_ROLE);
  try {
    return await new Promise<KeystoreAnswer>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<KeystoreAnswer>) => resolve(data);
      worker.onerror = (event) => reject(new Error('the keystore worker failed', { cause: event.message }));
      worker.postMessage(task);
    });
  } finally {
    worker.terminate();
  }
};
