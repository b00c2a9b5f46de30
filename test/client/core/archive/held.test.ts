import { expect } from 'chai';
import { createHeldArchives } from '../../../../client/core/archive/held.js';
import { MAX_ASIDE_RATIO, MAX_ASIDE_TOTAL, MAX_HELD_BYTES } from '../../../../client/core/archive/limits.js';
import { ArchiveRefused } from '../../../../client/core/archive/refusal.js';
import type { ByteSource, SetAside } from '../../../../client/core/ports.js';
import { setAsideOnDisk } from '../../../../client/node/set-aside.js';
import { setAsideInBlob } from '../../../../client/web/worker/blob-aside.js';

/** A compressed entry of `size` bytes; only its first chunk is ever made. */
function entry(size: number, packedBytes: number, chunk = Uint8Array.of(1, 2, 3)): ByteSource & { opened: number } {
  const source = {
    name: 'inner.zip',
    size,
    access: 'forward' as const,
    packedBytes,
    opened: 0,
    read: () => Promise.reject(new Error('goes back')),
    async *stream() {
      source.opened++;
      yield await Promise.resolve(chunk);
    },
  };
  return source;
}

function reasonOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof ArchiveRefused) return error.reason;
    throw error;
  }
  return 'held';
}

const never: SetAside = () => Promise.reject(new Error('nothing is put aside here'));

describe('an archive that lies deflated in another one', () => {
  it('is held in memory up to its limit, and beyond it put aside once, when it is first read', async () => {
    const small = createHeldArchives(never).hold(entry(MAX_HELD_BYTES, 1 << 20, new Uint8Array(0)));
    expect((await small.read(5, 3)).length).to.equal(3);
    const large = entry(MAX_HELD_BYTES + 1, MAX_HELD_BYTES);
    const held = createHeldArchives(setAsideInBlob).hold(large);
    expect(held.access).to.equal(undefined);
    expect(large.opened).to.equal(0);
    expect([...(await held.read(1, 9))]).to.deep.equal([2, 3]);
    expect([...(await held.read(0, 2))]).to.deep.equal([1, 2]);
    expect(large.opened).to.equal(1);
  });

  it('is refused where it is too large for memory and nobody can put it aside, or it grows like a bomb, or all take too much', () => {
    const large = MAX_HELD_BYTES + 1;
    expect(reasonOf(() => createHeldArchives().hold(entry(large, large)))).to.equal('archive-limit');
    const { hold } = createHeldArchives(never);
    const least = Math.ceil(large / MAX_ASIDE_RATIO);
    expect(reasonOf(() => hold(entry(large, least - 1)))).to.equal('archive-limit');
    expect(reasonOf(() => hold(entry(large, least)))).to.equal('held');
    expect(reasonOf(() => hold(entry(MAX_ASIDE_TOTAL - large + 1, MAX_ASIDE_TOTAL)))).to.equal('archive-limit');
    expect(reasonOf(() => hold(entry(MAX_ASIDE_TOTAL - large, MAX_ASIDE_TOTAL)))).to.equal('held');
  });

  it('is refused when there is no room, and its own damage keeps its reason', async () => {
    const large = entry(MAX_HELD_BYTES + 1, MAX_HELD_BYTES);
    const full = createHeldArchives(never).hold(large);
    const reasons = [
      await full.read(0, 1).catch((error: unknown) => (error as ArchiveRefused).reason),
      await createHeldArchives(() => Promise.reject(new ArchiveRefused('entry-damaged')))
        .hold(large)
        .read(0, 1)
        .catch((error: unknown) => (error as ArchiveRefused).reason),
    ];
    expect(reasons).to.deep.equal(['archive-limit', 'entry-damaged']);
  });
});

for (const [name, setAside] of [
  ['on disk', setAsideOnDisk],
  ['in a blob', setAsideInBlob],
] as const) {
  describe(`bytes that are put aside ${name}`, () => {
    const all = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 31) ^ (i >> 9));
    async function* chunks(): AsyncGenerator<Uint8Array> {
      // One buffer again and again, as sources do it.
      const buffer = new Uint8Array(70_000);
      for (let at = 0; at < all.length; at += buffer.length) {
        const chunk = all.subarray(at, at + buffer.length);
        buffer.set(chunk);
        yield await Promise.resolve(buffer.subarray(0, chunk.length));
      }
    }

    it('come back at any place, and as a stream', async () => {
      const there = await setAside(chunks());
      for (const [offset, length] of [
        [0, 10],
        [1_048_570, 20],
        [2_999_990, 50],
        [3_000_000, 5],
      ] as const) {
        expect(await there.read(offset, length)).to.deep.equal(all.slice(offset, offset + length));
      }
      const parts: Uint8Array[] = [];
      for await (const chunk of there.stream(999_999)) parts.push(chunk.slice());
      expect(Buffer.concat(parts).equals(Buffer.from(all.subarray(999_999)))).to.equal(true);
    });

    it('are not there when they do not come', async () => {
      const broken = (async function* () {
        yield await Promise.resolve(Uint8Array.of(1));
        throw new ArchiveRefused('entry-damaged');
      })();
      const reason = await setAside(broken).catch((error: unknown) => (error as ArchiveRefused).reason);
      expect(reason).to.equal('entry-damaged');
    });
  });
}
