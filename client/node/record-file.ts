import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type RecordLog } from '../core/ports.js';
import { syncFolder } from './durable.js';

/**
 * A record log in a file: `u32 length || first 4 bytes of SHA-256 || record`, again and again. The check tells a record that
 * a crash tore from one that was altered: what lies behind the last whole record is cut off.
 */

const FRAME_BYTES = 8;
const CHECK_BYTES = 4;
/** Larger than any record the core writes. */
const MAX_RECORD_BYTES = 32 * 1024 * 1024;

export async function openRecordFile(path: string): Promise<RecordLog> {
  const handle = await open(path, 'a+', 0o600);
  await syncFolder(dirname(path));
  let end: number | null = null;
  return {
    async *read() {
      let offset = 0;
      for (;;) {
        const record = await readRecord(handle, offset);
        if (record === null) break;
        offset += FRAME_BYTES + record.length;
        end = offset;
        yield record;
      }
      end = offset;
    },
    async append(record) {
      end ??= await wholeLength(handle);
      await cutTail(handle, end);
      await handle.appendFile(frame(record));
      await handle.datasync();
      end += FRAME_BYTES + record.length;
    },
    close: () => handle.close(),
  };
}

function frame(record: Uint8Array): Uint8Array {
  const out = Buffer.alloc(FRAME_BYTES + record.length);
  out.writeUInt32BE(record.length);
  check(record).copy(out, CHECK_BYTES);
  out.set(record, FRAME_BYTES);
  return out;
}

function check(record: Uint8Array): Buffer {
  return createHash('sha256').update(record).digest().subarray(0, CHECK_BYTES);
}

/** The whole record at `offset`, or null when there is none. */
async function readRecord(handle: FileHandle, offset: number): Promise<Uint8Array | null> {
  const head = await readAt(handle, offset, FRAME_BYTES);
  if (head === null) return null;
  const length = head.readUInt32BE();
  if (length > MAX_RECORD_BYTES) return null;
  const record = await readAt(handle, offset + FRAME_BYTES, length);
  return record !== null && check(record).equals(head.subarray(CHECK_BYTES)) ? record : null;
}

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer | null> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, offset);
  return bytesRead === length ? buffer : null;
}

async function wholeLength(handle: FileHandle): Promise<number> {
  let offset = 0;
  for (;;) {
    const record = await readRecord(handle, offset);
    if (record === null) return offset;
    offset += FRAME_BYTES + record.length;
  }
}

async function cutTail(handle: FileHandle, end: number): Promise<void> {
  const { size } = await handle.stat();
  if (size > end) await handle.truncate(end);
}
