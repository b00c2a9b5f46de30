import { WebError, storageError } from './error.js';

/** The browser's database: one for the account, with what is sealed, and with handles to files the user has chosen. */

const NAME = 'bildbote';
const VERSION = 1;
export type StoreName = 'blob' | 'log' | 'handle';

export type WebDatabase = IDBDatabase;

export function openDatabase(): Promise<WebDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      for (const name of ['blob', 'log', 'handle'] satisfies StoreName[]) request.result.createObjectStore(name);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new WebError('storage-blocked', 'no database', { cause: request.error }));
  });
}

export function deleteDatabase(): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(NAME);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(new WebError('storage-blocked', 'the database stays', { cause: request.error }));
  });
}

/** Reads, in one transaction. */
export function readFrom<T>(
  database: WebDatabase,
  name: StoreName,
  ask: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = ask(database.transaction(name, 'readonly').objectStore(name));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(storageError(request.error) as Error);
  });
}

/** Writes in one transaction; when this settles the system says that it is on the disk (durability `strict`). */
export function writeTo(
  database: WebDatabase,
  name: StoreName,
  change: (store: IDBObjectStore) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(name, 'readwrite', { durability: 'strict' });
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(storageError(transaction.error) as Error);
    change(transaction.objectStore(name));
  });
}
