import { ACTIONS } from './actions.js';
import { type ElementNode, valueBytes } from './element-tree.js';
import { GONE, type Outcome, type Subject } from './job.js';
import { PieceList } from './pieces.js';
import { elementHeader } from './write-elements.js';

/** Curves (50xx) and overlays (60xx), whose groups repeat. */
export function isOverlayOrCurve(tag: number): boolean {
  const page = tag >>> 24;
  return page === 0x50 || page === 0x60;
}

const OVERLAY_DATA = 0x3000;
const OVERLAY_COMMENTS = 0x4000;
const OVERLAY_LABEL = 0x1500;
const OVERLAY_DESCRIPTION = 0x0022;

/**
 * Without its data an overlay is none: the whole group goes. Under Clean Graphics its geometry stays, its words are cleaned, and its plane is
 * blank: a drawing cannot be told from handwriting. Curves are retired and hold words and points in one: they always go.
 */
export function treatOverlayOrCurve(subject: Subject): Outcome {
  const { node, job } = subject;
  const code = job.rules.patternCode(node.tag >>> 24 === 0x50 ? '50xxxxxx' : '60xx3000');
  if (node.tag >>> 24 === 0x50 || code === 'X') {
    job.count('remove', node.tag);
    return GONE;
  }
  switch (node.tag & 0xffff) {
    case OVERLAY_DATA:
      job.count('clean', node.tag);
      return blank(node);
    case OVERLAY_COMMENTS:
    case OVERLAY_LABEL:
    case OVERLAY_DESCRIPTION:
      job.count('clean', node.tag);
      return ACTIONS.clean.apply(subject);
    default:
      return treatGeometry(subject);
  }
}

/** Rows, columns, type, origin, frames, bits: codes and numbers. What the standard does not know in this group may say anything. */
function treatGeometry(subject: Subject): Outcome {
  const { node, job } = subject;
  if (GEOMETRY.has(node.tag & 0xffff)) return ACTIONS.scrub.apply(subject);
  job.count('remove', node.tag);
  return GONE;
}

const GEOMETRY = new Set([
  0x0010, 0x0011, 0x0015, 0x0040, 0x0045, 0x0050, 0x0051, 0x0100, 0x0102, 0x1001, 0x1301, 0x1302, 0x1303,
]);

function blank(node: ElementNode): Outcome {
  const list = new PieceList();
  list.bytes(elementHeader(node.tag, node.vr, node.length, node.encoding));
  const length = valueBytes(node).length === 0 ? node.length : valueBytes(node).length;
  list.add({ kind: 'made', length, make: () => Promise.resolve(new Uint8Array(length)) });
  return { kind: 'pieces', list };
}
