import { type openAccount } from '../../core/account/account.js';
import { type EnrolInput, type JoinInput, type RecoverInput } from '../desk/api.js';
import { type Call } from '../desk/rpc.js';
import { type AccountView, type Standing } from '../desk/view.js';
import { type Arrivals } from './arrivals.js';
import { type MarkKeeper } from './mark-keeper.js';
import { type Session } from './session.js';
import { type Writing } from './writing.js';

/** An unlocked account with everything that works on it. */
export interface Office {
  readonly session: Session;
  readonly arrivals: Arrivals;
  /** Writing and its parts are loaded after everything that reading needs. */
  readonly writing: () => Promise<Writing>;
  readonly marks: MarkKeeper;
}

/** Where the worker stands: nothing opened yet, or an office at work. It is locked by ending the worker. */
export interface Door {
  standing(): Promise<Standing>;
  enrol(input: EnrolInput): Promise<{ readonly account: AccountView; readonly recoveryWords: readonly string[] }>;
  /** A further device of a mailbox, or one that begins it anew: both from a secret that a person has carried here. */
  join(input: JoinInput, call: Call): Promise<AccountView>;
  recover(input: RecoverInput): ReturnType<Door['enrol']>;
  wordsKept(): Promise<void>;
  unlock(credential: Parameters<typeof openAccount>[1]): Promise<AccountView>;
  erase(): Promise<void>;
  /** @throws WebError `account-locked` */
  office(): Office;
  /** Tells the page its list anew: something was done that no delivery tells. */
  refresh(): void;
  /** Asks the relay for what is new, at once. */
  sync(): Promise<void>;
}
