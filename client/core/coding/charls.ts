import { equalBytes } from '../../../crypto/wire/bytes.js';
import type { FrameSize, JpegLs } from './codecs.js';

type CharlsView = Uint8Array | Uint8ClampedArray;

/** What we use of the CharLS library as compiled by the cornerstone project; a shell loads it. */
export interface CharlsModule {
  readonly JpegLSEncoder: new () => {
    getDecodedBuffer(frame: CharlsFrame): CharlsView;
    setNearLossless(near: number): void;
    encode(): void;
    getEncodedBuffer(): CharlsView;
    delete(): void;
  };
  readonly JpegLSDecoder: new () => {
    getEncodedBuffer(length: number): CharlsView;
    decode(): void;
    getDecodedBuffer(): CharlsView;
    delete(): void;
  };
}

interface CharlsFrame {
  readonly width: number;
  readonly height: number;
  readonly bitsPerSample: number;
  readonly componentCount: number;
}

const SCAN_HEADER_MARKER = 0xda;
const END_BYTES = 2;

/**
 * JPEG-LS by CharLS. The headers of the codestream are written here for decoding, from what the unit says and has been checked
 * for, and never come from outside: so no stranger's header sizes a buffer. After any failure the module, whose memory may be
 * damaged, is thrown away.
 * @param load a fresh instance each time
 */
export function createCharls(load: () => Promise<CharlsModule>): JpegLs {
  let loading: Promise<CharlsModule> | null = null;

  async function withModule<T>(use: (module: CharlsModule) => T): Promise<T> {
    try {
      return use(await (loading ??= load()));
    } catch (cause) {
      loading = null;
      throw new Error('JPEG-LS', { cause });
    }
  }

  /** Whether a scan without its last byte restores the same. */
  async function isEnough(scan: Uint8Array, size: FrameSize, samples: Uint8Array): Promise<boolean> {
    if (hasMarker(scan)) return false;
    const again = new Uint8Array(samples.length);
    try {
      await withModule((module) => decode(module, scan, size, again));
    } catch {
      return false;
    }
    return equalBytes(again, samples);
  }

  return {
    encode: (samples, size) => withModule((module) => encode(module, samples, size)),
    async decode(scan, size, samples) {
      if (hasMarker(scan)) throw new Error('JPEG-LS: a marker inside the scan');
      await withModule((module) => decode(module, scan, size, samples));
      // CharLS passes over some zeros behind the last code. Whether they belong to it shows without them.
      const isOver = scan.at(-1) === 0 && (await isEnough(scan.subarray(0, -1), size, samples));
      if (isOver) throw new Error('JPEG-LS: left over');
    },
  };
}

function encode(module: CharlsModule, samples: Uint8Array, size: FrameSize): Uint8Array<ArrayBuffer> {
  const encoder = new module.JpegLSEncoder();
  const { width, height, precision } = size;
  encoder.getDecodedBuffer({ width, height, bitsPerSample: precision, componentCount: 1 }).set(samples);
  encoder.setNearLossless(0);
  encoder.encode();
  const scan = scanOf(encoder.getEncodedBuffer());
  encoder.delete();
  return scan;
}

function decode(module: CharlsModule, scan: Uint8Array, size: FrameSize, samples: Uint8Array): void {
  const decoder = new module.JpegLSDecoder();
  const headers = headersOf(size);
  const codestream = decoder.getEncodedBuffer(headers.length + scan.length + END_BYTES);
  codestream.set(headers);
  codestream.set(scan, headers.length);
  codestream.set([0xff, 0xd9], headers.length + scan.length);
  decoder.decode();
  const decoded = decoder.getDecodedBuffer();
  if (decoded.length !== samples.length) throw new Error('JPEG-LS: another number of samples');
  samples.set(decoded);
  decoder.delete();
}

/** ITU-T T.87 §C.1: start of image, frame (one component), scan (lossless, default thresholds). */
function headersOf({ width, height, precision }: FrameSize): Uint8Array {
  const [h1, h0, w1, w0] = [height >>> 8, height & 0xff, width >>> 8, width & 0xff];
  const frame = [0xff, 0xf7, 0, 11, precision, h1, h0, w1, w0, 1, 1, 0x11, 0];
  return Uint8Array.of(0xff, 0xd8, ...frame, 0xff, SCAN_HEADER_MARKER, 0, 8, 1, 1, 0, 0, 0, 0);
}

/** What stands between the scan header and the end marker of a codestream that we have just made. */
function scanOf(codestream: CharlsView): Uint8Array<ArrayBuffer> {
  let at = 2;
  for (;;) {
    const marker = codestream[at + 1];
    if (codestream[at] !== 0xff || marker === undefined) throw new Error('JPEG-LS: no scan');
    at += 2 + ((codestream[at + 2] ?? 0) << 8) + (codestream[at + 3] ?? 0);
    if (marker === SCAN_HEADER_MARKER) return copied(codestream.subarray(at, codestream.length - END_BYTES));
  }
}

/** Out of the module's memory, where views are of the clamped kind. */
function copied(view: CharlsView): Uint8Array<ArrayBuffer> {
  return new Uint8Array(view);
}

/** ITU-T T.87 §A.1: inside a scan 0xff is followed by a zero bit; else a decoder would meet a header of the sender's making. */
function hasMarker(scan: Uint8Array): boolean {
  for (let at = scan.indexOf(0xff); at >= 0; at = scan.indexOf(0xff, at + 1)) {
    if (at + 1 === scan.length || (scan[at + 1] ?? 0) >= 0x80) return true;
  }
  return false;
}
