import type { RelayProblem } from './relay-problem.js';

/**
 * Rules of the package (docs/spec/payload.md §7) that a stream can break. One code a rule, so that a damaged or forged
 * package says which rule stopped it.
 */
export type PackageErrorCode =
  | 'package-record' // unknown type, non-zero flags or reserved bytes, length over its limit, header not canonical
  | 'package-plan' // the plan is absent, repeated, not canonical, or contradicts itself
  | 'package-file-order' // a FILE record that the plan or the record before it does not announce
  | 'package-file-length' // a file longer or shorter than planned
  | 'package-digest-part' // a digest part that is not canonical, out of turn, or not about exactly the files before it
  | 'package-digest-chain' // a reference to an earlier manifest part that is not where or what it says
  | 'package-digest-extents' // extents or lengths that differ from the records received
  | 'package-digest-mismatch' // the SHA-256 of a file is not the one in its digest part
  | 'package-trailer' // the trailer is not canonical, too early, or its totals are wrong
  | 'package-padding' // a byte after the trailer is not zero
  | 'package-length' // bytes after the end
  | 'package-truncated' // the stream ended before the end
  | 'package-coding' // coded bytes that are not exactly what their unit says (docs/spec/coding.md §3)
  | 'codec-unsupported'; // a coding that this version cannot undo

/** What the client core can refuse. Closed: shells translate every code, and never show `message`. */
export type CoreErrorCode =
  | PackageErrorCode
  | RelayProblem
  | 'relay-unreachable' // no connection: nothing was accepted
  | 'relay-interrupted' // the connection broke off: whether it was accepted is open
  | 'relay-insecure' // a relay on another machine without TLS
  | 'relay-untrusted' // whoever answers cannot show that he is the relay: nothing was sent
  | 'relay-answer' // an answer that is not the documented one, or that contradicts what is signed
  | 'not-admin' // only a device that holds the identity key may do this
  | 'device-unknown' // no such device in force, or several by this name
  | 'device-own' // a device does not end itself
  | 'pairing-unknown' // no pairing by this secret: wrong words, expired, or ended
  | 'pairing-refused' // the administrating device did not take this one
  | 'pairing-expired' // ten minutes are over
  | 'recovery-refused' // the recovery words are not those of this mailbox
  | 'account-missing' // the keystore is not there, or holds no account
  | 'account-exists' // the keystore holds an account already
  | 'chain-invalid' // a chain of statements does not verify
  | 'directory-contradiction' // a mailbox's chain is not a continuation of the one seen before
  | 'log-invalid' // the public log does not prove what the relay says
  | 'log-behind' // the log does not show the newest state, or an older one than before
  | 'log-forked' // the log has shown two histories: nothing is sealed any more
  | 'chain-unlogged' // a mailbox's chain is not the one that the log names
  | 'witnesses-missing' // too few witnesses have seen the log's newest checkpoint
  | 'checkpoint-stale' // the log's newest checkpoint is more than a day old
  | 'policy-missing' // an invitation without a policy, and none given
  | 'policy-changed' // the relay serves another policy than the invitation names
  | 'policy-invalid' // not a policy
  | 'gossip-invalid' // a message names a checkpoint that the log has not signed
  | 'message-unverified' // the message waits until the directory can be checked
  | 'address-changed' // an address has another mailbox than the one pinned: a person must decide
  | 'address-unchanged' // nothing to decide: the address has the mailbox it was pinned with
  | 'safety-number-differs' // the number given is not that of these two mailboxes
  | 'attestation-invalid' // not a registrar's word about this mailbox
  | 'registrar-invalid' // not a registrar's key file, or what he is to say is not in the documented form
  | 'identity-missing' // this device does not hold the mailbox's identity key
  | 'recipient-unusable' // a recipient cannot be sealed to now
  | 'nothing-to-send' // no instance, report or text
  | 'message-unknown' // no such message in this mailbox
  | 'work-invalid' // a note or a member's name that is empty or too long
  | 'message-held' // this mailbox has not agreed yet to get the message
  | 'message-quarantined' // the message does not open or must not be believed
  | 'payload-damaged' // what the relay holds is not what the sender signed
  | 'payload-incomplete' // the sender has not finished, or has stopped
  | 'payload-aborted' // the sender gave up
  | 'journal-damaged' // local state is not as it was written
  | 'coding-changed' // a message was begun with other codecs than these: its package cannot be made again
  | 'coding-failed' // a worker that codes ended or did not answer
  | 'source-changed' // a source is not what it was when it was collected, or cannot be read any more
  | 'staging-lost' // staged bytes of an interrupted download are gone or too short: start again
  | 'plan-invalid' // the sender's own plan breaks a limit: nothing was sent
  | 'profile-invalid' // a de-identification profile that does not exist, contradicts itself or cannot be read
  | 'masks-invalid' // a list of pixel masks that cannot be read
  | 'secret-invalid' // a de-identification secret that has not 32 bytes
  | 'not-reversible' // an instance carries no original attributes that this secret opens
  | 'deidentification-refused' // an instance was not de-identified: nothing was sent
  | 'aborted'; // the caller's AbortSignal

/** What the user must be told beside the code. */
export type ErrorDetail =
  | {
      readonly kind: 'witnesses';
      readonly answered: readonly string[];
      readonly known: readonly string[];
      readonly needed: number;
    }
  | { readonly kind: 'room'; readonly neededBytes: number; readonly roomBytes: number }
  /** Each as origin, size and root; where the evidence lies. */
  | {
      readonly kind: 'checkpoints';
      readonly first: string;
      readonly second: string;
      readonly evidence: string | null;
    };

/** The one error of this zone. `message` is for developers and holds no content; callers decide by `code`. */
export class CoreError extends Error {
  override readonly name = 'CoreError';
  readonly code: CoreErrorCode;
  readonly detail: ErrorDetail | null;

  constructor(code: CoreErrorCode, message: string, options: ErrorOptions & { readonly detail?: ErrorDetail } = {}) {
    super(message, options);
    this.code = code;
    this.detail = options.detail ?? null;
  }
}

/** @throws CoreError `aborted` */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new CoreError('aborted', 'aborted by the caller', { cause: signal.reason });
}
