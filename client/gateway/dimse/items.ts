import { refuse } from './error.js';

/** Items inside a PDU: type, a reserved byte, length, content (PS3.8 §9.3.2). */
export class ItemReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  skip(count: number): void {
    this.#take(count);
  }

  text(count: number): string {
    const at = this.#take(count);
    return Buffer.from(this.#bytes.subarray(at, at + count)).toString('latin1');
  }

  /** What is left, as text without the zeros and blanks that some pad UIDs with. */
  rest(): string {
    return this.text(this.#bytes.length - this.#at).replace(/[\0 ]+$/, '');
  }

  /** @throws DimseError for what is no UID: it goes into files and comparisons */
  uid(): string {
    const uid = this.rest();
    return /^[0-9.]{1,64}$/.test(uid) ? uid : refuse('pdu-item');
  }

  *items(): Generator<{ readonly type: number; readonly content: ItemReader }, void, undefined> {
    while (this.#at < this.#bytes.length) {
      const type = this.u8();
      this.skip(1);
      const length = this.u16();
      const at = this.#take(length);
      yield { type, content: new ItemReader(this.#bytes.subarray(at, at + length)) };
    }
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.#bytes.length - at) refuse('pdu-item');
    this.#at += count;
    return at;
  }
}

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function text(value: string): Buffer {
  return Buffer.from(value, 'latin1');
}

export function item(type: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, 0]), u16(content.length), content]);
}
