import { concatBytes } from '../../../crypto/wire/bytes.js';

/**
 * Reads at places of something that only comes in order. Going forward continues the stream; going back starts it again. What
 * has passed is not kept, so memory stays at one chunk.
 */
export interface ForwardReader {
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Ends the stream; the next read starts a new one. */
  close(): Promise<void>;
}

export function createForwardReader(open: () => AsyncIterable<Uint8Array>): ForwardReader {
  let chunks: AsyncIterator<Uint8Array> | null = null;
  let position = 0;
  let rest = new Uint8Array(0) as Uint8Array;
  let turn: Promise<unknown> = Promise.resolve();

  async function close(): Promise<void> {
    await chunks?.return?.();
    chunks = null;
    position = 0;
    rest = new Uint8Array(0);
  }

  /** The next bytes, at most `length` of them; none at the end. */
  async function take(length: number): Promise<Uint8Array> {
    chunks ??= open()[Symbol.asyncIterator]();
    while (rest.length === 0) {
      const { done, value } = await chunks.next();
      if (done === true) return rest;
      rest = value;
    }
    const piece = rest.subarray(0, length);
    rest = rest.subarray(piece.length);
    position += piece.length;
    return piece;
  }

  async function read(offset: number, length: number): Promise<Uint8Array> {
    if (offset < position) await close();
    while (position < offset) if ((await take(offset - position)).length === 0) return new Uint8Array(0);
    const pieces: Uint8Array[] = [];
    for (let left = length; left > 0;) {
      const piece = await take(left);
      if (piece.length === 0) break;
      pieces.push(piece.slice());
      left -= piece.length;
    }
    return concatBytes(...pieces);
  }

  /** One after the other: two readers of one stream would take each other's bytes. */
  const inTurn = <T>(action: () => Promise<T>): Promise<T> => {
    const result = turn.then(action);
    turn = result.catch(() => undefined);
    return result;
  };
  return { read: (offset, length) => inTurn(() => read(offset, length)), close: () => inTurn(close) };
}
