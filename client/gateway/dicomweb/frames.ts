import type { FrameReader } from '../../core/deidentification/pixel-port.js';
import { EXPLICIT_LITTLE } from '../../core/dicom/part10.js';
import type { DecodableImage } from '../../core/pixels/geometry.js';
import { openPixels } from '../../core/pixels/open-pixels.js';
import type { Raster } from '../../core/pixels/raster/raster.js';
import { PixelRefused } from '../../core/pixels/raster/refusal.js';
import type { PixelWorker } from '../../core/pixels/work.js';
import { diskFile } from '../../node/disk-source.js';
import { Problem } from '../http/problem.js';
import type { Instance } from '../received/received.js';
import type { Accepted } from './accept.js';
import { matchesType } from './accept.js';
import { frameType, isNative, OCTETS } from './transfer-syntax.js';

/** Frames of an instance, in the form that was asked for (PS3.18 §10.4.3.3.3). */
export interface FrameAnswer {
  readonly type: string;
  readonly transferSyntax: string;
  read(frame: number): Promise<Uint8Array>;
}

export interface OpenInstance {
  readonly image: DecodableImage;
  readonly frames: FrameReader;
}

/** @throws Problem `not-found` for an instance without pixels */
export async function openFrames({ path }: Instance): Promise<OpenInstance> {
  try {
    return await openPixels(await diskFile(path));
  } catch (error) {
    throw pixelProblem(error);
  }
}

/** No frames here, or none that can be read: neither is a fault of the gateway. */
export function pixelProblem(error: unknown): unknown {
  const isRefusal = error instanceof PixelRefused || (error instanceof Error && error.name === 'ScanRefused');
  return isRefusal ? new Problem('not-found', { detail: 'no frames that can be read', cause: error }) : error;
}

/** @param text of the path: `1,2,3`, from 1 @throws Problem `request-invalid`, `not-found` */
export function parseFrames(text: string, count: number): number[] {
  if (!/^[0-9]{1,7}(,[0-9]{1,7})*$/.test(text)) throw new Problem('request-invalid', { fields: ['frames'] });
  const frames = text.split(',').map((one) => Number(one) - 1);
  if (frames.some((frame) => frame < 0 || frame >= count)) throw new Problem('not-found', { detail: 'no such frame' });
  return frames;
}

/**
 * The best form that both sides have: as it is stored, or decoded to samples in little endian.
 * @throws Problem `not-acceptable`
 */
export function chooseFrames(
  { image, frames }: OpenInstance,
  instance: Instance,
  accepted: readonly Accepted[],
  work: PixelWorker,
): FrameAnswer {
  const stored = instance.transferSyntaxUid;
  const asStored: FrameAnswer = {
    type: frameType(stored),
    transferSyntax: stored,
    read: (frame) => frames.read(frame),
  };
  const decoded: FrameAnswer = {
    type: OCTETS,
    transferSyntax: EXPLICIT_LITTLE,
    read: async (frame) => samplesOf(await work({ kind: 'decode', image, frame: await frames.read(frame) }), image),
  };
  const isPlain = isNative(stored) && image.littleEndian && frames.kind === 'native';
  for (const { type, inner, transferSyntax } of accepted) {
    const wanted = inner ?? type;
    const any = transferSyntax === null || transferSyntax === '*';
    if (
      isPlain &&
      matchesType(wanted, OCTETS) &&
      (any || transferSyntax === EXPLICIT_LITTLE || transferSyntax === stored)
    ) {
      return { ...asStored, type: OCTETS, transferSyntax: EXPLICIT_LITTLE };
    }
    if (isPlain) continue;
    // A named media type or syntax, or anything at all: no work, and no loss.
    if (matchesType(wanted, asStored.type) && (wanted !== OCTETS || transferSyntax !== null)) {
      if (any || transferSyntax === stored) return asStored;
    }
    // PS3.18 §8.7.3.3.2: octets without a syntax are uncompressed.
    if (matchesType(wanted, OCTETS) && (transferSyntax === null || transferSyntax === EXPLICIT_LITTLE)) return decoded;
    if (wanted === OCTETS && (transferSyntax === '*' || transferSyntax === stored))
      return { ...asStored, type: OCTETS };
  }
  throw new Problem('not-acceptable');
}

/** Samples as native little-endian pixel data has them. */
function samplesOf({ cells }: Raster, { bitsAllocated }: DecodableImage): Uint8Array {
  const size = bitsAllocated <= 8 ? 1 : bitsAllocated <= 16 ? 2 : 4;
  const out = Buffer.alloc(cells.length * size);
  for (let i = 0; i < cells.length; i++) {
    if (size === 1) out[i] = cells[i]!;
    else if (size === 2) out.writeUInt16LE(cells[i]! & 0xffff, 2 * i);
    else out.writeUInt32LE(cells[i]! >>> 0, 4 * i);
  }
  return out;
}
