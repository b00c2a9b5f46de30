import type { FileId } from '../../../crypto/wire/ids.js';
import { CoreError, throwIfAborted } from '../error.js';
import { packageLength, packageSteps, type ManifestPart } from '../package/layout.js';
import type { Plan, PlanFile } from '../package/plan.js';
import type { ByteSource, CreateSha256, Sha256 } from '../ports.js';

export type PackedChunk =
  /** Next bytes of the package; valid until the next chunk is asked for. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** Everything up to the end of this manifest part has been yielded: a tally may name it. */
  | ({ readonly kind: 'manifest' } & ManifestPart);

export interface PackInput {
  readonly plan: Plan;
  /** A source for every file of the plan, by its file id. */
  readonly sources: ReadonlyMap<FileId, ByteSource>;
  readonly createSha256: CreateSha256;
  readonly signal?: AbortSignal | undefined;
  /** @param bytes of the package so far, of `totalBytes` with padding */
  readonly onProgress?: ((bytes: number, totalBytes: number) => void) | undefined;
}

/**
 * The package of a plan as a stream (docs/spec/payload.md §7): exactly `packageLength(plan)` bytes, the same ones for the
 * same plan and sources. Memory stays flat: nothing is held but the sources' own chunks and a manifest part.
 * @throws CoreError `plan-invalid`, `source-changed` (size differs, or reading fails), `aborted`
 */
export async function* packPackage(input: PackInput): AsyncGenerator<PackedChunk, void, undefined> {
  const totalBytes = packageLength(input.plan);
  let packed = 0;
  for await (const chunk of chunks(input)) {
    throwIfAborted(input.signal);
    if (chunk.kind === 'bytes') {
      packed += chunk.bytes.length;
      input.onProgress?.(packed, totalBytes);
    }
    yield chunk;
  }
  if (packed !== totalBytes) throw new CoreError('plan-invalid', 'the package has another length than planned');
}

async function* chunks({ plan, sources, createSha256 }: PackInput): AsyncGenerator<PackedChunk, void, undefined> {
  const digests = new Map<FileId, Uint8Array>();
  const record = (bytes: Uint8Array): Uint8Array => digestOf(createSha256(), bytes);
  const file = (fileId: FileId): Uint8Array => take(digests, fileId);
  const reader = createSourceReader(sources, createSha256);
  try {
    for (const step of packageSteps(plan, { file, record })) {
      if (step.kind === 'body') {
        for await (const bytes of reader.read(step.file, step.length)) yield { kind: 'bytes', bytes };
        if (step.last) digests.set(step.file.fileId, await reader.end());
      } else if (step.kind === 'padding') yield* zeros(step.length);
      else yield step;
    }
  } finally {
    await reader.close();
  }
}

function digestOf(hash: Sha256, bytes: Uint8Array): Uint8Array {
  hash.update(bytes);
  return hash.digest();
}

/** Each digest is asked for once; forgetting it keeps memory flat. */
function take(digests: Map<FileId, Uint8Array>, fileId: FileId): Uint8Array {
  const digest = digests.get(fileId);
  if (digest === undefined) throw new CoreError('plan-invalid', 'a digest is asked for before its file');
  digests.delete(fileId);
  return digest;
}

const ZEROS = new Uint8Array(65_536);

function* zeros(length: number): Generator<PackedChunk, void, undefined> {
  for (let left = length; left > 0; left -= ZEROS.length) {
    yield { kind: 'bytes', bytes: left < ZEROS.length ? ZEROS.subarray(0, left) : ZEROS };
  }
}

interface OpenSource {
  readonly chunks: AsyncIterator<Uint8Array>;
  readonly hash: Sha256;
  /** Read but not yet taken. */
  rest: Uint8Array;
}

interface SourceReader {
  /** The next `length` bytes of `file`, hashed on their way. */
  read(file: PlanFile, length: number): AsyncIterable<Uint8Array>;
  /** Closes the file, which must have no more bytes. @returns its SHA-256 */
  end(): Promise<Uint8Array>;
  close(): Promise<void>;
}

const NOTHING = new Uint8Array(0);

function createSourceReader(sources: ReadonlyMap<FileId, ByteSource>, createSha256: CreateSha256): SourceReader {
  let current: OpenSource | null = null;

  async function* read(file: PlanFile, length: number): AsyncGenerator<Uint8Array, void, undefined> {
    const source = (current ??= open(sources.get(file.fileId), file, createSha256));
    for (let left = length; left > 0;) {
      if (source.rest.length === 0) source.rest = (await next(source)) ?? changed('shorter than planned');
      const bytes = source.rest.subarray(0, left);
      source.rest = source.rest.subarray(bytes.length);
      source.hash.update(bytes);
      left -= bytes.length;
      yield bytes;
    }
  }

  async function end(): Promise<Uint8Array> {
    const source = current ?? changed('not opened');
    if (source.rest.length > 0 || (await next(source)) !== null) changed('longer than planned');
    current = null;
    return source.hash.digest();
  }

  async function close(): Promise<void> {
    await current?.chunks.return?.();
    current = null;
  }

  return { read, end, close };
}

function open(source: ByteSource | undefined, file: PlanFile, createSha256: CreateSha256): OpenSource {
  if (source === undefined) throw new CoreError('plan-invalid', 'a file of the plan has no source');
  if (source.size !== file.size) changed('another size than planned');
  return { chunks: source.stream()[Symbol.asyncIterator](), hash: createSha256(), rest: NOTHING };
}

/** The next chunk with bytes in it, or null at the end. */
async function next(source: OpenSource): Promise<Uint8Array | null> {
  try {
    for (;;) {
      const { done, value } = await source.chunks.next();
      if (done === true) return null;
      if (value.length > 0) return value;
    }
  } catch (cause) {
    throw new CoreError('source-changed', 'a source cannot be read', { cause });
  }
}

function changed(how: string): never {
  throw new CoreError('source-changed', `a source is ${how}`);
}
