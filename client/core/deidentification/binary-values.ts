import { valueBytes } from './element-tree.js';
import { cleanIccProfile } from './icc-profile.js';
import { type Outcome, SAME, type Subject } from './job.js';

const ICC_PROFILE = 0x00282000;

/**
 * Numbers and bytes that stay: a colour profile without its words, everything else as it is, unless a name, a number or a UID of the
 * patient stands in it. Then it is no number, and zeros take its place.
 */
export function scrubBinary({ node, vr, job }: Subject): Outcome {
  if (node.content.kind !== 'value' || node.length < 6) return SAME;
  const bytes = valueBytes(node);
  const cleaned = node.tag === ICC_PROFILE ? cleanIccProfile(bytes) : null;
  if (job.wanted.standsIn(cleaned ?? bytes)) return { kind: 'value', bytes: new Uint8Array(bytes.length), vr };
  return cleaned === null ? SAME : { kind: 'value', bytes: cleaned, vr };
}
