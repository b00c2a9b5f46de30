import { type AccountStore, type BlobFile, type RecordLog } from '../../core/ports.js';
import { type WebDatabase, readFrom, writeTo } from './database.js';
import { keystoreWorker } from './keystore-worker.js';

/** An account store in the browser's database. Everything in it is sealed; records are found by log and place. */
export function accountDatabase(database: WebDatabase): AccountStore {
  return {
    keystore: blobIn(database, 'keystore'),
    keystoreWorker,
    log: (name) => openLog(database, name),
    removeLog: (name) => writeTo(database, 'log', (store) => void store.delete(rangeOf(name))),
    async listLogs() {
      const keys = await readFrom(database, 'log', (store) => store.getAllKeys());
      return [...new Set((keys as [string, number][]).map(([name]) => name))];
    },
    async saveEvidence(name, bytes) {
      await writeTo(database, 'blob', (store) => void store.put(new Uint8Array(bytes), EVIDENCE + name));
      return name;
    },
  };
}

/** Beside the keystore, readable: nothing in it is secret. */
const EVIDENCE = 'evidence/';

/** Names of what alarms have left. */
export async function listEvidence(database: WebDatabase): Promise<string[]> {
  const keys = await readFrom(database, 'blob', (store) => store.getAllKeys());
  return keys.flatMap((key) =>
    typeof key === 'string' && key.startsWith(EVIDENCE) ? [key.slice(EVIDENCE.length)] : [],
  );
}

/** Null when there is none of that name. */
export function loadEvidence(database: WebDatabase, name: string): Promise<Uint8Array | null> {
  return blobIn(database, EVIDENCE + name).load();
}

function blobIn(database: WebDatabase, key: string): BlobFile {
  return {
    async load() {
      const found: unknown = await readFrom(database, 'blob', (store) => store.get(key));
      return found instanceof Uint8Array ? found : null;
    },
    save: (bytes) => writeTo(database, 'blob', (store) => void store.put(new Uint8Array(bytes), key)),
    remove: () => writeTo(database, 'blob', (store) => void store.delete(key)),
  };
}

/** A log that holds this much is read in several goes, so that a long one is never in memory as a whole. */
const RECORDS_AT_ONCE = 64;

async function openLog(database: WebDatabase, name: string): Promise<RecordLog> {
  let next = await countOf(database, name);
  return {
    async *read() {
      for (let at = 0; ;) {
        const range = IDBKeyRange.bound([name, at], [name, Number.MAX_SAFE_INTEGER]);
        const records = await readFrom(database, 'log', (store) => store.getAll(range, RECORDS_AT_ONCE));
        for (const record of records as Uint8Array[]) yield record;
        at += records.length;
        if (records.length < RECORDS_AT_ONCE) return;
      }
    },
    async append(record) {
      const index = next;
      await writeTo(database, 'log', (store) => void store.add(new Uint8Array(record), [name, index]));
      next = index + 1;
    },
    close: () => Promise.resolve(),
  };
}

function countOf(database: WebDatabase, name: string): Promise<number> {
  return readFrom(database, 'log', (store) => store.count(rangeOf(name)));
}

function rangeOf(name: string): IDBKeyRange {
  return IDBKeyRange.bound([name, 0], [name, Number.MAX_SAFE_INTEGER]);
}
