/** What the campaign and the processes that it kills say to each other, as JSON. */

export interface PracticeSetup {
  readonly kind: 'client' | 'gateway';
  readonly keystore: string;
  readonly passphrase: string;
  /** Where received files go, and a gateway's queue lies. */
  readonly folder: string;
}

/** A send. Whoever gets it again after a crash goes on with it: it is one message, whatever happens. */
export interface Task {
  /** 32 hex digits: the message's id, or the key of the request at a gateway. */
  readonly id: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** A folder with the files, null for a letter without. */
  readonly files: string | null;
}

export type Told =
  | { readonly kind: 'task'; readonly task: Task }
  | { readonly kind: 'clock'; readonly offsetMs: number }
  | { readonly kind: 'try'; readonly envelopes: readonly string[] }
  | { readonly kind: 'report' }
  | { readonly kind: 'end' };

export type Answer =
  | { readonly kind: 'ready' }
  /** A gateway has promised it: from here on it must arrive. */
  | { readonly kind: 'accepted'; readonly id: string }
  | { readonly kind: 'sent'; readonly id: string }
  /** The sender was told that it is not sent and will not be. */
  | { readonly kind: 'given-up'; readonly id: string; readonly code: string }
  | { readonly kind: 'complete'; readonly subject: string }
  | { readonly kind: 'trouble'; readonly code: string }
  | { readonly kind: 'tried'; readonly opened: number }
  | { readonly kind: 'report'; readonly report: PracticeReport };

export interface PracticeReport {
  readonly received: readonly ReceivedLetter[];
  /** Subjects of messages for which a signed receipt says "delivered", once for each mailbox that says so. */
  readonly delivered: readonly string[];
  readonly quarantined: readonly string[];
  readonly waiting: number;
}

export interface ReceivedLetter {
  readonly subject: string;
  readonly text: string;
  readonly isComplete: boolean;
  /** SHA-256 of the files as they lie there, sorted; empty unless complete. */
  readonly digests: readonly string[];
}
