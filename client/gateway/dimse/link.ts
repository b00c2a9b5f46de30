import { once } from 'node:events';
import { type Socket } from 'node:net';
import { DimseError, refuse } from './error.js';
import { MAX_CONTROL_BYTES, PDU_HEADER_BYTES, type Pdu, encodePdu, parsePdu } from './pdu.js';

/** A connection as protocol data units, one after the other, with a limit for each. */
export interface Link {
  /** The next one; PDVs are views that are good until the next call. @throws DimseError */
  read(): Promise<Pdu>;
  /** @throws DimseError `closed` */
  send(pdu: Pdu): Promise<void>;
  /** Without a word. */
  destroy(): void;
}

export interface LinkOptions {
  /** Bytes of the largest P-DATA-TF that is taken; the peer is told the same. */
  readonly maxPduBytes: number;
  /** A whole PDU has to be here in this time: who sends byte by byte gets no more of it than who is silent. */
  readonly idleMs: number;
}

const P_DATA = 0x04;
const LAST_TYPE = 0x07;

export function createLink(socket: Socket, { maxPduBytes, idleMs }: LinkOptions): Link {
  socket.setNoDelay(true);
  let failure: unknown = null;
  // Without a listener an error of the socket would end the process; whoever reads or writes next is told.
  socket.on('error', (error) => (failure ??= error));
  const take = takerOf(socket, Math.max(maxPduBytes, MAX_CONTROL_BYTES));
  return {
    async read() {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        socket.destroy();
      }, idleMs);
      try {
        const head = await take(PDU_HEADER_BYTES);
        const view = new DataView(head.buffer, head.byteOffset, PDU_HEADER_BYTES);
        const [type, length] = [view.getUint8(0), view.getUint32(2)];
        if (type === 0 || type > LAST_TYPE) refuse('pdu-type');
        // Before a byte of it is kept.
        if (length > (type === P_DATA ? maxPduBytes : MAX_CONTROL_BYTES)) refuse('pdu-length');
        return parsePdu(type, await take(length));
      } catch (error) {
        if (isLate) throw new DimseError('timeout');
        throw error instanceof DimseError ? error : new DimseError('closed', 'closed', { cause: error });
      } finally {
        clearTimeout(timer);
      }
    },
    async send(pdu) {
      if (failure !== null || socket.destroyed) throw new DimseError('closed', 'closed', { cause: failure });
      if (socket.write(encodePdu(pdu))) return;
      const timer = setTimeout(() => socket.destroy(), idleMs);
      try {
        await Promise.race([once(socket, 'drain'), once(socket, 'close').then(() => refuse('closed'))]);
      } catch (error) {
        throw error instanceof DimseError ? error : new DimseError('closed', 'closed', { cause: error });
      } finally {
        clearTimeout(timer);
      }
    },
    destroy: () => void socket.destroy(),
  };
}

/** `count` bytes of what comes, at most `most`: a view into it where they lie in one piece, else copied together. Good until the next call. */
function takerOf(socket: Socket, most: number): (count: number) => Promise<Uint8Array> {
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const buffer = new Uint8Array(most);
  let rest: Uint8Array = new Uint8Array(0);
  return async (count) => {
    if (rest.length >= count) {
      const bytes = rest.subarray(0, count);
      rest = rest.subarray(count);
      return bytes;
    }
    let filled = rest.length;
    buffer.set(rest);
    for (;;) {
      const step = await chunks.next();
      if (step.done === true) refuse('closed');
      const missing = count - filled;
      const chunk = step.value as Buffer;
      buffer.set(chunk.subarray(0, missing), filled);
      filled += Math.min(missing, chunk.length);
      if (filled < count) continue;
      rest = chunk.subarray(missing);
      return buffer.subarray(0, count);
    }
  };
}
