import { type DataItem, type Scopes, itemsOf } from './data-item.js';
import { type ImageDataSet } from './dataset.js';

const SHARED_GROUPS = 0x52009229;
const FRAME_GROUPS = 0x52009230;

/**
 * Where a frame's attributes are looked for: enhanced objects keep them in functional groups, of each frame or shared (PS3.3 §C.7.6.16), all
 * others at the top.
 */
export function scopesOf({ root }: ImageDataSet, frame: number): Scopes {
  const own = itemsOf([root], FRAME_GROUPS)[frame];
  const shared = itemsOf([root], SHARED_GROUPS)[0];
  return [...groupsOf(own), ...groupsOf(shared), root];
}

/** A functional group is a sequence of one item. */
function groupsOf(item: DataItem | undefined): DataItem[] {
  if (item === undefined) return [];
  const groups = [...item.values.values()].flatMap((value) => (value.kind === 'items' ? value.items.slice(0, 1) : []));
  return [item, ...groups];
}
