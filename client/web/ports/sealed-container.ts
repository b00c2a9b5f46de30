import { BLOCK_PLAIN_BYTES, BLOCK_SEALED_BYTES, type BlockSealer } from '../../core/account/sealed-blocks.js';
import { CoreError } from '../../core/error.js';
import { storageError } from './error.js';

/**
 * Bytes in the browser's private file system, sealed in blocks (docs/web-client.md §5). Whoever reads the disk, or opens this
 * browser while the account is locked, has nothing.
 */
export interface SealedContainer {
  /** Overwrites or appends; `offset` is at most the length so far. One call at a time. */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** @throws CoreError `staging-lost` when it is not there, or not as it was written */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Durable when it returns. */
  flush(): Promise<void>;
  close(): void;
}

const FOLDER = 'received';
const OVERHEAD = BLOCK_SEALED_BYTES - BLOCK_PLAIN_BYTES;

interface Open {
  readonly name: string;
  readonly sealer: BlockSealer;
  readonly handle: FileSystemSyncAccessHandle;
  /** The block that is being written. */
  readonly plain: Uint8Array<ArrayBuffer>;
  index: number;
  length: number;
  isDirty: boolean;
}

/** Opens or creates. @param name letters and digits */
export async function openSealedContainer(name: string, sealer: BlockSealer): Promise<SealedContainer> {
  const folder = await containerFolder();
  const file = await folder.getFileHandle(name, { create: true });
  const handle = await file.createSyncAccessHandle();
  const plain = new Uint8Array(BLOCK_PLAIN_BYTES);
  const open: Open = { name, sealer, handle, plain, index: -1, length: 0, isDirty: false };
  return {
    write: (offset, bytes) => write(open, offset, bytes),
    read: (offset, length) => read(open, offset, length),
    async flush() {
      await save(open);
      handle.flush();
    },
    close: () => handle.close(),
  };
}

async function write(open: Open, offset: number, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const index = Math.floor((offset + done) / BLOCK_PLAIN_BYTES);
    const within = offset + done - index * BLOCK_PLAIN_BYTES;
    await turnTo(open, index);
    const piece = bytes.subarray(done, done + BLOCK_PLAIN_BYTES - within);
    open.plain.set(piece, within);
    open.length = Math.max(open.length, within + piece.length);
    open.isDirty = true;
    done += piece.length;
  }
}

async function read(open: Open, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const index = Math.floor((offset + done) / BLOCK_PLAIN_BYTES);
    const within = offset + done - index * BLOCK_PLAIN_BYTES;
    const block = open.index === index ? open.plain.slice(0, open.length) : await load(open, index);
    const piece = block.subarray(within, within + length - done);
    if (piece.length === 0) throw new CoreError('staging-lost', 'stored bytes are missing');
    out.set(piece, done);
    done += piece.length;
  }
  return out;
}

async function load({ name, sealer, handle }: Open, index: number): Promise<Uint8Array<ArrayBuffer>> {
  const at = index * BLOCK_SEALED_BYTES;
  const sealed = new Uint8Array(Math.max(0, Math.min(BLOCK_SEALED_BYTES, handle.getSize() - at)));
  if (sealed.length < OVERHEAD || handle.read(sealed, { at }) !== sealed.length) {
    throw new CoreError('staging-lost', 'a stored block is not there');
  }
  return sealer.open(name, index, sealed);
}

async function save(open: Open): Promise<void> {
  if (!open.isDirty) return;
  const { name, sealer, handle, index, plain, length } = open;
  const sealed = await sealer.seal(name, index, plain.subarray(0, length));
  try {
    handle.write(sealed, { at: index * BLOCK_SEALED_BYTES });
  } catch (cause) {
    throw storageError(cause);
  }
  open.isDirty = false;
}

async function turnTo(open: Open, index: number): Promise<void> {
  if (open.index === index) return;
  await save(open);
  const isThere = open.handle.getSize() > index * BLOCK_SEALED_BYTES;
  const plain = isThere ? await load(open, index) : new Uint8Array(0);
  open.plain.set(plain);
  open.length = plain.length;
  open.index = index;
}

export async function removeSealedContainer(name: string): Promise<void> {
  const folder = await containerFolder();
  await folder.removeEntry(name).catch(() => undefined);
}

/** Everything that was ever received in this browser. */
export async function removeAllContainers(): Promise<void> {
  const root = await navigator.storage.getDirectory();
  await root.removeEntry(FOLDER, { recursive: true }).catch(() => undefined);
}

async function containerFolder(): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(FOLDER, { create: true });
}
