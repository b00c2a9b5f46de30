/** Why bytes are not taken as an instance. They can still travel as an attachment, byte for byte. */
export type ScanRefusal =
  | 'not-dicom'
  | 'no-uids' // DICOM, but without valid UIDs for study, series, instance and class
  | 'truncated' // a length reaches beyond the end, or the end comes inside something
  | 'malformed' // not the grammar of PS3.5 §7
  | 'ambiguous' // an identifying attribute occurs twice with different values: readers would disagree about the patient
  | 'pixel-length' // pixel data is shorter than rows × columns × … say, or has fewer fragments than frames
  | 'palette' // a colour table is shorter than its description says
  | 'too-deep' // sequences nest deeper than MAX_DEPTH
  | 'too-many' // more elements, items and fragments than MAX_ITEMS
  | 'inflate-limit' // a deflated data set grows beyond the limit
  | 'unreadable'; // the source could not be read

/** Leaves the scanner from any depth; it never leaves this folder. */
export class ScanRefused extends Error {
  override readonly name = 'ScanRefused';
  readonly reason: ScanRefusal;

  constructor(reason: ScanRefusal) {
    super(reason);
    this.reason = reason;
  }
}

/** One a reason: gathering a stack that nobody reads would cost more than the refusal of a small file. */
const refusals = new Map<ScanRefusal, ScanRefused>();

export function refuse(reason: ScanRefusal): never {
  const refused = refusals.get(reason) ?? new ScanRefused(reason);
  refusals.set(reason, refused);
  throw refused;
}
