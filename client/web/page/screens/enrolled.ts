import { type AccountView } from '../../desk/view.js';

/** A mailbox that has just been made, or begun anew, with the words that are shown once. */
export interface Enrolled {
  readonly account: AccountView;
  readonly words: readonly string[];
  /** Why the passkey that was asked for is not there. */
  readonly passkeyFailure: string | null;
}
