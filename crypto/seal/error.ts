/**
 * What the sealing half can refuse. Callers decide by code, never by message. A failed opening has one code whatever
 * went wrong inside (docs/spec/envelope.md §9, invariant 19): an attacker learns nothing by sending variations.
 */
export type SealErrorCode =
  | 'not-ready' // a primitive was used before ready() had settled: a mistake of the caller
  | 'open-failed' // an envelope, box or header does not open with this key
  | 'segment-invalid' // a segment does not open at this index and position, or cannot be sealed as it is
  | 'key-invalid' // a key, seed or shared value of the wrong length, or a public key that is none
  | 'limits' // over a compiled-in limit
  | 'passphrase-wrong' // the passphrase (or authenticator secret) does not open the slot
  | 'keystore-damaged' // the keystore's bytes are not as they were written
  | 'keystore-format' // not a keystore of a format this version reads
  | 'keystore-version' // an older keystore than one that was seen before
  | 'kdf-bounds' // Argon2id parameters outside the compiled-in bounds
  | 'slot-unknown' // the keystore has no such slot, or several that would do and none was named
  | 'slot-taken' // the keystore has a slot for this credential already
  | 'slot-required' // the last passphrase slot cannot be removed
  | 'sender-unknown' // the sender's chain does not contain the state he signed under
  | 'sender-revoked' // the device that signed is no longer in force
  | 'replay' // this message has been delivered before, under another number or in another envelope
  | 'too-old' // older than replays are remembered for
  | 'too-new' // dated further ahead than clocks differ
  | 'epoch-unusable' // the recipient's epoch has ended, or a revocation is newer
  | 'tally-invalid' // a tally does not open, or is not its signer's
  | 'tally-contradiction' // two signed tallies of one payload cannot both be true
  | 'recovery-words-count' // not 24 words
  | 'recovery-words-unknown' // a word that is not in the list
  | 'recovery-words-checksum'; // all words exist, but one is wrong or two are exchanged

/** The only error of its own that this zone throws; `message` is for developers and never holds a secret. */
export class SealError extends Error {
  override readonly name = 'SealError';
  readonly code: SealErrorCode;

  constructor(code: SealErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
