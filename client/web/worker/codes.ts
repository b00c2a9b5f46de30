import { CoreError } from '../../core/error.js';
import { SealError } from '../../core/ids.js';
import { WebError } from '../ports/error.js';

/** What crosses to the page of an error: its code, and nothing of what it says. */
export function codeOf(error: unknown): string {
  if (error instanceof CoreError || error instanceof SealError || error instanceof WebError) return error.code;
  if (error instanceof DOMException && error.name === 'QuotaExceededError') return 'storage-full';
  return 'internal-error';
}
