import { concatBytes } from '../../../crypto/wire/bytes.js';
import type { ByteSource } from '../ports.js';
import { deflate } from './deflate.js';
import { type ElementNode, valueBytes } from './element-tree.js';
import { memorySource, openInstance } from './open-instance.js';
import { PieceList, pieceSource } from './pieces.js';
import { element, elementHeader, uint32 } from './write-elements.js';

/** What an attribute of the root becomes: another value, already coded in the instance's character set and byte order, or gone. */
export type AttributeChange =
  { readonly kind: 'value'; readonly vr: string; readonly bytes: Uint8Array } | { readonly kind: 'gone' };

/**
 * The instance with some attributes of its root changed and every other byte as it was: preamble, meta group, private elements, pixels, what stands behind
 * them. Lengths of groups follow. UIDs of the instance are no subject of this: the meta group says them, too.
 * @throws ScanRefused, Refused for what cannot be read; RangeError for a group below 0008
 */
export async function changeAttributes(
  source: ByteSource,
  changes: ReadonlyMap<number, AttributeChange>,
): Promise<ByteSource> {
  for (const tag of changes.keys()) if (tag >>> 16 < 8) throw new RangeError('not an attribute of the data set');
  const { data, elements, encoding, isDeflated, dataSetAt, trailingBytes } = await openInstance(source);
  const list = new PieceList();
  if (!isDeflated) list.input(0, dataSetAt);
  const waiting = [...changes].sort(([a], [b]) => a - b);
  const groups = changedGroups(elements, changes);
  const insertBefore = (tag: number): void => {
    for (let next = waiting[0]; next !== undefined && next[0] < tag; next = waiting[0]) {
      waiting.shift();
      const [added, change] = next;
      if (change.kind === 'value') list.bytes(element(added, change.vr, change.bytes, encoding));
    }
  };
  for (const node of elements) {
    insertBefore(node.tag);
    const change = changes.get(node.tag);
    if (waiting[0]?.[0] === node.tag) waiting.shift();
    const delta = (node.tag & 0xffff) === 0 ? (groups.get(node.tag >>> 16) ?? 0) : 0;
    if (delta !== 0 && change === undefined) list.bytes(withLength(node, delta));
    else if (change === undefined) list.input(node.at, node.endAt - node.at);
    else if (change.kind === 'value') list.bytes(element(node.tag, change.vr, change.bytes, node.encoding));
  }
  insertBefore(Number.POSITIVE_INFINITY);
  list.input(data.size - trailingBytes, trailingBytes);
  if (!isDeflated) return pieceSource(list, source, { name: source.name });
  // What stands before a deflated data set stays; the data set itself can only be deflated as a whole.
  const plain = pieceSource(list, data, { name: '' });
  const whole = concatBytes(await source.read(0, dataSetAt), await deflate(plain));
  return { ...memorySource(whole), name: source.name };
}

/** By how much the groups grow. */
function changedGroups(
  elements: readonly ElementNode[],
  changes: ReadonlyMap<number, AttributeChange>,
): ReadonlyMap<number, number> {
  const deltas = new Map<number, number>();
  const grow = (tag: number, bytes: number): void => void deltas.set(tag >>> 16, (deltas.get(tag >>> 16) ?? 0) + bytes);
  const encoding = elements[0]?.encoding;
  for (const node of elements) if (changes.has(node.tag)) grow(node.tag, node.at - node.endAt);
  for (const [tag, change] of changes) {
    if (change.kind === 'gone' || encoding === undefined) continue;
    const times = Math.max(1, elements.filter((node) => node.tag === tag).length);
    grow(tag, times * element(tag, change.vr, change.bytes, encoding).length);
  }
  return deltas;
}

function withLength(node: ElementNode, delta: number): Uint8Array {
  const { encoding } = node;
  const value = valueBytes(node);
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  const length = value.length === 4 ? view.getUint32(0, encoding.littleEndian) + delta : 0;
  return concatBytes(elementHeader(node.tag, 'UL', 4, encoding), uint32(length, encoding));
}
