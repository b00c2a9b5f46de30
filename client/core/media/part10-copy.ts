import { concatBytes, toHex, utf8 } from '../../../crypto/wire/bytes.js';
import { CoreError } from '../error.js';
import type { ByteSource, CreateSha256 } from '../ports.js';
import { encodeMeta } from '../dicom/meta.js';

const PREAMBLE = 128;

/** How an instance is written to a medium: bytes of ours, then the instance's own from `from` on. */
export interface Part10Copy {
  readonly head: Uint8Array;
  readonly from: number;
  readonly size: number;
}

export interface CopyInput {
  readonly source: ByteSource;
  readonly magicAt: number | null;
  /** Where the data set begins. */
  readonly start: number;
  /** Whether the meta group names a transfer syntax, without which it is of no use. */
  readonly hasSyntax: boolean;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
}

/**
 * A medium wants whole files of PS3.10. The preamble is cleared, whatever it holds: 128 bytes that no DICOM reader needs are where programs
 * and pages hide (attack A18, CVE-2019-11687). A meta group that is not there is written; the data set is never touched.
 */
export function planCopy(input: CopyInput): Part10Copy {
  const { source, magicAt, start, hasSyntax } = input;
  const empty = new Uint8Array(PREAMBLE);
  if (!hasSyntax) {
    const head = concatBytes(empty, utf8('DICM'), encodeMeta(input));
    return { head, from: start, size: head.length + source.size - start };
  }
  const head = magicAt === null ? concatBytes(empty, utf8('DICM')) : empty;
  const from = magicAt ?? 0;
  return { head, from, size: head.length + source.size - from };
}

export interface CopyDigests {
  /** Of the instance as it was sent and received. */
  readonly originalSha256: string;
  /** Of the file on the medium. */
  readonly writtenSha256: string;
}

/**
 * The bytes of a copy. Original and copy are hashed on the way; `done` gets the digests after the last byte.
 * @throws CoreError `staging-lost` when the instance is not the one that was verified
 */
export async function* copyBytes(
  source: ByteSource,
  copy: Part10Copy,
  expectedSha256: string,
  createSha256: CreateSha256,
  done: (digests: CopyDigests) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const original = createSha256();
  const written = createSha256();
  written.update(copy.head);
  yield copy.head;
  let position = 0;
  for await (const chunk of source.stream()) {
    original.update(chunk);
    const piece = chunk.subarray(Math.max(0, copy.from - position));
    position += chunk.length;
    if (piece.length === 0) continue;
    written.update(piece);
    yield piece;
  }
  const digests = { originalSha256: toHex(original.digest()), writtenSha256: toHex(written.digest()) };
  if (digests.originalSha256 !== expectedSha256) throw new CoreError('staging-lost', 'an instance has changed');
  done(digests);
}
