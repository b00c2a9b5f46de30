import type { PixelRefusal } from './raster/refusal.js';
import { PixelRefused } from './raster/refusal.js';

/**
 * Code streams whose decoders come as WebAssembly: JPEG-LS, JPEG 2000 and High-Throughput JPEG 2000. The modules are loaded
 * by the shell; here is only what is called on them, so that Node's thread and the browser's worker share everything else.
 */
export interface CodecModules {
  readonly jpegLs: () => Promise<JpegLsModule>;
  readonly jpeg2000: () => Promise<Jpeg2000Module>;
  readonly htj2k: () => Promise<Htj2kModule>;
}

export interface CodecFrame {
  readonly width: number;
  readonly height: number;
  readonly bitsPerSample: number;
  readonly componentCount: number;
  readonly isSigned?: boolean;
  readonly isUsingColorTransform?: boolean;
}

interface WasmDecoder {
  getEncodedBuffer(length: number): Uint8Array;
  getDecodedBuffer(): Uint8Array;
  decode(): void;
  getFrameInfo(): CodecFrame;
  delete(): void;
}

interface WasmEncoder {
  getDecodedBuffer(frame: CodecFrame): Uint8Array;
  getEncodedBuffer(): Uint8Array;
  encode(): void;
  delete(): void;
}

export interface JpegLsModule {
  readonly JpegLSDecoder: new () => WasmDecoder & { getInterleaveMode(): number };
  readonly JpegLSEncoder: new () => WasmEncoder & {
    setNearLossless(value: number): void;
    setInterleaveMode(mode: number): void;
  };
}

interface WaveletEncoder extends WasmEncoder {
  setQuality(lossless: boolean, quality: number): void;
  setDecompositions(count: number): void;
}

export interface Jpeg2000Module {
  readonly J2KDecoder: new () => WasmDecoder;
  readonly J2KEncoder: new () => WaveletEncoder;
}

export interface Htj2kModule {
  readonly HTJ2KDecoder: new () => WasmDecoder;
  readonly HTJ2KEncoder: new () => WaveletEncoder & {
    /** 2 is RPCL, which transfer syntax .202 asks for. */
    setProgressionOrder(order: number): void;
    setTLMMarker(isWritten: boolean): void;
  };
}

/** As a decoder leaves it: samples of one or two bytes, low byte first. */
export interface CodecOutput {
  readonly frame: CodecFrame;
  readonly isPlanar: boolean;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export type WasmCodec = 'jpeg-ls' | 'jpeg-2000' | 'htj2k' | 'htj2k-rpcl';

/** @throws PixelRefused `code-stream` */
export async function decodeWasm(modules: CodecModules, codec: WasmCodec, bytes: Uint8Array): Promise<CodecOutput> {
  const decoder = await createDecoder(modules, codec);
  try {
    return asRefusal('code-stream', () => {
      decoder.getEncodedBuffer(bytes.length).set(bytes);
      decoder.decode();
      const isPlanar = 'getInterleaveMode' in decoder && decoder.getInterleaveMode() === 0;
      return { frame: { ...decoder.getFrameInfo() }, isPlanar, bytes: new Uint8Array(decoder.getDecodedBuffer()) };
    });
  } finally {
    decoder.delete();
  }
}

/** Losslessly. @param bytes samples side by side, low byte first */
export async function encodeWasm(
  modules: CodecModules,
  codec: WasmCodec,
  frame: CodecFrame,
  bytes: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const encoder = await createEncoder(modules, codec, frame);
  try {
    return asRefusal('unsupported', () => {
      encoder.getDecodedBuffer(frame).set(bytes);
      encoder.encode();
      return new Uint8Array(encoder.getEncodedBuffer());
    });
  } finally {
    encoder.delete();
  }
}

async function createDecoder(
  modules: CodecModules,
  codec: WasmCodec,
): Promise<WasmDecoder | InstanceType<JpegLsModule['JpegLSDecoder']>> {
  switch (codec) {
    case 'jpeg-ls':
      return new (await modules.jpegLs()).JpegLSDecoder();
    case 'jpeg-2000':
      return new (await modules.jpeg2000()).J2KDecoder();
    case 'htj2k':
    case 'htj2k-rpcl':
      return new (await modules.htj2k()).HTJ2KDecoder();
  }
}

async function createEncoder(modules: CodecModules, codec: WasmCodec, frame: CodecFrame): Promise<WasmEncoder> {
  if (codec === 'jpeg-ls') {
    const encoder = new (await modules.jpegLs()).JpegLSEncoder();
    encoder.setNearLossless(0);
    // Colour by line: what other decoders read best.
    encoder.setInterleaveMode(frame.componentCount === 1 ? 0 : 2);
    return encoder;
  }
  const levels = Math.max(0, Math.min(5, Math.floor(Math.log2(Math.min(frame.width, frame.height))) - 3));
  if (codec === 'jpeg-2000') {
    const encoder = new (await modules.jpeg2000()).J2KEncoder();
    encoder.setQuality(true, 0);
    encoder.setDecompositions(levels);
    return encoder;
  }
  const encoder = new (await modules.htj2k()).HTJ2KEncoder();
  encoder.setQuality(true, 0);
  encoder.setDecompositions(levels);
  if (codec === 'htj2k-rpcl') {
    encoder.setProgressionOrder(2);
    encoder.setTLMMarker(true);
  }
  return encoder;
}

/** What a module throws (numbers, its own exceptions, a RangeError for memory) becomes a refusal. */
function asRefusal<T>(reason: PixelRefusal, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw new PixelRefused(reason, { cause });
  }
}
