/** Changes to bytes as a mutating fuzzer makes them, from a seed that makes the same ones again. */
export type Random = (below: number) => number;

export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Numbers at which lengths, counts and signs turn over. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];
const MAX_BYTES = 64 * 1024;

/** @param others of the same kind, to splice with */
export function mutate(bytes: Uint8Array, others: readonly Uint8Array[], random: Random): Uint8Array {
  let out = bytes;
  const changes = 1 + random(4);
  for (let i = 0; i < changes; i++) out = changed(out, others, random);
  return out.subarray(0, MAX_BYTES);
}

function changed(bytes: Uint8Array, others: readonly Uint8Array[], random: Random): Uint8Array {
  const at = random(bytes.length + 1);
  switch (random(9)) {
    case 0:
      return replaced(bytes, at, Uint8Array.of((bytes[at] ?? 0) ^ (1 << random(8))));
    case 1:
      return replaced(bytes, at, Uint8Array.of(random(256)));
    case 2:
      return replaced(bytes, at, edge(random));
    case 3:
      return bytes.slice(0, at);
    case 4:
      return joined(bytes.subarray(0, at), noise(1 + random(16), random), bytes.subarray(at));
    case 5:
      return joined(bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + 1 + random(16))));
    case 6: {
      // The same piece again: what may stand once stands twice.
      const piece = bytes.subarray(at, at + 1 + random(64));
      return joined(bytes.subarray(0, at), piece, bytes.subarray(at));
    }
    case 7: {
      const other = others[random(others.length)] ?? bytes;
      return joined(bytes.subarray(0, at), other.subarray(random(other.length + 1)));
    }
    default: {
      const from = random(bytes.length + 1);
      return replaced(bytes, at, bytes.slice(from, from + 1 + random(32)));
    }
  }
}

function edge(random: Random): Uint8Array {
  const value = EDGES[random(EDGES.length)] ?? 0;
  const view = new DataView(new ArrayBuffer(4));
  const isLittle = random(2) === 0;
  const width = [1, 2, 4][random(3)] ?? 4;
  if (width === 1) view.setUint8(0, value & 0xff);
  else if (width === 2) view.setUint16(0, value & 0xffff, isLittle);
  else view.setUint32(0, value, isLittle);
  return new Uint8Array(view.buffer, 0, width);
}

function noise(length: number, random: Random): Uint8Array {
  return Uint8Array.from({ length }, () => random(256));
}

function replaced(bytes: Uint8Array, at: number, by: Uint8Array): Uint8Array {
  const out = bytes.slice();
  out.set(by.subarray(0, Math.max(0, out.length - at)), Math.min(at, out.length));
  return out;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
