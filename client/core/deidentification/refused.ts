import type { ScanRefusal } from '../dicom/refusal.js';

/** Why an instance is not de-identified: nothing of it leaves. */
export type Refusal =
  | ScanRefusal
  | 'directory' // a DICOMDIR: it names what lies beside it
  | 'residual' // a removed value was found again in the result
  | 'visual-features' // a face may be recognised, the profile asks to clean it, and nothing here can
  | 'pixels-not-maskable' // regions are to be masked in frames that cannot be coded again
  | 'pixels-not-checked' // the profile asks for clean pixels, and nobody could look at them
  | 'risk'; // burned-in text or a face is likely, and nobody has decided

/** Leaves the rewriting from any depth; it never leaves this folder. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly reason: Refusal;

  constructor(reason: Refusal, options?: ErrorOptions) {
    super(reason, options);
    this.reason = reason;
  }
}

export function refuseInstance(reason: Refusal): never {
  throw new Refused(reason);
}
