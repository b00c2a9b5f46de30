/**
 * What de-identification asks of whoever understands pixels. It finds out what stands in the picture, and it blackens
 * regions of encapsulated frames; frames of native pixel data are blackened by the caller. A cleaner never sees the file,
 * only what is here, and is the same for the same input: a send that is resumed asks again and must get the same bytes.
 */
export interface PixelCleaner {
  /** Regions that show text or a face, and what remains doubtful. Called once an instance, before anything is masked. */
  inspect(image: PixelImage, frames: FrameReader, care: InspectionCare, signal?: AbortSignal): Promise<PixelInspection>;
  /** Whether frames of this transfer syntax and geometry can be masked at all. */
  canMask(image: PixelImage): boolean;
  /**
   * Decodes one frame of encapsulated pixel data, fills the regions and codes it again in the same transfer syntax: lossless
   * where the syntax is, else as near as it can.
   * @param frame the code stream of the frame, fragments joined
   * @throws Error when it cannot be decoded: the instance is refused
   */
  maskFrame(image: PixelImage, frame: Uint8Array, regions: readonly Region[]): Promise<MaskedFrame>;
}

/**
 * `careful` where the sender asked for clean pixels; `in-passing` where the picture is looked at as well: then a slice in which no drawing can
 * be is done at once.
 */
export type InspectionCare = 'careful' | 'in-passing';

/** Columns and rows of pixels; x and y of the upper left one, from 0. May reach beyond the picture. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A region of one frame (from 0), or of all of them. */
export interface PixelMask extends Region {
  readonly frame: number | null;
  readonly source: MaskSource;
}

export type MaskSource =
  | 'manual' // a person drew it
  | 'rule' // known for this modality, maker, model and size
  | 'ultrasound-region' // outside of the Sequence of Ultrasound Regions
  | 'text' // text was seen there
  | 'face'; // a face was seen there

export interface MaskedFrame {
  readonly bytes: Uint8Array;
  readonly coding: 'lossless' | 'lossy';
}

export interface PixelInspection {
  readonly masks: readonly PixelMask[];
  /** In the report, and each one blocks a send until the sender decides. */
  readonly risks: readonly PixelRisk[];
  /** How sure it is that no text is left once the masks are applied: only `checked` lifts the block of a risky modality. */
  readonly confidence: 'checked' | 'unchecked';
}

export type PixelRisk =
  | 'text-suspected' // something like text that no mask covers
  | 'colour-flow' // writing in many colours would have been left alone, too, where the picture says that flow is shown
  | 'frames-not-decoded' // frames of a syntax that cannot be looked at
  | 'face-suspected'; // a photograph or a volume from which a face can be rendered

/** The attributes of the picture, as the instance has them; empty text, 0 or null where it says nothing. */
export interface PixelImage {
  readonly transferSyntaxUid: string;
  readonly sopClassUid: string;
  readonly modality: string;
  readonly manufacturer: string;
  readonly manufacturerModelName: string;
  readonly softwareVersions: string;
  readonly imageType: readonly string[];
  readonly conversionType: string;
  readonly burnedInAnnotation: string;
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: number;
  readonly photometricInterpretation: string;
  readonly planarConfiguration: number;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly pixelRepresentation: number;
  readonly numberOfFrames: number;
  readonly littleEndian: boolean;
  readonly windowCenter: number | null;
  readonly windowWidth: number | null;
  readonly lossyImageCompression: string;
  readonly ultrasoundRegions: readonly UltrasoundRegion[];
}

/** An item of (0018,6011): corners in pixels, both inside. */
export interface UltrasoundRegion {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
  /** (0018,6014): what is drawn there; 2 is colour flow. Null where the region does not say. */
  readonly dataType: number | null;
}

export interface FrameReader {
  readonly count: number;
  readonly kind: 'native' | 'encapsulated';
  /** One frame from 0: native bytes in the data set's byte order, or a code stream with its fragments joined. */
  read(frame: number): Promise<Uint8Array>;
}
