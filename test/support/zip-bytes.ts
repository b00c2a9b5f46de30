import { deflateRawSync } from 'node:zlib';
import { concatBytes, utf8 } from '../../crypto/wire/bytes.js';
import { crc32 } from '../../client/core/archive/crc32.js';

/** Zip archives for tests, true to APPNOTE or with lies in any field. */

export interface ZipEntryChoices {
  readonly name: string | Uint8Array;
  readonly content?: Uint8Array;
  /** Instead of deflating `content`, which then only gives size and checksum. */
  readonly packed?: Uint8Array;
  readonly method?: 0 | 8 | number;
  readonly flags?: number;
  /** Instead of the true ones, in both headers. */
  readonly crc?: number;
  readonly size?: number;
  readonly compressedBytes?: number;
  /** Instead of the name, in the local header alone. */
  readonly localName?: string;
  /** Fields with 64 bits in both headers. */
  readonly wide?: boolean;
  /** Points to the local header of this earlier entry instead of having one. */
  readonly sharedWith?: number;
  /** Bytes that this entry claims beyond its own, so that it reaches into the next one. */
  readonly reaches?: number;
  readonly unixMode?: number;
}

export interface ZipChoices {
  readonly entries: readonly ZipEntryChoices[];
  readonly comment?: Uint8Array;
  /** Instead of the true ones in the record at the end. */
  readonly count?: number;
  readonly directoryOffset?: number;
  readonly disc?: number;
  readonly wide?: boolean;
}

type Field = readonly [bytes: 2 | 4 | 8, value: number];

export function fields(...list: readonly Field[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(list.reduce((sum, [bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [bytes, value] of list) {
    if (bytes === 2) view.setUint16(at, value, true);
    else if (bytes === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
}

const FULL = 0xffffffff;

function headers(
  entry: ZipEntryChoices,
  packed: Uint8Array,
  offset: number,
): { local: Uint8Array; central: Uint8Array } {
  const { content = new Uint8Array(0), method = 8, flags = 0, wide = false, reaches = 0, unixMode = 0 } = entry;
  const crc = entry.crc ?? crc32(content);
  const size = entry.size ?? content.length;
  const compressed = (entry.compressedBytes ?? packed.length) + reaches;
  const name = typeof entry.name === 'string' ? utf8(entry.name) : entry.name;
  const localName = entry.localName === undefined ? name : utf8(entry.localName);
  const sizes: Field[] = [
    [4, crc],
    [4, wide ? FULL : compressed],
    [4, wide ? FULL : size],
  ];
  const localExtra = wide ? fields([2, 1], [2, 16], [8, size], [8, compressed]) : new Uint8Array(0);
  const centralExtra = wide ? fields([2, 1], [2, 24], [8, size], [8, compressed], [8, offset]) : new Uint8Array(0);
  const local = concatBytes(
    fields([4, 0x04034b50], [2, 20], [2, flags], [2, method], [4, 0], ...sizes),
    fields([2, localName.length], [2, localExtra.length]),
    localName,
    localExtra,
  );
  const central = concatBytes(
    fields(
      [4, 0x02014b50],
      [2, (unixMode === 0 ? 0 : 3 << 8) | 20],
      [2, 20],
      [2, flags],
      [2, method],
      [4, 0],
      ...sizes,
    ),
    fields([2, name.length], [2, centralExtra.length], [2, 0], [2, 0], [2, 0], [4, unixMode * 0x10000]),
    fields([4, wide ? FULL : offset]),
    name,
    centralExtra,
  );
  return { local, central };
}

export function zipBytes(choices: ZipChoices): Uint8Array {
  const { entries, comment = new Uint8Array(0), disc = 0, wide = false } = choices;
  const parts: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  const offsets: number[] = [];
  let at = 0;
  for (const entry of entries) {
    const content = entry.content ?? new Uint8Array(0);
    const packed =
      entry.packed ??
      (entry.method === 8 || entry.method === undefined ? new Uint8Array(deflateRawSync(content)) : content);
    const offset = entry.sharedWith === undefined ? at : (offsets[entry.sharedWith] ?? 0);
    const made = headers(entry, packed, offset);
    central.push(made.central);
    offsets.push(offset);
    if (entry.sharedWith !== undefined) continue;
    parts.push(made.local, packed);
    at += made.local.length + packed.length;
  }
  const directory = concatBytes(...central);
  const count = choices.count ?? entries.length;
  const offset = choices.directoryOffset ?? at;
  const record = wide
    ? concatBytes(
        fields([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, count], [8, count]),
        fields([8, directory.length], [8, offset]),
        fields([4, 0x07064b50], [4, 0], [8, at + directory.length], [4, 1]),
      )
    : new Uint8Array(0);
  const [count16, length32, offset32] = wide ? [0xffff, FULL, FULL] : [count, directory.length, offset];
  return concatBytes(
    ...parts,
    directory,
    record,
    fields([4, 0x06054b50], [2, disc], [2, disc], [2, count16], [2, count16]),
    fields([4, length32], [4, offset32], [2, comment.length]),
    comment,
  );
}
