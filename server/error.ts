/** Why a relay cannot be started or administered. Requests are answered with problems instead (http/problem). */
export type RelayErrorCode =
  | 'config-invalid' // a setting is missing, malformed or not supported
  | 'data-folder-in-use' // another relay runs on the same data folder
  | 'database-binaries-missing' // no PostgreSQL for this platform
  | 'database-start-failed' // PostgreSQL did not come up
  | 'database-unreachable' // the database does not answer
  | 'database-ended' // the embedded PostgreSQL ended by itself
  | 'listen-failed' // the port is taken or not allowed
  | 'backup-unusable' // unfinished, damaged, or of a newer version
  | 'database-not-empty' // a restore needs an empty one
  | 'audit-missing' // the relay has not begun an audit
  | 'practice-unknown' // no practice of this name
  | 'practice-closed' // its time of grace is over
  | 'mailbox-unknown' // no such mailbox, or no such device of it
  | 'no-relay' // no relay has run on this data folder
  | 'address-invalid' // not a mailbox address
  | 'address-taken' // the address has a mailbox already
  | 'name-confusable' // the name looks like another practice's
  | 'address-confusable' // the address looks like another practice's
  | 'name-protected'; // the name holds one that the operator protects

/** `message` is one line for the operator. */
export class RelayError extends Error {
  override readonly name = 'RelayError';
  readonly code: RelayErrorCode;

  constructor(code: RelayErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
