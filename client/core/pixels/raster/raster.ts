/** What a sample lies in: as many bits as Bits Allocated says, of which Bits Stored count. Signed ones in two's complement. */
export type Cells = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** A decoded frame. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  /** Samples per pixel, lying side by side: 1, 3 or 4. */
  readonly samples: number;
  /** Of each sample, the ones that count. */
  readonly bitsStored: number;
  readonly signed: boolean;
  /** Of the samples as they lie here: halved colour is spread out, colour transforms of the code stream are undone. */
  readonly colour: Colour;
  readonly cells: Cells;
}

export type Colour = 'monochrome1' | 'monochrome2' | 'palette' | 'rgb' | 'ybr-full' | 'ybr-partial';

/** A picture for eyes and detectors: 8 bits, 1 or 3 samples. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly samples: 1 | 3;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** One brightness a pixel. */
export interface Gray {
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export function createCells(bitsAllocated: number, count: number): Cells {
  if (bitsAllocated <= 8) return new Uint8Array(count);
  return bitsAllocated <= 16 ? new Uint16Array(count) : new Uint32Array(count);
}
