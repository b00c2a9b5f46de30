import { type Reference } from '../../desk/picture.js';
import { type DataItem, type Scopes, itemsOf, numbers, plain, words } from '../data-item.js';

/** What instances say of others, and codes. */

const MAX_REFERENCES = 20_000;

/** Items of a Referenced Image or SOP Sequence (PS3.3 §10.8). */
export function referencesOf(items: readonly DataItem[]): Reference[] {
  return items.slice(0, MAX_REFERENCES).flatMap((item) => {
    const sopInstanceUid = plain([item], 0x00081155);
    const frames = numbers([item], 0x00081160).map((frame) => frame - 1);
    return sopInstanceUid === '' ? [] : [{ sopInstanceUid, frames }];
  });
}

/** PS3.3 §8: of a code its meaning; without one its value. */
export function meaningOf(scopes: Scopes, sequence: number): string {
  const code = itemsOf(scopes, sequence)[0];
  if (code === undefined) return '';
  return words([code], 0x00080104) || words([code], 0x00080100);
}

export function codeOf(scopes: Scopes, sequence: number): string {
  const code = itemsOf(scopes, sequence)[0];
  return code === undefined ? '' : `${plain([code], 0x00080102)} ${plain([code], 0x00080100)}`;
}
