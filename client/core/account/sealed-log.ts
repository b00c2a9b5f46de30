import { openRecord, sealRecord } from '../../../crypto/seal/record.js';
import { SealError } from '../../../crypto/seal/error.js';
import { type Secret } from '../../../crypto/seal/secret.js';
import { CoreError } from '../error.js';
import { type AccountStore } from '../ports.js';

/** A record log whose records are sealed with the account's journal key (docs/spec/keystore.md §6). */
export interface SealedLog {
  /** Every record in order, opened. Read once, before the first append. @throws CoreError `journal-damaged` */
  read(): AsyncIterable<Uint8Array>;
  append(plain: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export async function openSealedLog(store: AccountStore, key: Secret, name: string): Promise<SealedLog> {
  const log = await store.log(name);
  let next = 0;
  // Appends are queued: the index of a record is its place in the file.
  let tail: Promise<void> = Promise.resolve();
  return {
    async *read() {
      for await (const record of log.read()) yield openAt(key, name, next++, record);
    },
    append(plain) {
      const index = next++;
      tail = tail.then(() => log.append(sealRecord(key, name, index, plain)));
      return tail;
    },
    async close() {
      await tail.catch(() => undefined);
      await log.close();
    },
  };
}

function openAt(key: Secret, name: string, index: number, record: Uint8Array): Uint8Array {
  try {
    return openRecord(key, name, index, record);
  } catch (cause) {
    if (cause instanceof SealError) throw new CoreError('journal-damaged', 'a journal record does not open', { cause });
    throw cause;
  }
}
