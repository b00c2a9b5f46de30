/**
 * What coding needs from its shell (docs/spec/coding.md §8). Deflate is on every platform; JPEG-LS is a library that a shell
 * may or may not bring.
 */
export interface Codecs {
  readonly deflate: Deflate;
  readonly jpegLs: JpegLs | null;
  /** For threads that do one task at a time; without it memory is taken anew each time. */
  readonly scratch?: Scratch | undefined;
}

/** Memory that is used again: what waits for the garbage collector counts as much as what is in use. */
export type Scratch = (use: ScratchUse, bytes: number) => ArrayBuffer;

/** What is held at the same time. */
export type ScratchUse = 'planes' | 'restored planes' | 'restored bytes';

export function createScratch(): Scratch {
  const kept = new Map<ScratchUse, ArrayBuffer>();
  return (use, bytes) => {
    const known = kept.get(use);
    if (known !== undefined && known.byteLength >= bytes) return known;
    const larger = new ArrayBuffer(bytes);
    kept.set(use, larger);
    return larger;
  };
}

/** Raw DEFLATE, RFC 1951. */
export interface Deflate {
  /** @param kind what to look for: any repetition, what differences of neighbours show, or runs only, which is fast */
  deflate(
    bytes: Uint8Array<ArrayBuffer>,
    kind: 'bytes' | 'differences' | 'runs',
  ): Promise<Uint8Array<ArrayBuffer>> | Uint8Array<ArrayBuffer>;
  /** Exactly `length` bytes from exactly these. @throws for anything else, before more than `length` are held */
  inflate(coded: Uint8Array<ArrayBuffer>, length: number): Promise<Uint8Array<ArrayBuffer>> | Uint8Array<ArrayBuffer>;
}

export interface FrameSize {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample; up to 8 it is one byte, else two in native order. */
  readonly precision: number;
}

/** Lossless JPEG-LS of one component, and of the codestream only what stands between its headers and its end. */
export interface JpegLs {
  /** @throws for samples that do not get shorter, too */
  encode(samples: Uint8Array<ArrayBuffer>, size: FrameSize): Promise<Uint8Array<ArrayBuffer>>;
  /** Fills `samples`. @throws for anything that is not exactly the scan of such a frame */
  decode(scan: Uint8Array<ArrayBuffer>, size: FrameSize, samples: Uint8Array<ArrayBuffer>): Promise<void>;
}
