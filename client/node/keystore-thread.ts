import { Worker } from 'node:worker_threads';
import { type KeystoreAnswer, type KeystoreWorker } from '../core/ports.js';

/** Argon2id in a thread that ends with its answer: its 128 MiB go back to the system. */
export const keystoreThread: KeystoreWorker = async (task) => {
  const worker = new Worker(new URL(import.meta.url.replace(/keystore-thread/, 'keystore-thread-main')));
  try {
    return await new Promise<KeystoreAnswer>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.postMessage(task);
    });
  } finally {
    await worker.terminate();
  }
};
