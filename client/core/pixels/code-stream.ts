import { readJpeg } from './jpeg/markers.js';
import { refusePixels } from './raster/refusal.js';

/** What a code stream says of itself, read from its header before anything is allocated (attack A23). */
export interface StreamHeader {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly precision: number;
}

/** @throws PixelRefused `code-stream`, `truncated`, `unsupported` */
export function jpegHeader(bytes: Uint8Array): StreamHeader {
  const { width, height, precision, components } = readJpeg(bytes, null).header;
  return { width, height, precision, components: components.length };
}

/** JPEG-LS (ITU-T T.87 §C.2.2): like JPEG's frame header, behind marker F7. */
export function jpegLsHeader(bytes: Uint8Array): StreamHeader {
  for (let at = 2; at + 9 < bytes.length;) {
    if (bytes[at] !== 0xff) return refusePixels('code-stream');
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset + at + 2);
    if (marker === 0xf7) {
      return {
        precision: view.getUint8(2),
        height: view.getUint16(3),
        width: view.getUint16(5),
        components: view.getUint8(7),
      };
    }
    at += 2 + Math.max(2, view.getUint16(0));
  }
  return refusePixels('truncated');
}

const SIZ_BYTES = 42;

/** JPEG 2000 (ITU-T T.800 §A.5.1), also within the boxes of a JP2 file, which some writers leave around it. */
export function jpeg2000Header(bytes: Uint8Array): StreamHeader {
  const at = codeStreamStart(bytes);
  if (at + SIZ_BYTES > bytes.length) return refusePixels('truncated');
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  const components = view.getUint16(40);
  if (components < 1 || at + SIZ_BYTES + 3 * components > bytes.length) return refusePixels('code-stream');
  for (let i = 0; i < components; i++) {
    // Subsampled components: nobody writes them in DICOM.
    if (view.getUint8(43 + 3 * i) !== 1 || view.getUint8(44 + 3 * i) !== 1) refusePixels('unsupported');
  }
  const width = view.getUint32(8) - view.getUint32(16);
  const height = view.getUint32(12) - view.getUint32(20);
  return { width, height, components, precision: (view.getUint8(42) & 0x7f) + 1 };
}

/** T.800 §A.4: the code stream starts with SOC, and SIZ follows at once. */
export function codeStreamStart(bytes: Uint8Array): number {
  const end = Math.min(bytes.length - 4, 4096);
  for (let at = 0; at <= end; at++) {
    if (bytes[at] === 0xff && bytes[at + 1] === 0x4f && bytes[at + 2] === 0xff && bytes[at + 3] === 0x51) return at;
  }
  return refusePixels('code-stream');
}
