import type { Database, Transaction } from '../db/open.js';
import { type Listener, startListener } from '../db/listener.js';
import { type Log, loggable } from '../log.js';
import { listUnsigned, saveSignature } from './store.js';

/** Signs with the key of the relay's log. */
export interface TestimonySigner {
  signTestimony(body: Uint8Array): Uint8Array;
}

/** By NOTIFY inside the transaction that writes testimonies: nodes that hold the log's key sign them. */
const CHANNEL = 'bildbote_testimonies';
const BATCH = 100;

export async function announceUnsigned(trx: Transaction): Promise<void> {
  await trx.raw('select pg_notify(?, ?)', [CHANNEL, '']);
}

/** Signs whatever waits for a signature. @returns how many */
export async function signPending(db: Database, signer: TestimonySigner): Promise<number> {
  for (let total = 0; ;) {
    const batch = await listUnsigned(db, BATCH);
    for (const { mailboxId, seq, body } of batch) {
      await saveSignature(db, mailboxId, seq, signer.signTestimony(body));
    }
    total += batch.length;
    if (batch.length < BATCH) return total;
  }
}

export interface SigningDeps {
  readonly db: Database;
  readonly databaseUrl: string;
  readonly log: Log;
  readonly signer: TestimonySigner;
}

/** On a node that holds the key: signs what other nodes have written, for as long as it runs. */
export async function startSigning({ db, databaseUrl, log, signer }: SigningDeps): Promise<AsyncDisposable> {
  let running: Promise<unknown> = Promise.resolve();
  const wake = (): void => {
    running = running
      .then(() => signPending(db, signer))
      .catch((error: unknown) => log.error(loggable(error), 'testimonies could not be signed'));
  };
  const listener: Listener = await startListener({
    url: databaseUrl,
    channel: CHANNEL,
    onNotification: wake,
    onReconnect: wake,
  });
  wake();
  return {
    async [Symbol.asyncDispose]() {
      await listener[Symbol.asyncDispose]();
      await running;
    },
  };
}
