import { concatBytes } from '../../../crypto/wire/bytes.js';
import { sha256, taggedHash } from '../../../crypto/wire/hash.js';
import { type MailboxId, idBytes } from '../../../crypto/wire/ids.js';

/**
 * What two practices compare in person or by telephone (docs/spec/names.md §5): the same on both sides, and another one as
 * soon as either side was shown a false mailbox.
 */
export interface SafetyNumber {
  /** 60 digits: 30 for each mailbox, the smaller half first. */
  readonly digits: string;
  /** The same in twelve groups of five. */
  readonly text: string;
  /** What a QR code carries, in characters that QR codes write densely. */
  readonly qrText: string;
}

/** Makes it dear to look for a mailbox whose digits resemble another's. */
const ROUNDS = 5200;
const GROUPS = 6;
const GROUP_BYTES = 5;
const QR_PREFIX = 'BILDBOTE1:';

export function safetyNumberOf(one: MailboxId, other: MailboxId): SafetyNumber {
  const ids = [one, other].sort();
  const digits = ids.map(digitsOf).sort().join('');
  return { digits, text: groupsOf(digits), qrText: `${QR_PREFIX}${ids.join(':').toUpperCase()}` };
}

/** Whether a number that was read out, or the text of a scanned code, is this one. Blanks between groups do not count. */
export function isSafetyNumber(expected: SafetyNumber, given: string): boolean {
  const plain = given.replaceAll(/[\s-]/g, '');
  return plain === expected.digits || plain.toUpperCase() === expected.qrText;
}

function digitsOf(mailboxId: MailboxId): string {
  const id = idBytes(mailboxId);
  let hash = taggedHash('safety-number', id);
  for (let round = 1; round < ROUNDS; round++) hash = sha256(concatBytes(hash, id));
  return Array.from({ length: GROUPS }, (_, i) => group(hash.subarray(i * GROUP_BYTES, (i + 1) * GROUP_BYTES))).join(
    '',
  );
}

/** Five bytes as a number, its last five digits. */
function group(bytes: Uint8Array): string {
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  return String(value % 100_000).padStart(5, '0');
}

function groupsOf(digits: string): string {
  return (digits.match(/.{5}/g) ?? []).join(' ');
}
