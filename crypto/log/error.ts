/** What the public log's formats and proofs can refuse. Each code names one rule of docs/spec/directory.md; callers decide by code. */
export type LogErrorCode =
  | 'base64' // not standard base64 in its one spelling
  | 'key-format' // not a verifier key, or one of a type that is not accepted here
  | 'note-format' // not a signed note
  | 'note-signature' // the signature of a known key fails: the whole note is worth nothing
  | 'note-unsigned' // no signature of a known key
  | 'checkpoint-format' // not a checkpoint
  | 'origin' // the checkpoint of another log
  | 'entry-format' // not an entry of the log
  | 'tile-path' // not the path of a tile
  | 'bundle-format' // not a bundle of entries
  | 'tree' // a tree or tile that cannot be
  | 'policy-format' // not a policy
  | 'map-proof'; // a proof of the map does not reproduce its root

/** The only error of this zone. `message` is for developers. */
export class LogError extends Error {
  override readonly name = 'LogError';
  readonly code: LogErrorCode;

  constructor(code: LogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
