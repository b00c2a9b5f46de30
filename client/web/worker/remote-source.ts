import { type ByteSource } from '../../core/ports.js';
import { type InstanceApi } from '../desk/picture.js';
import { type Client } from '../desk/rpc.js';

const READ_BYTES = 1024 * 1024;

/** An instance that the desk reads for us. @throws DeskError `not-here` */
export async function remoteSource(desk: Client<InstanceApi>, fileId: string): Promise<ByteSource> {
  const { size, head } = (await desk.call('open', { fileId })) as { size: number; head: Uint8Array };
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    const count = Math.max(0, Math.min(length, size - offset));
    if (offset + count <= head.length) return head.subarray(offset, offset + count);
    return (await desk.call('read', { fileId, offset, length: count })) as Uint8Array;
  };
  return {
    name: fileId,
    size,
    read,
    async *stream(offset = 0) {
      for (let at = offset; at < size; at += READ_BYTES) yield await read(at, READ_BYTES);
    },
  };
}
