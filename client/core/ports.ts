import type { SealErrorCode } from '../../crypto/seal/error.js';
import type { KeystoreCredential, NewSlot, PassphraseCredential } from '../../crypto/seal/keystore.js';
import type { KdfCost } from '../../crypto/seal/suite.js';

/** What the core needs from its shell. Node, browser and tests each bring their own; the core imports none of them. */

/** Bytes that lie still: a file, a zip entry, a Blob. */
export interface ByteSource {
  /** Path relative to what the user chose, `/` between parts. Never logged: file names carry patient names. */
  readonly name: string;
  readonly size: number;
  readonly modifiedMs?: number;
  /** By which the shell finds the source again in a later run, for instance an absolute path. Kept sealed, never logged. */
  readonly locator?: string;
  /** At most `length` bytes from `offset`; fewer only at the end. The caller may keep them. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** All bytes from `offset` (0). A chunk is valid until the next one is asked for. */
  stream(offset?: number): AsyncIterable<Uint8Array>;
  /** `forward` when going back means beginning anew (a compressed entry); random access when absent. */
  readonly access?: 'forward';
  /** For an entry of an archive: reads all of it and holds it against the archive's checksum and length. */
  readonly check?: () => Promise<'damaged' | null>;
  /** For an entry of an archive that is compressed: how many bytes it takes there. */
  readonly packedBytes?: number;
}

/**
 * Puts bytes that come in order where a shell has more room than memory (a nameless file, a blob), to be read at any place afterwards. They are gone
 * with the process or page at the latest. @throws whatever `chunks` throws, and anything where there is no room
 */
export type SetAside = (chunks: AsyncIterable<Uint8Array>) => Promise<Pick<ByteSource, 'read' | 'stream'>>;

/** Sources in an order that is the same each time, so that the same folder makes the same plan. */
export type SourceTree = AsyncIterable<ByteSource>;

/** Incremental SHA-256. `digest` ends it: 32 bytes. */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  digest(): Uint8Array;
}

/** Node gives node:crypto (SHA instructions, 3 to 5 times as fast); the default is ./sha256.ts. */
export type CreateSha256 = () => Sha256;

/** Milliseconds since 1970, UTC. */
export interface Clock {
  now(): number;
}

/** A small file that is replaced as a whole: after `save` it is durable, and no reader ever sees half of it. */
export interface BlobFile {
  load(): Promise<Uint8Array | null>;
  save(bytes: Uint8Array): Promise<void>;
  /** Nothing happens when it is not there. */
  remove(): Promise<void>;
}

/** An append-only list of opaque records. */
export interface RecordLog {
  /** All whole records in order; one that was torn by a crash while it was appended never happened. */
  read(): AsyncIterable<Uint8Array>;
  /** Durable when it returns. */
  append(record: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Where one device keeps its account: for one process at a time. */
export interface AccountStore {
  readonly keystore: BlobFile;
  /** Where the keystore's key derivation runs; in this thread when not given. */
  readonly keystoreWorker?: KeystoreWorker;
  /** Opens or creates. @param name lower-case letters, digits, `-` */
  log(name: string): Promise<RecordLog>;
  removeLog(name: string): Promise<void>;
  listLogs(): Promise<readonly string[]>;
  /** Keeps a readable file for people; durable when it returns. @returns where it lies */
  saveEvidence?(name: string, bytes: Uint8Array): Promise<string>;
}

/** One HTTP exchange as the shell performs it: no redirects, no cookies, no retries. */
export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent one after the other; null for none. */
  readonly body: readonly Uint8Array<ArrayBuffer>[] | null;
  /** Room that the answer's body may be written to, when it is exactly as long; a transport may also bring one of its own. */
  readonly into?: Uint8Array<ArrayBuffer> | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface TransportAnswer {
  readonly status: number;
  /** The whole body. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** @throws CoreError `relay-unreachable` when nothing can have been accepted, else `relay-interrupted`; `aborted` */
export type Transport = (request: TransportRequest) => Promise<TransportAnswer>;

/** Finds a source of an earlier run again. @throws CoreError `source-changed` when it is gone */
export type ReopenSource = (locator: string) => Promise<ByteSource>;

/**
 * The part of opening a keystore that takes 128 MiB and half a second (Argon2id). libsodium's memory grows and never
 * shrinks, so a shell runs it in a worker that ends afterwards; where it runs is all that differs.
 */
export type KeystoreTask =
  | {
      readonly kind: 'create';
      readonly passphrase: string;
      readonly content: Uint8Array;
      readonly kdf?: KdfCost | undefined;
    }
  | { readonly kind: 'open'; readonly credential: KeystoreCredential; readonly bytes: Uint8Array }
  | {
      readonly kind: 'slots';
      readonly bytes: Uint8Array;
      readonly masterKey: Uint8Array;
      readonly change: SlotChange;
    };

/** A change of the ways to open a keystore (docs/spec/keystore.md §3). */
export type SlotChange =
  | { readonly kind: 'add'; readonly slot: NewSlot }
  | { readonly kind: 'remove'; readonly slotId: string }
  /** Asks for the old passphrase, so that an unlocked device left alone cannot be taken over. */
  | {
      readonly kind: 'replace';
      readonly current: PassphraseCredential;
      readonly passphrase: string;
      readonly kdf?: KdfCost | undefined;
    };

export interface KeystoreOpened {
  readonly bytes: Uint8Array;
  readonly content: Uint8Array;
  readonly masterKey: Uint8Array;
}

/** Plain data, fit to travel between threads. */
export type KeystoreAnswer =
  ({ readonly kind: 'opened' } & KeystoreOpened) | { readonly kind: 'refused'; readonly code: SealErrorCode };

/** Performs a task in a thread of its own, for the shells that have one. @throws SealError */
export type KeystoreWorker = (task: KeystoreTask) => Promise<KeystoreAnswer>;
