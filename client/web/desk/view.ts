/** What the page is given to show: plain data, already verified or said not to be. Texts are untrusted and shown as text only. */

export type Standing =
  /** Nobody has enrolled in this browser. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'locked'; readonly slots: readonly SlotView[]; readonly isEnrolling: boolean }
  /** Another tab works with this account. */
  | { readonly kind: 'elsewhere' };

export interface SlotView {
  readonly slotId: string;
  readonly kind: 'passphrase' | 'prf';
  readonly credentialId: Uint8Array<ArrayBuffer> | null;
  readonly salt: Uint8Array<ArrayBuffer> | null;
}

export interface AccountView {
  readonly address: string;
  readonly mailboxId: string;
  readonly deviceId: string;
  readonly deviceName: string;
  readonly member: string;
  readonly slots: readonly SlotView[];
}

export interface DeviceView {
  readonly deviceId: string;
  /** Null when no device of the mailbox has told. */
  readonly name: string | null;
  readonly member: string | null;
  readonly isThis: boolean;
  readonly isAdmin: boolean;
  readonly addedMs: number;
  readonly isRevoked: boolean;
}

export type LetterState =
  | { readonly kind: 'waiting' }
  /** This mailbox has not agreed yet to get it. */
  | { readonly kind: 'held' }
  | { readonly kind: 'receiving'; readonly files: number; readonly bytes: number; readonly totalBytes: number | null }
  | { readonly kind: 'complete' }
  | { readonly kind: 'stalled' }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'expired' }
  /** Taken back before this device had opened it. */
  | { readonly kind: 'withdrawn' }
  | { readonly kind: 'quarantined'; readonly code: string }
  /** Could not be fetched now; it is tried again. */
  | { readonly kind: 'failed'; readonly code: string }
  | { readonly kind: 'sent' };

export interface LetterRow {
  readonly key: string;
  readonly folder: 'inbox' | 'sent';
  /** Null for a message that did not open: its sender is only claimed. */
  readonly from: string | null;
  readonly to: readonly string[];
  readonly isVerified: boolean;
  /** What registrars whom this device trusts call the other side; null when none does. */
  readonly practice: string | null;
  readonly threadId: string;
  readonly assignee: string | null;
  readonly isDone: boolean;
  /** Taken back by this mailbox. */
  readonly isWithdrawn: boolean;
  readonly notes: number;
  readonly imports: readonly ImportView[];
  readonly subject: string;
  readonly receivedMs: number;
  readonly expiresMs: number;
  readonly deadlineMs: number | null;
  readonly studies: number;
  readonly instances: number;
  readonly bytes: number;
  /** From the plan, once it has come. */
  readonly patients: readonly string[];
  readonly modalities: readonly string[];
  readonly state: LetterState;
  readonly isRead: boolean;
  /** Messages of the same sender that have not come. */
  readonly missing: number;
  /** For sent messages. */
  readonly receipts: {
    readonly delivered: number;
    readonly opened: number;
    readonly imported: number;
    readonly recipients: number;
  };
}

/** Who sealed forwarded files; `revoked` when the device that did it is no longer in force. */
export interface OriginView {
  readonly from: string | null;
  readonly revoked: { readonly timeMs: number | null; readonly reason: string } | null;
}

export interface LetterView extends LetterRow {
  readonly messageId: string;
  readonly text: string;
  readonly member: string;
  /** Null when the sender himself has sealed the files. */
  readonly origin: OriginView | null;
  readonly cc: readonly string[];
  readonly documents: readonly DocumentView[];
  readonly studyList: readonly StudyView[];
  /** Files that lie here, verified. */
  readonly here: readonly string[];
  readonly receiptList: readonly ReceiptView[];
  readonly work: WorkView;
  /** Other messages of the same thread, oldest first. */
  readonly thread: readonly ThreadEntry[];
  /** Whom it can be handed to. */
  readonly members: readonly string[];
}

export interface WithdrawalView {
  readonly timeMs: number;
  readonly recipients: readonly {
    readonly address: string | null;
    readonly state: 'withdrawn' | 'fetched' | 'expired';
    readonly fetchedMs: number | null;
    /** Verified, in the relay's signed form; null while it has not signed. */
    readonly testimony: Uint8Array<ArrayBuffer> | null;
    readonly isContradicted: boolean;
  }[];
}

/** Who did it, on which device, and when. */
export interface MarkView {
  readonly member: string;
  readonly device: string | null;
  readonly timeMs: number;
}

export interface WorkView {
  readonly assignee: string | null;
  readonly assigned: MarkView | null;
  readonly done: MarkView | null;
  readonly notes: readonly (MarkView & { readonly text: string })[];
}

/** In a PACS of the practice, by a gateway of the mailbox; or asked for. */
export interface ImportView {
  readonly pacs: string;
  readonly asked: MarkView | null;
  readonly stored: (MarkView & { readonly instances: number; readonly total: number }) | null;
}

export interface ThreadEntry {
  readonly key: string;
  readonly folder: LetterRow['folder'];
  readonly from: string | null;
  readonly subject: string;
  readonly receivedMs: number;
}

export interface DocumentView {
  readonly fileId: string;
  readonly kind: 'report' | 'attachment';
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
}

export interface PatientView {
  readonly name: string;
  readonly id: string;
  readonly birthDate: string;
  readonly sex: string;
}

export interface StudyView {
  readonly uid: string;
  readonly patient: PatientView;
  readonly date: string;
  readonly time: string;
  readonly description: string;
  readonly accessionNumber: string;
  readonly referringPhysician: string;
  readonly series: readonly SeriesView[];
}

export interface SeriesView {
  readonly uid: string;
  readonly modality: string;
  readonly number: number | null;
  readonly description: string;
  readonly instances: readonly InstanceView[];
}

export interface InstanceView {
  readonly fileId: string;
  readonly size: number;
  readonly number: number | null;
  readonly frames: number;
  readonly sopInstanceUid: string;
  readonly sopClassUid: string;
}

export interface ReceiptView {
  readonly kind: 'delivered' | 'opened' | 'imported' | 'refused';
  readonly from: string | null;
  readonly member: string;
  readonly timeMs: number;
  readonly instances: number;
  readonly total: number;
  /** The receiver counted what this mailbox sent. */
  readonly agrees: boolean;
}

export interface DirectoryRow {
  readonly address: string;
  readonly practiceName: string;
  /** A registrar whom this device trusts vouches for the name. */
  readonly isNameVerified: boolean;
  readonly isKnown: boolean;
  readonly isInPerson: boolean;
  readonly isFavourite: boolean;
}

/** A contact, and what has been decided about it. */
export interface ContactView {
  readonly mailboxId: string;
  readonly address: string | null;
  readonly practiceName: string | null;
  readonly isNameVerified: boolean;
  readonly permission: 'allowed' | 'denied' | null;
  readonly inPerson: MarkView | null;
  /** Another mailbox has taken its address. */
  readonly isFormer: boolean;
}

export type ContactPolicy = 'all' | 'verified' | 'known';

export interface ContactsView {
  readonly policy: ContactPolicy;
  readonly contacts: readonly ContactView[];
}

/** What two practices compare by telephone. */
export interface SafetyView {
  readonly address: string;
  readonly text: string;
  readonly inPerson: MarkView | null;
  /** Another mailbox stands behind the address than before: nothing goes there until a person has decided. */
  readonly change: { readonly formerText: string } | null;
}

/** Something about a recipient that a person should look at before it is sent. */
export type GuardFinding =
  /** The studies name another referring physician than the recipient's practice or members. */
  | { readonly kind: 'physician'; readonly physician: string; readonly address: string }
  /** Earlier messages about this patient went to and came from others. */
  | {
      readonly kind: 'patient';
      readonly patient: string;
      readonly address: string;
      readonly earlier: readonly string[];
    }
  | { readonly kind: 'first-contact'; readonly address: string };

/** What the chosen files hold, before anything is sent. */
export interface CollectionView {
  readonly id: string;
  readonly studies: readonly StudyView[];
  readonly isMixed: boolean;
  /** Files that are no instances: they can go as attachments. */
  readonly others: readonly { readonly name: string; readonly reason: string; readonly size: number }[];
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  readonly duplicates: number;
  readonly bytes: number;
}

/** What came of the files that were chosen again last. */
export interface LookedAt {
  /** Files of the message that are here now, and that it needs. */
  readonly found: number;
  readonly needed: number;
  /** Chosen files that are none of the message's, by name, size or time. */
  readonly strange: number;
}

export interface SendingView {
  readonly messageId: string;
  readonly subject: string;
  readonly to: readonly string[];
  readonly state:
    | { readonly kind: 'sending'; readonly bytes: number; readonly totalBytes: number; readonly bytesPerSecond: number }
    /** No recipient has agreed yet to get it: asked again by itself. */
    | { readonly kind: 'held' }
    | { readonly kind: 'interrupted'; readonly needs: 'nothing' | 'permission' }
    /** The browser has lost files: they are chosen again. */
    | { readonly kind: 'interrupted'; readonly needs: 'files'; readonly looked: LookedAt | null }
    /** What was chosen again is being looked at: whether it is what was begun with. */
    | { readonly kind: 'looking' }
    | { readonly kind: 'failed'; readonly code: string };
}

export type DeskEvent =
  | { readonly kind: 'mailbox'; readonly rows: readonly LetterRow[] }
  | { readonly kind: 'letter-state'; readonly key: string; readonly state: LetterState }
  /** Files of a message that have been verified just now. */
  | { readonly kind: 'arrived'; readonly key: string; readonly fileIds: readonly string[] }
  /** The plan has come: the message's studies are known. */
  | { readonly kind: 'plan'; readonly key: string }
  | { readonly kind: 'sendings'; readonly sendings: readonly SendingView[] }
  | { readonly kind: 'line'; readonly line: LineState }
  /** Messages that have come since the last look, without a word about what they say. */
  | { readonly kind: 'news'; readonly count: number; readonly urgent: number }
  /** The directory has shown two histories: nothing is sealed any more; null once that is settled. */
  | { readonly kind: 'alarm'; readonly alarm: AlarmView | null };

/** Two checkpoints that cannot both be true, as two people compare them by telephone. */
export interface AlarmView {
  readonly first: CheckpointView;
  readonly second: CheckpointView;
  /** Both notes with their signatures: what an operator or an auditor is shown. */
  readonly evidence: string;
  /** A person here may say which of the two counts. */
  readonly isAdmin: boolean;
}

export interface CheckpointView {
  readonly origin: string;
  readonly size: number;
  /** In base64, as the note writes it. */
  readonly root: string;
}

/** What alarms there were, and what people have decided about them. */
export interface AlarmHistory {
  readonly settled: readonly {
    readonly abandoned: Pick<CheckpointView, 'size' | 'root'>;
    readonly member: string;
    readonly reason: string;
    readonly timeMs: number;
  }[];
  /** Names of files that this browser keeps. */
  readonly evidence: readonly string[];
}

/** Whose word for the directory counts, by a policy that somebody has brought. */
export interface PolicyView {
  readonly log: string;
  readonly witnesses: readonly string[];
  /** The fewest that are enough. */
  readonly needed: number;
}

/** How it stands with the relay. */
export type LineState = { readonly kind: 'online' } | { readonly kind: 'offline'; readonly code: string };
