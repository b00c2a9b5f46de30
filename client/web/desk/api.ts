import { type Call, type Moved } from './rpc.js';
import { type DeidentifiedView, type DeidentifyInput, type PreviewView } from './deidentification.js';
import {
  type AccountView,
  type AlarmHistory,
  type CollectionView,
  type ContactPolicy,
  type ContactsView,
  type DeviceView,
  type DirectoryRow,
  type GuardFinding,
  type LetterView,
  type PolicyView,
  type SafetyView,
  type Standing,
  type WithdrawalView,
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
  readonly report: Chosen | null;
  /** The message whose files are passed on, without sending them again; then there are no files of its own. */
  readonly forwardOf: string | null;
  /** What was made of the collection by `deidentify` is sent, and nothing of the originals. */
  readonly isDeidentified: boolean;
}

/** A link, or 24 words, from a device of the mailbox. */
export interface JoinInput {
  readonly secret: string;
  readonly passphrase: string;
  readonly deviceName: string;
  readonly member: string;
}

/** One page of the directory. */
export interface FoundRows {
  readonly rows: readonly DirectoryRow[];
  /** There are further ones: a longer query finds them. */
  readonly isMore: boolean;
}

/** The words of the recovery kit, and of which mailbox they are. */
export interface RecoverInput extends JoinInput {
  readonly address: string;
  /** In the place of the one that the kit means; null when nobody has brought one. */
  readonly policy: string | null;
}

/** The whole root of the history that counts, and why; the passphrase once more. */
export interface SettleInput {
  readonly root: string;
  readonly reason: string;
  readonly passphrase: string;
}

/** What a pairing shows while it waits: good for ten minutes, once. */
export interface PairingView {
  readonly link: string;
  readonly words: readonly string[];
  readonly expiresMs: number;
}

export interface ApplicantView {
  readonly name: string;
  readonly member: string;
  /** Six digits that the other device shows, too. */
  readonly check: string;
}

export type WorkChange =
  | { readonly kind: 'claim' }
  | { readonly kind: 'hand-over'; readonly to: string }
  | { readonly kind: 'done' }
  | { readonly kind: 'note'; readonly text: string }
  /** Into a PACS that a gateway of the mailbox offers. */
  | { readonly kind: 'import'; readonly pacs: string };

/** Where a medium is written; without a handle the answer brings it as a whole. */
export type MediumPlace =
  | { readonly kind: 'zip'; readonly handle: FileSystemFileHandle | null }
  | { readonly kind: 'folder'; readonly handle: FileSystemDirectoryHandle };

export interface SavedMedium {
  readonly blob: Blob | null;
  readonly instances: number;
  readonly files: number;
  readonly bytes: number;
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
  readonly renameDevice: Ask<
    { readonly deviceId: string; readonly name: string },
    { readonly account: AccountView; readonly devices: readonly DeviceView[] }
  >;
  readonly revokeDevice: Ask<{ readonly deviceId: string; readonly reason: string }, readonly DeviceView[]>;
  /** Reports a `PairingView`, then waits for whoever answers to it; taking the call back ends it. */
  readonly pair: Ask<null, ApplicantView>;
  readonly admit: Ask<{ readonly isAdmin: boolean; readonly history: 'all' | 'none' }, readonly DeviceView[]>;
  readonly refuse: Ask<null, null>;
  /** This browser becomes a further device of a mailbox. Reports the six digits that the other device shows, too. */
  readonly join: Ask<JoinInput, AccountView>;
  /** Begins anew from the recovery kit: every other device is ended, and there are new words. */
  readonly recover: Ask<RecoverInput, { readonly account: AccountView; readonly recoveryWords: readonly string[] }>;
  /** Before anything is enrolled: what a policy says. */
  readonly checkPolicy: Ask<{ readonly text: string }, PolicyView>;
  readonly settleAlarm: Ask<SettleInput, null>;
  readonly alarmHistory: Ask<null, AlarmHistory>;
  /** A file that an alarm has left. */
  readonly evidence: Ask<{ readonly name: string }, Uint8Array<ArrayBuffer>>;
  readonly contacts: Ask<null, ContactsView>;
  readonly permit: Ask<{ readonly mailboxId: string; readonly permission: 'allowed' | 'denied' | 'none' }, null>;
  /** Of a held message's sender. */
  readonly consent: Ask<{ readonly key: string; readonly permission: 'allowed' | 'denied' }, null>;
  readonly setContactPolicy: Ask<{ readonly policy: ContactPolicy }, null>;
  readonly safety: Ask<{ readonly address: string }, SafetyView>;
  readonly verifyContact: Ask<{ readonly address: string; readonly number: string }, SafetyView>;
  readonly unverifyContact: Ask<{ readonly address: string }, SafetyView>;
  /** Shows a message: its state, and what has come of it. A person looks: the sender is told once all is here. */
  readonly openLetter: Ask<{ readonly key: string }, LetterView>;
  readonly document: Ask<
    { readonly key: string; readonly fileId: string },
    Uint8Array<ArrayBuffer> | Moved<Uint8Array<ArrayBuffer>>
  >;
  /** Lets whoever holds the other end of the port read the verified instances of one message (`InstanceApi`), and nothing else. */
  readonly pictures: Ask<{ readonly key: string; readonly port: MessagePort }, null>;
  readonly searchDirectory: Ask<{ readonly query: string }, FoundRows>;
  /** Favourites, and whom was written to last. */
  readonly suggestions: Ask<null, readonly DirectoryRow[]>;
  readonly setFavourite: Ask<{ readonly address: string; readonly isFavourite: boolean }, null>;
  /** Keys of the messages in which every word of the query stands, whole or as a part of a word. */
  readonly search: Ask<{ readonly query: string }, readonly string[]>;
  /** Names of the PACS in which gateways of this mailbox store what is asked for. */
  readonly pacsOffered: Ask<null, readonly string[]>;
  readonly work: Ask<{ readonly key: string; readonly change: WorkChange }, null>;
  /** Takes a sent message back from whoever has not fetched it. */
  readonly withdraw: Ask<{ readonly key: string }, null>;
  /** What the relay has testified about that; null when nobody has taken it back. */
  readonly withdrawal: Ask<{ readonly key: string }, WithdrawalView | null>;
  /** Bytes that the relay takes now; null from a relay that does not say. */
  readonly room: Ask<null, number | null>;
  /** Writes a DICOM medium of what has come; reports bytes. */
  readonly saveMedium: Ask<{ readonly key: string; readonly place: MediumPlace }, SavedMedium>;
  /** Earlier messages about a patient of this message, whose files can be passed on. */
  readonly priorsOf: Ask<
    { readonly key: string },
    readonly {
      readonly key: string;
      readonly subject: string;
      readonly receivedMs: number;
      readonly from: string | null;
    }[]
  >;
  readonly guard: Ask<
    { readonly to: readonly string[]; readonly collectionId: string | null; readonly leftOut: readonly string[] },
    readonly GuardFinding[]
  >;
  readonly collect: Ask<{ readonly chosen: readonly Chosen[] }, CollectionView>;
  /** Like `pictures`, of what was collected: instances out of the middle of a series, by the series' UID. */
  readonly collectedPictures: Ask<{ readonly id: string; readonly port: MessagePort }, null>;
  /** Of one instance of a series, before anything is decided. */
  readonly previewDeidentified: Ask<
    { readonly id: string; readonly seriesUid: string; readonly how: DeidentifyInput },
    PreviewView
  >;
  /** Makes all of it; reports bytes. It is kept with the collection for `send`. */
  readonly deidentify: Ask<
    { readonly id: string; readonly leftOut: readonly string[]; readonly how: DeidentifyInput },
    DeidentifiedView
  >;
  readonly dropCollection: Ask<{ readonly id: string }, null>;
  /** Settles when the message is journaled; how it goes on is told by events. */
  readonly send: Ask<SendInput, { readonly messageId: string }>;
  /** For good: the recipients are told that nothing more will come. */
  readonly giveUp: Ask<{ readonly messageId: string }, null>;
  readonly stopSending: Ask<{ readonly messageId: string }, null>;
  readonly resumeSending: Ask<{ readonly messageId: string; readonly chosen: readonly Chosen[] }, null>;
  /** Handles that need the user's permission again before a message can go on. */
  readonly handlesOf: Ask<{ readonly messageId: string }, readonly FileSystemHandle[]>;
  readonly sync: Ask<null, null>;
}
