/** What the local files of a device can refuse. */
export type NodeErrorCode =
  | 'keystore-in-use' // another process works with this keystore
  | 'disk-full' // no room left for what was to be written
  | 'path-unreadable' // a path does not exist or may not be read
  | 'collect-failed' // the thread that looks through the files ended by itself
  | 'target-exists'; // what is to be written is there already

/** The error of this zone; `message` is for developers. */
export class NodeError extends Error {
  override readonly name = 'NodeError';
  readonly code: NodeErrorCode;

  constructor(code: NodeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
