import { type CborValue } from './cbor.js';
import { equalBytes, utf8 } from './bytes.js';
import { WireError } from './error.js';
import { taggedHash } from './hash.js';
import { asArray, asBytes, asText } from './shape.js';

/**
 * The person a device belongs to. The chain shows `TH("member", salt, label)` only; label and salt travel sealed, so that
 * recipients can check the name and the relay learns none (docs/spec/mailbox.md §2).
 */
export interface Member {
  readonly label: string;
  /** 16 random bytes. */
  readonly salt: Uint8Array;
}

const MAX_LABEL = 100;
const SALT_BYTES = 16;

export function memberTag(member: Member): Uint8Array {
  return taggedHash('member', member.salt, utf8(member.label));
}

export function encodeMember(member: Member): CborValue {
  return [member.label, member.salt];
}

/** @throws WireError `shape` */
export function parseMember(value: CborValue | undefined): Member {
  const [label, salt] = asArray(value, 2);
  return { label: asText(label, MAX_LABEL), salt: asBytes(salt, SALT_BYTES) };
}

/** @throws WireError `shape` unless the name is the one that the chain committed to */
export function verifyMember(member: Member, tag: Uint8Array): Member {
  if (!equalBytes(memberTag(member), tag)) throw new WireError('shape', 'the member is not the one of the device');
  return member;
}
