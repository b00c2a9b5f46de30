import { plainText, TAG } from '../dicom/attributes.js';
import { openDataSet } from '../dicom/data-set.js';
import { readAttributes, type Attributes } from '../dicom/read-attributes.js';
import { ScanRefused } from '../dicom/refusal.js';
import { scanSource } from '../dicom/scan.js';
import { throwIfAborted } from '../error.js';
import type { ByteSource, CreateSha256 } from '../ports.js';
import { documentPath } from './file-ids.js';
import type { MediumSink } from './medium-sink.js';
import type { ListedDigest, ListedDocument } from './pages.js';
import { copyBytes, planCopy, type CopyInput, type Part10Copy } from './part10-copy.js';
import { RECORD_KEYS } from './record-types.js';

/** A file of a message that is complete and verified, with the digest it was verified by. */
export interface VerifiedFile {
  readonly source: ByteSource;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface WriterInput {
  readonly sink: MediumSink;
  readonly createSha256: CreateSha256;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: { readonly bytes: number }) => void) | undefined;
}

/** An instance as its file says it is, whatever the message's plan says. */
export interface ReadInstance {
  readonly file: VerifiedFile;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  readonly attributes: Attributes;
  readonly copy: Part10Copy;
}

/** What has gone to a medium so far. */
export interface MediumWriter {
  readonly digests: readonly ListedDigest[];
  readonly documents: readonly ListedDocument[];
  /** Files and bytes written, and instances that are not byte for byte what was sent. */
  counts(): { readonly files: number; readonly bytes: number; readonly changed: number };
  bytes(path: string, content: Uint8Array): Promise<void>;
  instance(path: string, instance: ReadInstance): Promise<void>;
  document(name: string, mediaType: string, file: VerifiedFile): Promise<void>;
}

export function createMediumWriter({ sink, createSha256, signal, onProgress }: WriterInput): MediumWriter {
  const digests: ListedDigest[] = [];
  const documents: ListedDocument[] = [];
  let [files, bytes, changed] = [0, 0, 0];

  async function add(path: string, size: number, content: AsyncIterable<Uint8Array>): Promise<void> {
    throwIfAborted(signal);
    await sink.add(path, size, counted(content));
    files += 1;
  }

  async function* counted(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of content) {
      throwIfAborted(signal);
      bytes += chunk.length;
      onProgress?.({ bytes });
      yield chunk;
    }
  }

  async function copyFile(path: string, { source, sha256 }: VerifiedFile, copy: Part10Copy): Promise<void> {
    const content = copyBytes(source, copy, sha256, createSha256, (found) => {
      digests.push({ path, ...found });
      if (found.writtenSha256 !== found.originalSha256) changed += 1;
    });
    await add(path, copy.size, content);
  }

  return {
    digests,
    documents,
    counts: () => ({ files, bytes, changed }),
    bytes: (path, content) => add(path, content.length, once(content)),
    instance: (path, { file, copy }) => copyFile(path, file, copy),
    async document(name, mediaType, file) {
      const path = documentPath(documents.length, name, mediaType);
      await copyFile(path, file, { head: new Uint8Array(0), from: 0, size: file.source.size });
      documents.push({ name, path });
    },
  };
}

async function* once(content: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield await Promise.resolve(content);
}

/** Null for a file that is no DICOM instance, though the sender called it one. */
export async function readInstance(file: VerifiedFile): Promise<ReadInstance | null> {
  const scan = await scanSource(file.source);
  if (scan.kind !== 'instance') return null;
  try {
    const open = await openDataSet(file.source);
    try {
      const attributes = await readAttributes(open, RECORD_KEYS);
      const { sopClassUid, sopInstanceUid, transferSyntaxUid } = scan;
      const uids = { sopClassUid, sopInstanceUid, transferSyntaxUid };
      const hasSyntax = plainText(open.values, TAG.transferSyntaxUid) !== '';
      const input: CopyInput = { source: file.source, magicAt: open.magicAt, start: open.start, hasSyntax, ...uids };
      return { file, ...uids, attributes, copy: planCopy(input) };
    } finally {
      await open.cursor.close();
    }
  } catch (error) {
    if (error instanceof ScanRefused) return null;
    throw error;
  }
}
