/** What the gateway can refuse. Closed: the command line and the HTTP interface translate every code. */
export type GatewayErrorCode =
  | 'gateway-config-invalid' // the configuration file: every wrong setting is named
  | 'gateway-config-unreadable' // it cannot be read
  | 'passphrase-missing' // neither passphraseFile nor the environment gives one
  | 'port-unavailable' // an address that the gateway is to listen on cannot be had
  | 'web-not-pinned' // the web client is not the one whose digest the configuration names
  | 'data-in-use' // another gateway works with this data folder
  | 'draining' // the gateway is about to end and takes nothing new
  | 'job-invalid' // a job without recipient or content, or one that breaks a limit
  | 'job-unknown' // no such job
  | 'job-state' // the job is in no state in which that can be done
  | 'idempotency-conflict' // the key stands for another request
  | 'message-unknown' // no such received message
  | 'message-incomplete' // the message's files are not all here
  | 'file-too-large' // a file over its limit
  | 'exchange-busy' // the practice software has not read yet what lies in its exchange folder
  | 'spool-full' // no room left on the spool's disk
  | 'recipient-missing' // no rule names a recipient
  | 'pacs-unknown' // no PACS of this name in the configuration
  | 'pacs-unreachable' // no association with it: provably nothing was stored
  | 'pacs-rejected' // it does not accept the association
  | 'pacs-refused' // it does not take an instance, or fails a query
  | 'association-broken' // the association ended in the middle: what was not answered is open
  | 'study-unknown' // the PACS has no such study
  | 'move-destination-unknown' // the PACS does not know where to send: the gateway's AE title is not registered there
  | 'fetch-incomplete' // the PACS could not send all of a study
  | 'patient-unwritable' // a value of the local patient has no form in an instance's character set
  | 'decision-unknown'; // nothing waits for this decision

/** The one error of this zone. `message` is for developers and operators and holds no health data; callers decide by `code`. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: GatewayErrorCode;

  constructor(code: GatewayErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
