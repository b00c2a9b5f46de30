import { expect } from 'chai';
import { PieceList, pieceSource } from '../../../../client/core/deidentification/pieces.js';
import type { ByteSource } from '../../../../client/core/ports.js';

const SIZE = 9_000_001;
const DATA = new Uint8Array(SIZE).map((_, i) => i * 7 + (i >> 9));

/** As a disk gives it: one buffer again and again. */
function reusing(chunkBytes: number, size = SIZE): ByteSource {
  return {
    name: 'x',
    size,
    read: (offset, length) => Promise.resolve(DATA.slice(offset, Math.min(size, offset + length))),
    async *stream(offset = 0) {
      await Promise.resolve();
      const buffer = new Uint8Array(chunkBytes);
      for (let at = offset; at < size; at += chunkBytes) {
        const chunk = DATA.subarray(at, Math.min(size, at + chunkBytes));
        buffer.set(chunk);
        yield buffer.subarray(0, chunk.length);
      }
    },
  };
}

function pieces(): PieceList {
  const list = new PieceList();
  list.bytes(new Uint8Array(11));
  list.input(5, 6_000_001);
  list.bytes(new Uint8Array(2000));
  const edit = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 0x55);
  list.add({ kind: 'pixels', at: 7, length: 8_000_002, offset: 0, edit });
  return list;
}

describe('a result made of pieces', () => {
  it('streams long ranges of a source that reuses its buffer, whatever its chunks, from anywhere', async () => {
    const source = pieceSource(pieces(), reusing(1024), { name: '' });
    const whole = Buffer.from(await source.read(0, source.size));
    for (const [chunkBytes, offset] of [
      [1 << 20, 0],
      [65_536, 3],
      [999_999, 6_001_000],
    ] as const) {
      const parts: Uint8Array[] = [];
      const streamed = pieceSource(pieces(), reusing(chunkBytes), { name: '' });
      for await (const chunk of streamed.stream(offset)) parts.push(chunk.slice());
      expect(Buffer.compare(Buffer.concat(parts), whole.subarray(offset)), String(chunkBytes)).to.equal(0);
    }
  });

  it('fails when the source has become shorter, instead of ending early', async () => {
    const source = pieceSource(pieces(), reusing(65_536, 5_000_000), { name: '' });
    let code = '';
    try {
      for await (const chunk of source.stream()) expect(chunk.length).to.be.greaterThan(0);
    } catch (error) {
      code = String((error as { readonly code?: string }).code);
    }
    expect(code).to.equal('source-changed');
  });
});
