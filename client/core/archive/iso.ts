import type { ByteSource } from '../ports.js';
import { bytesOf, rangeStream, readView } from './bytes.js';
import { MAX_ENTRIES, MAX_FOLDER_DEPTH } from './limits.js';
import { refuseArchive } from './refusal.js';
import type { EntryPlace } from './zip-source.js';

/** A file of an ISO 9660 image (ECMA-119), at one or more places of it one after the other. */
export interface IsoFile {
  readonly claimedName: string;
  readonly extents: readonly { readonly offset: number; readonly length: number }[];
  readonly size: number;
}

const SECTOR = 2048;
const FIRST_DESCRIPTOR = 16;
/** Nobody writes more; a set without its end is cut off. */
const MAX_DESCRIPTORS = 64;
const PRIMARY = 1;
const SUPPLEMENTARY = 2;
const TERMINATOR = 255;
/** ECMA-119 §9.1.6. */
const IS_FOLDER = 0x02;
const HAS_MORE = 0x80;
/** A folder of 100,000 files with long names. */
const MAX_FOLDER_BYTES = 16 * 1024 * 1024;

interface Volume {
  readonly source: ByteSource;
  readonly blockBytes: number;
  readonly isJoliet: boolean;
  readonly root: Folder;
}

interface Folder {
  readonly offset: number;
  readonly length: number;
  readonly path: string;
  readonly depth: number;
}

/** All files, with long names where the image has them (Joliet). @throws ArchiveRefused */
export async function readIsoFiles(source: ByteSource): Promise<IsoFile[]> {
  const volume = await findVolume(source);
  const files: IsoFile[] = [];
  const seen = new Set<number>();
  const folders: Folder[] = [volume.root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    // A folder that leads back to one above it would never end.
    if (seen.has(folder.offset)) continue;
    seen.add(folder.offset);
    if (folder.depth > MAX_FOLDER_DEPTH) refuseArchive('archive-limit');
    const found = await readFolder(volume, folder);
    files.push(...found.files);
    folders.push(...found.folders);
    if (files.length + folders.length + seen.size > MAX_ENTRIES) refuseArchive('archive-limit');
  }
  return files;
}

/** ECMA-119 §8: the descriptors from sector 16 on. Joliet's is a supplementary one with an escape sequence for UCS-2. */
async function findVolume(source: ByteSource): Promise<Volume> {
  let primary: DataView | null = null;
  let joliet: DataView | null = null;
  for (let n = 0; n < MAX_DESCRIPTORS; n++) {
    const view = await readView(source, (FIRST_DESCRIPTOR + n) * SECTOR, SECTOR);
    const type = view.getUint8(0);
    if (type === TERMINATOR || !isDescriptor(view)) break;
    if (type === PRIMARY) primary ??= view;
    if (type === SUPPLEMENTARY && isJoliet(view)) joliet ??= view;
  }
  const view = joliet ?? primary ?? refuseArchive('archive-damaged');
  const blockBytes = view.getUint16(128, true);
  if (![512, 1024, 2048].includes(blockBytes)) refuseArchive('archive-damaged');
  const root = { ...extentOf(view, 156, blockBytes), path: '', depth: 0 };
  return { source, blockBytes, isJoliet: joliet !== null, root };
}

export function isDescriptor(view: DataView): boolean {
  return String.fromCharCode(...bytesOf(view, 1, 5)) === 'CD001';
}

function isJoliet(view: DataView): boolean {
  return /^%\/[@CE]/.test(String.fromCharCode(...bytesOf(view, 88, 3)));
}

/** ECMA-119 §9.1.3, §9.1.4: the data begins behind the extended attribute record. */
function extentOf(view: DataView, at: number, blockBytes: number): { offset: number; length: number } {
  const block = view.getUint32(at + 2, true) + view.getUint8(at + 1);
  return { offset: block * blockBytes, length: view.getUint32(at + 10, true) };
}

async function readFolder(volume: Volume, folder: Folder): Promise<{ files: IsoFile[]; folders: Folder[] }> {
  if (folder.length > MAX_FOLDER_BYTES) refuseArchive('archive-limit');
  const view = await readView(volume.source, folder.offset, folder.length);
  const files: IsoFile[] = [];
  const folders: Folder[] = [];
  const parts: { offset: number; length: number }[] = [];
  for (let at = 0; at < view.byteLength;) {
    const bytes = view.getUint8(at);
    if (bytes === 0) {
      // ECMA-119 §6.8.1.1: a record does not cross a sector; the rest of this one is empty.
      at = (Math.floor(at / SECTOR) + 1) * SECTOR;
      continue;
    }
    const nameBytes = at + 33 <= view.byteLength ? view.getUint8(at + 32) : 255;
    if (bytes < 33 + nameBytes || at + bytes > view.byteLength) refuseArchive('archive-damaged');
    const raw = bytesOf(view, at + 33, nameBytes);
    const isSelfOrParent = nameBytes === 1 && (raw[0] ?? 9) <= 1;
    const flags = view.getUint8(at + 25);
    const extent = extentOf(view, at, volume.blockBytes);
    const path = joined(folder.path, recordName(raw, volume.isJoliet));
    if (!isSelfOrParent && (flags & IS_FOLDER) !== 0) folders.push({ ...extent, path, depth: folder.depth + 1 });
    else if (!isSelfOrParent) {
      // ECMA-119 §6.5.1: all sections of a file but the last say that more follows.
      parts.push(extent);
      if ((flags & HAS_MORE) === 0) files.push(fileOf(path, parts.splice(0)));
    }
    at += bytes;
  }
  return { files, folders };
}

function joined(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

function fileOf(claimedName: string, extents: readonly { offset: number; length: number }[]): IsoFile {
  return { claimedName, extents, size: extents.reduce((sum, { length }) => sum + length, 0) };
}

/** ECMA-119 §7.5: name, dot, extension, `;` and version; an empty extension leaves its dot. */
function recordName(raw: Uint8Array, isJolietName: boolean): string {
  const name = isJolietName ? new TextDecoder('utf-16be').decode(raw) : String.fromCharCode(...raw);
  return name.replace(/;[0-9]*$/, '').replace(/\.$/, '');
}

/** Whether all of a file lies within the image: images of damaged discs end early. */
export function isWhole({ size }: ByteSource, file: IsoFile): boolean {
  return file.extents.every(({ offset, length }) => length === 0 || offset + length <= size);
}

export function isoFileSource(image: ByteSource, file: IsoFile, place: EntryPlace): ByteSource {
  return {
    name: place.name,
    size: file.size,
    ...(place.modifiedMs === undefined ? {} : { modifiedMs: place.modifiedMs }),
    ...(place.locator === undefined ? {} : { locator: place.locator }),
    read: (offset, length) => readAcross(image, file, offset, length),
    stream: (offset = 0) => streamAcross(image, file, offset),
  };
}

async function* streamAcross(
  image: ByteSource,
  file: IsoFile,
  skip: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = skip;
  for (const { offset, length } of file.extents) {
    if (left < length) yield* rangeStream(image, offset, length, left);
    left = Math.max(0, left - length);
  }
}

async function readAcross(image: ByteSource, file: IsoFile, offset: number, length: number): Promise<Uint8Array> {
  const [first] = file.extents;
  if (first === undefined) return new Uint8Array(0);
  const end = Math.min(offset + length, file.size);
  if (file.extents.length === 1) return image.read(first.offset + offset, Math.max(0, end - offset));
  const out = new Uint8Array(Math.max(0, end - offset));
  let at = 0;
  for await (const chunk of streamAcross(image, file, offset)) {
    const piece = chunk.subarray(0, out.length - at);
    out.set(piece, at);
    at += piece.length;
    if (at === out.length) break;
  }
  return out.subarray(0, at);
}
