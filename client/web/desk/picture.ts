import { type Call, type Moved } from './rpc.js';

/** What the page is given of instances: pictures, where they lie in the patient, and what is said about them. Plain data. */

/** One picture, ready for a window: stored values with what makes them values, or finished colours. */
export type FrameView = GrayView | ColorView;

interface Shape {
  readonly rows: number;
  readonly columns: number;
  /** Row and column spacing in mm; null when nobody says. */
  readonly pixelSpacing: readonly [number, number] | null;
  readonly facts: FrameFacts;
  /** Planes of single bits that the sender laid over it (PS3.3 §C.9.2). */
  readonly planes: readonly BitPlane[];
}

/** Bits row by row, the first one lowest; `x` and `y` of its corner, in pixels of the picture. */
export interface BitPlane {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly bits: Uint8Array<ArrayBuffer>;
}

export interface GrayView extends Shape {
  readonly kind: 'gray';
  readonly values: Int16Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Float32Array<ArrayBuffer>;
  readonly slope: number;
  readonly intercept: number;
  /** Of the values as stored; shown as background. */
  readonly padding: readonly [number, number] | null;
  readonly isInverted: boolean;
  /** As the sender proposes them, the best first. */
  readonly windows: readonly WindowView[];
  readonly unit: string;
}

export interface ColorView extends Shape {
  readonly kind: 'color';
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

/** From a value after rescaling to a shade: a function, or a table of the sender's. */
export type WindowView =
  | {
      readonly shape: 'linear' | 'linear-exact' | 'sigmoid';
      readonly center: number;
      readonly width: number;
      readonly name: string;
    }
  | {
      readonly shape: 'table';
      readonly name: string;
      /** The value that the first entry stands for; entries are shades, 0 to 1. */
      readonly first: number;
      readonly entries: Float32Array<ArrayBuffer>;
    };

export type LinearWindow = Exclude<WindowView, { readonly shape: 'table' }>;

export interface FrameFacts {
  readonly place: PlaceView | null;
  /** What a length on this picture means. */
  readonly calibration: Calibration;
  /** Regions with a scale of their own (ultrasound), in pixels and mm a pixel. */
  readonly regions: readonly ScaledRegion[];
  /** Where the rows and the columns lead, in letters (PS3.3 §C.7.6.1.1.1); empty where nobody says. */
  readonly directions: readonly [string, string];
  readonly laterality: string;
  readonly sliceLocation: number | null;
  readonly thickness: number | null;
  /** Milliseconds from frame to frame; null when it is no film. */
  readonly frameMs: number | null;
  /** Was compressed with losses, now or earlier. */
  readonly isLossy: boolean;
  readonly modality: string;
}

/**
 * `patient`: spacing in the patient. `calibrated`: of a projection, corrected by an object of known size. `detector`: of a projection, at the
 * detector; what lies before it is smaller than it looks. `none`: pixels only (PS3.3 §10.7).
 */
export type Calibration = 'patient' | 'calibrated' | 'detector' | 'none';

export type Triple = readonly [number, number, number];

/** PS3.3 §C.7.6.2: the middle of the first pixel, and where rows and columns lead, in mm of the patient. */
export interface PlaceView {
  readonly position: Triple;
  /** Along a row, from column to column. */
  readonly row: Triple;
  /** Along a column, from row to row. */
  readonly column: Triple;
  readonly frameOfReference: string;
}

export interface ScaledRegion {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
  readonly mmX: number;
  readonly mmY: number;
}

/** Where a frame lies, without its pixels. */
export interface FramePlace {
  readonly isColor: boolean;
  readonly rows: number;
  readonly columns: number;
  readonly pixelSpacing: readonly [number, number] | null;
  readonly place: PlaceView | null;
}

export interface Reference {
  readonly sopInstanceUid: string;
  /** Counted from 0; empty means all. */
  readonly frames: readonly number[];
}

/** What an instance says that is no picture. */
export type ObjectView =
  | PresentationView
  | {
      readonly kind: 'key-objects';
      readonly title: string;
      readonly text: string;
      readonly images: readonly Reference[];
    }
  | { readonly kind: 'document'; readonly document: DocumentTree }
  | { readonly kind: 'pdf'; readonly title: string; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'other' };

/** A structured report (PS3.3 §C.17.3): its title and its content, nested as it was written. */
export interface DocumentTree {
  readonly title: string;
  readonly isComplete: boolean;
  readonly isVerified: boolean;
  readonly observers: readonly string[];
  readonly content: readonly ContentView[];
}

export interface ContentView {
  readonly kind: 'container' | 'value' | 'image' | 'other';
  /** What it is about; empty when it has no name. */
  readonly name: string;
  /** As text: of codes their meaning, of numbers value and unit. */
  readonly value: string;
  readonly children: readonly ContentView[];
}

/** A Grayscale Softcopy Presentation State (PS3.3 §A.33): how its author looked at pictures. */
export interface PresentationView {
  readonly kind: 'presentation';
  readonly label: string;
  readonly description: string;
  readonly creator: string;
  readonly images: readonly Reference[];
  readonly windows: readonly { readonly images: readonly Reference[]; readonly window: WindowView }[];
  readonly isInverted: boolean;
  /** Quarter turns clockwise, after flipping left to right. */
  readonly turns: number;
  readonly isFlipped: boolean;
  readonly areas: readonly DisplayedArea[];
  readonly layers: readonly AnnotationView[];
  readonly shutters: readonly ShutterView[];
}

/** Pixels count from 1, the corner of the first one lies at 0.5 less (PS3.3 §C.10.4). */
export interface DisplayedArea {
  readonly images: readonly Reference[];
  readonly topLeft: readonly [number, number];
  readonly bottomRight: readonly [number, number];
  readonly isFitted: boolean;
}

export interface AnnotationView {
  readonly images: readonly Reference[];
  readonly graphics: readonly GraphicView[];
  readonly texts: readonly TextView[];
}

export type GraphicKind = 'point' | 'polyline' | 'interpolated' | 'circle' | 'ellipse';

/** Points of `pixel` count from the picture's corner, those of `display` in shares of the displayed area. */
export interface GraphicView {
  readonly kind: GraphicKind;
  readonly units: 'pixel' | 'display';
  readonly points: readonly (readonly [number, number])[];
  readonly isFilled: boolean;
}

export interface TextView {
  readonly units: 'pixel' | 'display';
  readonly at: readonly [number, number];
  readonly text: string;
}

export type ShutterView =
  | {
      readonly kind: 'rectangle';
      readonly left: number;
      readonly right: number;
      readonly top: number;
      readonly bottom: number;
    }
  | { readonly kind: 'circle'; readonly center: readonly [number, number]; readonly radius: number }
  | { readonly kind: 'polygon'; readonly points: readonly (readonly [number, number])[] };

type Ask<I, A> = (input: I, call: Call) => Promise<A>;

/** What the page asks of a picture worker, which holds no key. */
export interface PictureApi {
  /** Where instances are read from: one message's. */
  readonly use: Ask<{ readonly port: MessagePort }, null>;
  readonly frame: Ask<{ readonly fileId: string; readonly frame: number }, FrameView | Moved<FrameView>>;
  readonly place: Ask<{ readonly fileId: string; readonly frame: number }, FramePlace>;
  readonly object: Ask<{ readonly fileId: string }, ObjectView | Moved<ObjectView>>;
}

/** What a picture worker asks of the desk: verified bytes of one message, and nothing else. */
export interface InstanceApi {
  /** Its size, and its first bytes. */
  readonly open: Ask<
    { readonly fileId: string },
    | { readonly size: number; readonly head: Uint8Array<ArrayBuffer> }
    | Moved<{ readonly size: number; readonly head: Uint8Array<ArrayBuffer> }>
  >;
  readonly read: Ask<
    { readonly fileId: string; readonly offset: number; readonly length: number },
    Uint8Array<ArrayBuffer> | Moved<Uint8Array<ArrayBuffer>>
  >;
}
