/** Why pixels are not read, decoded or masked. */
export type PixelRefusal =
  | 'geometry' // dimensions, bits or frames that no picture has, or that contradict each other
  | 'too-large' // a frame beyond MAX_FRAME_BYTES
  | 'truncated' // fewer bytes than the geometry or the code stream announces
  | 'fragments' // fragments that cannot be put together to frames
  | 'code-stream' // the code stream breaks its own grammar
  | 'mismatch' // the code stream is of another picture than the attributes describe
  | 'no-pixels' // an instance without pixel data
  | 'unsupported' // a transfer syntax or a form that is not understood
  | 'timeout' // decoding took too long
  | 'crashed'; // the decoder ended without an answer

/** The one error of this folder; callers decide by `reason`. */
export class PixelRefused extends Error {
  override readonly name = 'PixelRefused';
  readonly reason: PixelRefusal;

  constructor(reason: PixelRefusal, options?: ErrorOptions) {
    super(reason, options);
    this.reason = reason;
  }
}

export function refusePixels(reason: PixelRefusal): never {
  throw new PixelRefused(reason);
}
