import { existsSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ByteSource } from '../../client/core/ports.js';

/** A file of the corpus of DICOM files, which lies beside the repository and not in it. */
export interface CorpusFile {
  /** Relative to the corpus. */
  readonly path: string;
  readonly bytes: number;
  /** Its folder: `malformed` holds what must be refused, the others come from the projects they are named after. */
  readonly collection: string;
  readonly modality: string;
  readonly transferSyntaxUid: string;
}

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const folder = join(process.env['BILDBOTE_SHARED'] ?? join(root, '../shared'), 'corpus');

/** Where the corpus lies when it is present. */
export const CORPUS_FOLDER = folder;

/** The corpus, or null with one line said where it is not present. */
export function corpusFiles(): readonly CorpusFile[] | null {
  const manifest = join(folder, 'MANIFEST.tsv');
  if (!existsSync(manifest)) return null;
  const [header = '', ...lines] = readFileSync(manifest, 'utf8').trimEnd().split('\n');
  const columns = header.split('\t');
  const at = (line: string, column: string): string => line.split('\t')[columns.indexOf(column)] ?? '';
  return lines.map((line) => {
    const path = at(line, 'path');
    const [modality, transferSyntaxUid] = [at(line, 'modality'), at(line, 'transfer_syntax')];
    return {
      path,
      bytes: Number(at(line, 'bytes')),
      collection: path.split('/')[0] ?? '',
      modality,
      transferSyntaxUid,
    };
  });
}

/** For `describe`: the files, or a skipped test that says what is missing. */
export function withCorpus(tests: (files: readonly CorpusFile[]) => void): void {
  const files = corpusFiles();
  if (files === null) it.skip('needs the corpus beside the repository (or BILDBOTE_SHARED): not present');
  else tests(files);
}

export function readCorpusFile(file: CorpusFile): Uint8Array {
  return new Uint8Array(readFileSync(join(folder, file.path)));
}

const CHUNK_BYTES = 262_144;

/** Reads from disk only what is asked for. */
export function corpusSource(file: CorpusFile): ByteSource {
  const path = join(folder, file.path);
  async function read(offset: number, length: number): Promise<Uint8Array> {
    await using handle = await open(path);
    const bytes = new Uint8Array(length);
    const { bytesRead } = await handle.read(bytes, 0, length, offset);
    return bytes.subarray(0, bytesRead);
  }
  return {
    name: file.path,
    size: file.bytes,
    read,
    async *stream(offset = 0) {
      await using handle = await open(path);
      for (let at = offset; at < file.bytes; at += CHUNK_BYTES) {
        const bytes = new Uint8Array(Math.min(CHUNK_BYTES, file.bytes - at));
        await handle.read(bytes, 0, bytes.length, at);
        yield bytes;
      }
    },
  };
}
