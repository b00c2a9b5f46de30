import { concatBytes, utf8 } from '../../crypto/wire/bytes.js';

/** ISO 9660 images for tests (ECMA-119), with or without Joliet, true or with lies. */

export interface IsoFolder {
  readonly [name: string]: Uint8Array | IsoFolder;
}

export interface IsoChoices {
  readonly joliet?: boolean;
  /** Makes the first folder below the root lead back to the root. */
  readonly loop?: boolean;
  /** Added to the length of every file's extent. */
  readonly longer?: number;
}

const SECTOR = 2048;
const FIRST = 16;

interface Placed {
  readonly block: number;
  readonly length: number;
  readonly isFolder: boolean;
}

export function isoBytes(root: IsoFolder, choices: IsoChoices = {}): Uint8Array {
  const { joliet = false, loop = false, longer = 0 } = choices;
  const blocks: Uint8Array[] = [];
  const start = FIRST + (joliet ? 3 : 2);
  const store = (bytes: Uint8Array): number => {
    const block = start + blocks.length;
    const sectors = Math.max(1, Math.ceil(bytes.length / SECTOR));
    const padded = new Uint8Array(sectors * SECTOR);
    padded.set(bytes);
    for (let i = 0; i < sectors; i++) blocks.push(padded.subarray(i * SECTOR, (i + 1) * SECTOR));
    return block;
  };
  const placeFolder = (folder: IsoFolder): Placed => {
    const entries = Object.entries(folder).map(([name, child]): [string, Placed] => {
      if (!(child instanceof Uint8Array))
        return [name, loop ? { block: LOOP, length: SECTOR, isFolder: true } : placeFolder(child)];
      return [name, { block: store(child), length: child.length + longer, isFolder: false }];
    });
    const listing = sectors([
      record('\u0000', { block: 0, length: SECTOR, isFolder: true }, false),
      ...entries.map(([name, placed]) => record(name, placed, joliet)),
    ]);
    return { block: store(listing), length: listing.length, isFolder: true };
  };
  const top = placeFolder(root);
  const volume = (type: number): Uint8Array => descriptor(type, top);
  const supplementary = volume(2);
  supplementary.set(utf8('%/E'), 88);
  const image = concatBytes(
    new Uint8Array(FIRST * SECTOR),
    volume(1),
    ...(joliet ? [supplementary] : []),
    descriptor(255, top),
    ...blocks,
  );
  if (!loop) return image;
  // Now that the root's place is known, the marked record gets it.
  const view = new DataView(image.buffer);
  for (let at = start * SECTOR; at + 4 < image.length; at += 1) {
    if (view.getUint32(at, true) === LOOP) view.setUint32(at, top.block, true);
  }
  return image;
}

const LOOP = 0x7e57ab1e;

function descriptor(type: number, root: Placed): Uint8Array {
  const bytes = new Uint8Array(SECTOR);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, type);
  bytes.set(utf8('CD001'), 1);
  view.setUint16(128, SECTOR, true);
  bytes.set(record('\u0000', root, false), 156);
  return bytes;
}

function record(name: string, { block, length, isFolder }: Placed, joliet: boolean): Uint8Array {
  const raw = joliet && name.length > 0 && name !== '\u0000' ? ucs2(name) : utf8(name);
  const bytes = 33 + raw.length + ((33 + raw.length) % 2);
  const out = new Uint8Array(bytes);
  const view = new DataView(out.buffer);
  view.setUint8(0, bytes);
  view.setUint32(2, block, true);
  view.setUint32(10, length, true);
  view.setUint8(25, isFolder ? 2 : 0);
  view.setUint8(32, raw.length);
  out.set(raw, 33);
  return out;
}

function ucs2(text: string): Uint8Array {
  return Uint8Array.from([...text].flatMap((char) => [char.charCodeAt(0) >>> 8, char.charCodeAt(0) & 0xff]));
}

/** Records never cross a sector. */
function sectors(records: readonly Uint8Array[]): Uint8Array {
  const full: Uint8Array[] = [];
  let used = SECTOR;
  for (const one of records) {
    if (used + one.length > SECTOR) {
      full.push(new Uint8Array(SECTOR));
      used = 0;
    }
    full.at(-1)?.set(one, used);
    used += one.length;
  }
  return concatBytes(...full);
}
