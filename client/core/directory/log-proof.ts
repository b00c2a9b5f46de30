import { equalBytes, utf8 } from '../../../crypto/wire/bytes.js';
import { WireError } from '../../../crypto/wire/error.js';
import { verifyConsistency, verifyInclusion } from '../../../crypto/wire/merkle.js';
import { type SignedCheckpoint, verifyCheckpoint } from '../../../crypto/log/checkpoint.js';
import { entryHash, parseEntry } from '../../../crypto/log/entry.js';
import { LogError } from '../../../crypto/log/error.js';
import { type MapValue, verifyMapProof } from '../../../crypto/log/map.js';
import { type Policy } from '../../../crypto/log/policy.js';
import { CoreError } from '../error.js';
import { type LogProofAnswer } from '../relay/answer.js';

/** What the log says of one address, as far as it proves it (docs/spec/directory.md §8). */
export interface LogProof {
  readonly checkpoint: SignedCheckpoint;
  /** When the log says that it made its newest map. */
  readonly timeMs: number;
  /** Null: the address has no mailbox. */
  readonly value: MapValue | null;
}

/**
 * The log's signature, the newest map root in it, and the value at the index; whether enough witnesses have signed is not
 * asked here. @throws CoreError `log-invalid`
 */
export function verifyLogProof(answer: LogProofAnswer, policy: Policy, index: Uint8Array): LogProof {
  return refusing(() => {
    const witnesses = policy.witnesses.map(({ key }) => key);
    const checkpoint = verifyCheckpoint(utf8(answer.checkpoint), policy.log, witnesses);
    const { size, root } = checkpoint;
    // The newest map root is the last entry of every checkpoint: no older one can be shown in its place.
    verifyInclusion(entryHash(answer.mapRoot), size - 1, size, answer.inclusion, root);
    const entry = parseEntry(answer.mapRoot);
    if (entry.kind !== 'map-root' || entry.covers !== size - 1) throw new LogError('entry-format', 'not a map root');
    const { value, bitmap, siblings } = answer;
    verifyMapProof(entry.root, index, value, { bitmap, siblings });
    return { checkpoint, timeMs: entry.timeMs, value };
  });
}

function refusing<T>(verify: () => T): T {
  try {
    return verify();
  } catch (cause) {
    if (!(cause instanceof LogError) && !(cause instanceof WireError)) throw cause;
    throw new CoreError('log-invalid', 'the log does not prove what the relay says', { cause });
  }
}

interface Head {
  readonly size: number;
  readonly root: Uint8Array;
}

/** Whether the earlier tree is proved to be the beginning of the later one. */
export function isConsistent(earlier: Head, later: Head, proof: readonly Uint8Array[] | null): boolean {
  if (earlier.size === later.size) return equalBytes(earlier.root, later.root);
  if (proof === null) return false;
  try {
    verifyConsistency(earlier.size, later.size, earlier.root, later.root, proof);
    return true;
  } catch (error) {
    if (error instanceof WireError) return false;
    throw error;
  }
}
