import type { ScannedInstance } from '../dicom/scan.js';
import type { ByteSource } from '../ports.js';

export interface CollectedInstance {
  readonly source: ByteSource;
  readonly scan: ScannedInstance;
  readonly size: number;
  /** Somebody has marked it as one that matters: it travels first. */
  readonly isKey?: boolean;
}

/** Two sources with one SOP Instance UID. */
export interface DuplicateSource {
  readonly path: string;
  readonly firstPath: string;
  /** Identical ones are sent once; conflicting ones both, because nobody but the sender can know which one is right. */
  readonly kind: 'identical' | 'conflicting';
}
