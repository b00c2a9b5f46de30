/** What the browser's side can refuse. */
export type WebErrorCode =
  | 'storage-full' // the browser gives no more room
  | 'storage-blocked' // the browser does not let the page keep anything
  | 'account-elsewhere' // another tab works with this account
  | 'account-locked' // nothing is unlocked
  | 'join-unfinished' // this browser began to be paired and was never let in
  | 'files-needed' // the files of an interrupted message must be chosen again
  | 'permission-needed' // the browser asks the user before the files are read again
  | 'report-unreadable' // the report is not a PDF
  | 'image-unsupported' // a picture this version cannot decode
  | 'image-video' // a video, which has no pictures to be had one by one
  | 'image-invalid' // a picture whose bytes contradict themselves
  | 'no-image' // an instance without a picture
  | 'not-here'; // a file that has not come, or is not verified

/** The error of this zone; `message` is for developers. */
export class WebError extends Error {
  override readonly name = 'WebError';
  readonly code: WebErrorCode;

  constructor(code: WebErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A browser that is out of room says so by name. */
export function storageError(cause: unknown): unknown {
  if (!(cause instanceof DOMException)) return cause;
  if (cause.name === 'QuotaExceededError') return new WebError('storage-full', 'no room left', { cause });
  return cause;
}
