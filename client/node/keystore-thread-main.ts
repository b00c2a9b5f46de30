import { parentPort } from 'node:worker_threads';
import { performKeystoreTask } from '../core/account/keystore-work.js';
import { type KeystoreTask } from '../core/ports.js';

/** What runs in the thread of ./keystore-thread.ts: one task, one answer. */
const port = parentPort;
port?.once('message', (task: KeystoreTask) => {
  void performKeystoreTask(task).then((answer) => port.postMessage(answer));
});
