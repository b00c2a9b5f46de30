import { type MediumSink } from '../../core/media/medium-sink.js';
import { createZipWriter } from '../../core/media/zip-writer.js';
import { type MediumPlace } from '../desk/api.js';
import { storageError } from './error.js';

/** Where the browser lets a medium be written: a file or folder that a person has chosen, or one that is handed over as a whole. */
export interface MediumTarget {
  readonly sink: MediumSink;
  /** @returns the medium when it was written nowhere */
  finish(): Promise<Blob | null>;
  discard(): Promise<void>;
}

export async function openMediumTarget(place: MediumPlace, timeMs: number): Promise<MediumTarget> {
  if (place.kind === 'folder') return folderTarget(place.handle);
  return place.handle === null ? blobTarget(timeMs) : fileTarget(place.handle, timeMs);
}

/** The file appears when it is whole: the browser writes beside it until it is closed. */
async function fileTarget(handle: FileSystemFileHandle, timeMs: number): Promise<MediumTarget> {
  const file = await handle.createWritable();
  const zip = createZipWriter((bytes) => file.write(new Uint8Array(bytes)).catch(refused), timeMs);
  return {
    sink: zip,
    async finish() {
      await zip.finish();
      await file.close().catch(refused);
      return null;
    },
    discard: () => file.abort().catch(() => undefined),
  };
}

/** Handed to the browser in pieces: it keeps them outside of this page's memory, on disk when they are many. */
const PIECE_BYTES = 8 * 1024 * 1024;

function blobTarget(timeMs: number): MediumTarget {
  const pieces: Blob[] = [];
  let gathered: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  const flush = (): void => {
    if (bytes > 0) pieces.push(new Blob(gathered));
    [gathered, bytes] = [[], 0];
  };
  const zip = createZipWriter((chunk) => {
    gathered.push(new Uint8Array(chunk));
    bytes += chunk.length;
    if (bytes >= PIECE_BYTES) flush();
    return Promise.resolve();
  }, timeMs);
  return {
    sink: zip,
    async finish() {
      await zip.finish();
      flush();
      return new Blob(pieces, { type: 'application/zip' });
    },
    discard: () => Promise.resolve(void pieces.splice(0)),
  };
}

/** Into a new folder below the chosen one, so that nothing that lies there is written over. */
async function folderTarget(chosen: FileSystemDirectoryHandle): Promise<MediumTarget> {
  const name = await freeName(chosen);
  const root = await chosen.getDirectoryHandle(name, { create: true });
  return {
    sink: {
      async add(path, _size, bytes) {
        const parts = path.split('/');
        const fileName = parts.pop() ?? '';
        let folder = root;
        for (const part of parts) folder = await folder.getDirectoryHandle(part, { create: true });
        const file = await (await folder.getFileHandle(fileName, { create: true })).createWritable();
        for await (const chunk of bytes) await file.write(new Uint8Array(chunk)).catch(refused);
        await file.close().catch(refused);
      },
    },
    finish: () => Promise.resolve(null),
    discard: () => chosen.removeEntry(name, { recursive: true }).catch(() => undefined),
  };
}

const MOST_NAMES = 1000;

async function freeName(chosen: FileSystemDirectoryHandle): Promise<string> {
  for (let n = 1; n < MOST_NAMES; n++) {
    const name = n === 1 ? 'Bildbote' : `Bildbote-${n}`;
    try {
      await chosen.getDirectoryHandle(name);
    } catch (error) {
      if (error instanceof DOMException && error.name === 'NotFoundError') return name;
      if (!(error instanceof DOMException) || error.name !== 'TypeMismatchError') throw error;
    }
  }
  return crypto.randomUUID();
}

function refused(error: unknown): never {
  throw storageError(error);
}
