/** What the public half can refuse. Each code names one rule of docs/spec; callers decide by code, never by message. */
export type WireErrorCode =
  | 'encoding' // text that is not hex, base64url or UTF-8 in its one canonical form
  | 'length' // too short, too long, or bytes left over
  | 'not-canonical' // CBOR that deterministic encoding would write differently
  | 'limits' // over a named limit
  | 'magic' // not one of our formats
  | 'suite' // a suite this version does not accept
  | 'shape' // well-formed, but not the documented structure
  | 'signature' // a signature does not verify
  | 'chain' // a statement does not follow from the chain before it
  | 'proof' // a Merkle proof does not reproduce the root
  | 'address'; // not a mailbox address

/** The only error that parsing and verification throw. `message` is for developers; users see a text chosen by `code`. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly code: WireErrorCode;

  constructor(code: WireErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
