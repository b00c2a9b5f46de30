import type { FileId } from '../../../crypto/wire/ids.js';
import { CoreError } from '../error.js';
import type { PlanFile } from '../package/plan.js';
import type { ByteSource, CreateSha256, Sha256 } from '../ports.js';

/** Reads the files of a plan one after the other, each once, hashing what is read. */
export interface SourceReader {
  /** The next `length` bytes of `file`, which is opened by the first call. A view is valid until the next one. */
  read(file: PlanFile, length: number): AsyncIterable<Uint8Array>;
  /** Opens `file`. @returns it as a source whose beginning need not be read again */
  peek(file: PlanFile): Promise<ByteSource>;
  /** Closes the file, which must have no more bytes. @returns its SHA-256 */
  end(): Promise<Uint8Array>;
  close(): Promise<void>;
}

interface OpenSource {
  readonly source: ByteSource;
  readonly chunks: AsyncIterator<Uint8Array>;
  readonly hash: Sha256;
  /** Read but not yet taken. */
  rest: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/** All methods throw CoreError `source-changed` when a source is not what was planned, or cannot be read. */
export function createSourceReader(sources: ReadonlyMap<FileId, ByteSource>, createSha256: CreateSha256): SourceReader {
  let current: OpenSource | null = null;
  const opened = (file: PlanFile): OpenSource => (current ??= open(sources.get(file.fileId), file, createSha256));

  async function* read(file: PlanFile, length: number): AsyncGenerator<Uint8Array, void, undefined> {
    const source = opened(file);
    for (let left = length; left > 0;) {
      if (source.rest.length === 0) source.rest = (await next(source)) ?? changed('shorter than planned');
      const bytes = source.rest.subarray(0, left);
      source.rest = source.rest.subarray(bytes.length);
      source.hash.update(bytes);
      left -= bytes.length;
      yield bytes;
    }
  }

  async function peek(file: PlanFile): Promise<ByteSource> {
    const open = opened(file);
    const first = (open.rest = (await next(open)) ?? NOTHING);
    const { source } = open;
    return {
      name: source.name,
      size: source.size,
      stream: (offset) => source.stream(offset),
      read: (offset, length) =>
        offset + length <= first.length
          ? Promise.resolve(first.subarray(offset, offset + length))
          : source.read(offset, length),
    };
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

  return { read, peek, end, close };
}

function open(source: ByteSource | undefined, file: PlanFile, createSha256: CreateSha256): OpenSource {
  if (source === undefined) throw new CoreError('plan-invalid', 'a file of the plan has no source');
  if (source.size !== file.size) changed('another size than planned');
  return { source, chunks: source.stream()[Symbol.asyncIterator](), hash: createSha256(), rest: NOTHING };
}

/** The next chunk with bytes in it, or null at the end. */
async function next({ chunks }: OpenSource): Promise<Uint8Array | null> {
  try {
    for (;;) {
      const { done, value } = await chunks.next();
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
