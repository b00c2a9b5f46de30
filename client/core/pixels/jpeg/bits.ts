import { refusePixels } from '../raster/refusal.js';

/** Entropy-coded bits of a JPEG scan (ITU-T T.81 §F.1.2.3): a zero byte follows each FF that is data. */
export class BitReader {
  #bits = 0;
  #count = 0;
  #at: number;
  readonly #bytes: Uint8Array;
  /** Zero bits were invented behind the end: a cut stream shows grey at its end, but only this much of it. */
  #invented = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** Where the next marker lies, or may lie. */
  get position(): number {
    return this.#at;
  }

  #fill(): void {
    let byte = 0;
    const next = this.#bytes[this.#at];
    if (next === undefined || (next === 0xff && this.#bytes[this.#at + 1] !== 0)) {
      // T.81 §F.2.2.5 leaves it open what is read at a marker.
      if (++this.#invented > MAX_INVENTED) refusePixels('truncated');
    } else {
      byte = next;
      this.#at += next === 0xff ? 2 : 1;
    }
    this.#bits = ((this.#bits << 8) | byte) & 0xffffff;
    this.#count += 8;
  }

  /** Looks at up to 16 bits without taking them. */
  peek(count: number): number {
    while (this.#count < count) this.#fill();
    return (this.#bits >>> (this.#count - count)) & ((1 << count) - 1);
  }

  drop(count: number): void {
    this.#count -= count;
  }

  /** Up to 16 bits. */
  take(count: number): number {
    if (count === 0) return 0;
    const value = this.peek(count);
    this.#count -= count;
    return value;
  }

  /** T.81 §F.2.2.1: a difference of `size` bits, negative ones in one's complement. */
  takeSigned(size: number): number {
    if (size === 0) return 0;
    const value = this.take(size);
    return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
  }

  /** Moves behind the restart marker that must come now (T.81 §E.2.4). */
  restart(): void {
    this.#count = 0;
    this.#bits = 0;
    let at = this.#at;
    while (this.#bytes[at] === 0xff && this.#bytes[at + 1] === 0xff) at++;
    const marker = this.#bytes[at + 1] ?? 0;
    if (this.#bytes[at] !== 0xff || marker < 0xd0 || marker > 0xd7) refusePixels('code-stream');
    this.#at = at + 2;
  }
}

const MAX_INVENTED = 64;

export class BitWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;
  #bits = 0;
  #count = 0;

  constructor(expectedBytes: number) {
    this.#bytes = new Uint8Array(Math.max(1024, expectedBytes));
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = value;
  }

  bytes(values: Iterable<number>): void {
    for (const value of values) this.byte(value);
  }

  /** A marker segment: length and content follow the marker (T.81 §B.1.1.4). */
  segment(marker: number, content: readonly number[]): void {
    const length = content.length + 2;
    this.bytes([0xff, marker, length >>> 8, length & 0xff, ...content]);
  }

  /** Entropy-coded bits, up to 16 at once. */
  put(value: number, count: number): void {
    this.#bits = (this.#bits << count) | (value & ((1 << count) - 1));
    this.#count += count;
    while (this.#count >= 8) {
      const byte = (this.#bits >>> (this.#count - 8)) & 0xff;
      this.byte(byte);
      if (byte === 0xff) this.byte(0);
      this.#count -= 8;
    }
    this.#bits &= 0xff;
  }

  /** Fills the last byte with ones (T.81 §F.1.2.3). */
  flush(): void {
    if (this.#count > 0) this.put(0x7f, 8 - this.#count);
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }
}
