import { equalBytes } from '../../../crypto/wire/bytes.js';
import { type FileId, type PayloadId } from '../../../crypto/wire/ids.js';
import { type KnownFile } from '../../../crypto/wire/message-body.js';
import { type HeaderPayload } from '../../../crypto/wire/message.js';
import { type PayloadOpener } from '../../../crypto/seal/payload.js';
import { platformCoding } from '../coding/coding.js';
import { type Desk } from '../desk.js';
import { CoreError, throwIfAborted } from '../error.js';
import { CODEC_STORED, type DigestEntry } from '../package/digest-part.js';
import { type KnownIds, type Plan, type PlanFile, mediaTypeOf, planFiles } from '../package/plan.js';
import { type ByteSource } from '../ports.js';
import { type Letter, receivedLetters } from './inbox.js';
import { type PackageReader, createPackageReader } from './package-reader.js';
import { type PackageSink } from './package-sink.js';
import { type VerifiedTally } from './tally-watch.js';

/**
 * Files of a message that lie in payloads of earlier ones (docs/spec/envelope.md §4.4): from what this device still has of them, else from
 * the relay, by their places in the earlier payload. Either way their digest is the one that the sender has signed.
 */

/** An earlier payload, opened and under its final tally. */
export interface KnownSource {
  readonly payload: HeaderPayload;
  readonly opener: PayloadOpener;
  readonly verified: VerifiedTally;
}

/** A file that is looked for among what an earlier message brought. */
export interface WantedFile {
  readonly payloadId: PayloadId;
  readonly fileId: FileId;
  readonly size: number;
  readonly sha256: Uint8Array;
}

/** Finds what a shell has kept of an earlier, complete message. It is hashed again: where it lies, others may write. */
export type LocalFile = (earlier: Letter, wanted: WantedFile) => Promise<ByteSource | null>;

/** Payloads of earlier messages, of which it takes files. */
export function sourcesOf({ stored, body }: Pick<Letter, 'stored' | 'body'>): HeaderPayload[] {
  const sources = new Set(body.known.map(({ payloadId }) => payloadId));
  return stored.header.payloads.filter(({ payloadId }) => sources.has(payloadId));
}

export function knownIdsOf({ body }: Pick<Letter, 'body'>): KnownIds {
  return new Set(body.known.map(({ fileId }) => fileId));
}

export interface KnownFilesInput {
  readonly desk: Desk;
  readonly letter: Letter;
  readonly plan: Plan;
  readonly sink: PackageSink;
  readonly sources: ReadonlyMap<PayloadId, KnownSource>;
  readonly localFile?: LocalFile | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onRange?: ((wireBytes: number) => void) | undefined;
}

interface Wanted {
  readonly file: PlanFile;
  readonly known: KnownFile;
}

/** Puts all known files of the plan into the sink. @throws CoreError `payload-damaged`, `aborted`, `package-…`, what the sink throws */
export async function takeKnownFiles(input: KnownFilesInput): Promise<void> {
  const files = new Map(planFiles(input.plan).map((file) => [file.fileId, file] as const));
  const missing: Wanted[] = [];
  for (const known of input.letter.body.known) {
    throwIfAborted(input.signal);
    const file = files.get(known.fileId);
    if (file === undefined) throw new CoreError('package-plan', 'a known file that the plan does not name');
    if (!(await takeLocal(input, { file, known }))) missing.push({ file, known });
  }
  for (const source of input.sources.values()) {
    const here = missing.filter(({ known }) => known.payloadId === source.payload.payloadId);
    if (here.length > 0) await takeRemote(input, source, here);
  }
}

/**
 * Looked for only among what the same sender has sent before with this very payload: so that he learns nothing by naming
 * digests of files that he does not have.
 */
async function takeLocal(input: KnownFilesInput, { file, known }: Wanted): Promise<boolean> {
  if (input.localFile === undefined) return false;
  const wanted: WantedFile = { ...known, size: file.size };
  for (const earlier of earlierLetters(input, known.payloadId)) {
    const source = await input.localFile(earlier, wanted);
    if (source?.size === file.size && (await took(input, { file, known }, source.stream()))) return true;
  }
  return false;
}

function earlierLetters({ desk, letter }: KnownFilesInput, payloadId: PayloadId): Letter[] {
  const { account } = desk;
  return receivedLetters(account).filter(
    ({ key, stored }) =>
      key !== letter.key &&
      stored.header.sender.mailboxId === letter.stored.header.sender.mailboxId &&
      stored.header.payloads.some((payload) => payload.payloadId === payloadId) &&
      account.state.completed.has(key),
  );
}

async function takeRemote(input: KnownFilesInput, source: KnownSource, wanted: readonly Wanted[]): Promise<void> {
  const { desk, signal, onRange } = input;
  const { relay, createSha256, coding = platformCoding() } = desk;
  const reader = createPackageReader({ ...source, relay, createSha256, coding, signal, onRange });
  const entries = await reader.entries(new Set(wanted.map(({ file }) => file.fileId)));
  const placed = wanted.map((one) => ({ one, entry: entries.get(one.file.fileId) }));
  // In the order in which they lie there, so that no segment comes twice.
  placed.sort((a, b) => placeOf(a.entry) - placeOf(b.entry));
  for (const { one, entry } of placed) {
    throwIfAborted(signal);
    if (entry === undefined || !isWanted(entry, one) || !(await takeEntry(input, reader, one, entry))) {
      throw new CoreError('payload-damaged', 'a known file is not in its payload');
    }
  }
}

function placeOf(entry: DigestEntry | undefined): number {
  return entry?.extents[0]?.offset ?? 0;
}

function isWanted(entry: DigestEntry, { file, known }: Wanted): boolean {
  return entry.originalLength === file.size && equalBytes(entry.sha256, known.sha256);
}

function takeEntry(
  input: KnownFilesInput,
  reader: PackageReader,
  wanted: Wanted,
  entry: DigestEntry,
): Promise<boolean> {
  return took(input, wanted, reader.restore(entry));
}

/** @returns whether these were the bytes that the sender has signed; else the file is begun again by the next attempt */
async function took(
  { desk, sink, signal }: KnownFilesInput,
  { file, known }: Wanted,
  chunks: AsyncIterable<Uint8Array>,
): Promise<boolean> {
  const hash = desk.createSha256();
  let left = file.size;
  await sink.begin(file);
  for await (const bytes of chunks) {
    throwIfAborted(signal);
    left -= bytes.length;
    if (left < 0) return false;
    hash.update(bytes);
    await sink.write(file.fileId, bytes);
  }
  if (left > 0 || !equalBytes(hash.digest(), known.sha256)) return false;
  await sink.verified(file.fileId, entryOf(file, known));
  return true;
}

/** It has no place in the message's own package. */
function entryOf(file: PlanFile, { sha256 }: KnownFile): DigestEntry {
  const { fileId, size } = file;
  const mediaType = mediaTypeOf(file);
  return {
    fileId,
    extents: [],
    codedLength: size,
    originalLength: size,
    sha256,
    mediaType,
    codec: CODEC_STORED,
    meta: null,
  };
}
