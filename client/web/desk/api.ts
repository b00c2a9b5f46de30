import { type Call, type Moved } from './rpc.js';
import {
  type AccountView,
  type CollectionView,
  type DeviceView,
  type DirectoryRow,
  type LetterView,
  type Standing,
} from './view.js';

/** Everything the page can ask of its worker. The page holds no key, and the worker draws nothing. */

export interface EnrolInput {
  readonly token: string;
  readonly passphrase: string;
  readonly deviceName: string;
  readonly member: string;
}

export interface PasskeyInput {
  readonly credentialId: Uint8Array<ArrayBuffer>;
  readonly salt: Uint8Array<ArrayBuffer>;
  readonly secret: Uint8Array<ArrayBuffer>;
}

/** A file as the user chose it; a handle lets the next visit find it again. */
export type Chosen =
  | { readonly kind: 'file'; readonly file: File; readonly path: string }
  | { readonly kind: 'handle'; readonly handle: FileSystemHandle };

export interface SendInput {
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly urgentMs: number | null;
  readonly expiresDays: number;
  readonly replyTo: string | null;
  readonly collectionId: string | null;
  /** Series that stay here. */
  readonly leftOut: readonly string[];
  /** Files of the collection that are no instances and go along all the same, by name. */
  readonly attachments: readonly string[];
  readonly report: File | null;
}

export interface CollectProgress {
  readonly files: number;
  readonly bytes: number;
}

type Ask<I, A> = (input: I, call: Call) => Promise<A>;

export interface DeskApi {
  readonly standing: Ask<null, Standing>;
  readonly lookupInvitation: Ask<
    { readonly token: string },
    { readonly address: string; readonly practiceName: string; readonly expiresMs: number }
  >;
  readonly enrol: Ask<EnrolInput, { readonly account: AccountView; readonly recoveryWords: readonly string[] }>;
  /** The recovery words have been kept: forgets them, and begins to work. */
  readonly wordsKept: Ask<null, null>;
  readonly unlock: Ask<{ readonly passphrase: string }, AccountView>;
  readonly unlockWithPasskey: Ask<
    { readonly credentialId: Uint8Array<ArrayBuffer>; readonly secret: Uint8Array<ArrayBuffer> },
    AccountView
  >;
  /** Removes everything this browser keeps. */
  readonly erase: Ask<null, null>;
  readonly account: Ask<null, AccountView>;
  readonly addPasskey: Ask<PasskeyInput, AccountView>;
  readonly removeSlot: Ask<{ readonly slotId: string }, AccountView>;
  readonly changePassphrase: Ask<{ readonly passphrase: string; readonly next: string }, AccountView>;
  readonly devices: Ask<null, readonly DeviceView[]>;
  /** Shows a message: its state, and what has come of it. A person looks: the sender is told once all is here. */
  readonly openLetter: Ask<{ readonly key: string }, LetterView>;
  readonly document: Ask<
    { readonly key: string; readonly fileId: string },
    Uint8Array<ArrayBuffer> | Moved<Uint8Array<ArrayBuffer>>
  >;
  /** Lets whoever holds the other end of the port read the verified instances of one message (`InstanceApi`), and nothing else. */
  readonly pictures: Ask<{ readonly key: string; readonly port: MessagePort }, null>;
  readonly searchDirectory: Ask<{ readonly query: string }, readonly DirectoryRow[]>;
  readonly collect: Ask<{ readonly chosen: readonly Chosen[] }, CollectionView>;
  readonly dropCollection: Ask<{ readonly id: string }, null>;
  /** Settles when the message is journaled; how it goes on is told by events. */
  readonly send: Ask<SendInput, { readonly messageId: string }>;
  readonly stopSending: Ask<{ readonly messageId: string }, null>;
  readonly resumeSending: Ask<{ readonly messageId: string; readonly chosen: readonly Chosen[] }, null>;
  /** Handles that need the user's permission again before a message can go on. */
  readonly handlesOf: Ask<{ readonly messageId: string }, readonly FileSystemHandle[]>;
  readonly sync: Ask<null, null>;
}
