import { valueBytes } from './element-tree.js';
import { cleanIccProfile } from './icc-profile.js';
import { type Outcome, SAME, type Subject } from './job.js';

const ICC_PROFILE = 0x00282000;

/** Numbers that happen to spell so many letters and digits and nothing else do not occur. */
const LEAST_WORDS = 10;

function isWords(bytes: Uint8Array): boolean {
  const end = bytes.at(-1) === 0 ? bytes.length - 1 : bytes.length;
  if (end < LEAST_WORDS) return false;
  let letters = 0;
  for (let at = 0; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x20 || byte > 0x7e) return false;
    if ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a) letters++;
  }
  return letters * 2 >= end;
}

const NUMBERS = new Set('AT FD FL OB OD OF OL OV OW SL SS SV UL US UV'.split(' '));

/** Zeros for a public attribute that has nothing but words where numbers belong; null for all others. */
export function withoutWords({ node, vr }: Subject): Outcome | null {
  const isPublic = ((node.tag >>> 16) & 1) === 0;
  if (!isPublic || !NUMBERS.has(vr) || node.content.kind !== 'value' || !isWords(valueBytes(node))) return null;
  return { kind: 'value', bytes: new Uint8Array(node.length), vr };
}

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
