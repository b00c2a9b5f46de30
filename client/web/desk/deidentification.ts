/** What the page says about de-identification, and what it is shown of it: before anything is sent, on the sender's machine only. */

/** A region of the picture in pixels; over all frames and instances of its series. */
export interface MaskInput {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface DeidentifyInput {
  readonly profile: string;
  readonly options: readonly string[];
  /** What a person has drawn, by the series' UID. */
  readonly masks: Readonly<Record<string, readonly MaskInput[]>>;
  /** A person has looked at what the rules cannot decide. */
  readonly isConfirmed: boolean;
}

/** How many instances cannot go out like this, and why. */
export interface BlockedView {
  readonly reason: string;
  readonly instances: number;
}

export interface DeidentifiedView {
  /** Not empty: nothing is sent like this. */
  readonly blocked: readonly BlockedView[];
  readonly instances: number;
  readonly maskedFrames: number;
}

export interface AttributeRow {
  readonly tag: string;
  readonly name: string;
  readonly depth: number;
  readonly words: { readonly en: string; readonly de: string };
  readonly isSame: boolean;
  /** Text as it is read; null where there is nothing. */
  readonly before: string | null;
  readonly after: string | null;
}

export type PreviewView =
  | { readonly kind: 'refused'; readonly reason: string }
  | {
      readonly kind: 'preview';
      readonly rows: readonly AttributeRow[];
      readonly more: number;
      readonly risks: readonly string[];
      /** What is blackened, found or drawn. */
      readonly masks: readonly (MaskInput & { readonly isDrawn: boolean })[];
    };
