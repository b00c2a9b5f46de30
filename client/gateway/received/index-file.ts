import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readHeader } from '../../core/dicom/header.js';
import { scanSource } from '../../core/dicom/scan.js';
import { diskFile } from '../../node/disk-source.js';
import { isNotFound, replaceFile } from '../../node/durable.js';
import { INSTANCE, PATIENT_STUDY, SERIES } from './attributes.js';
import { type DicomJson, toDicomJson } from './data-set.js';

/** A message whose files are verified and in place: what its folder's manifest says, and what its instances are about. */
export interface IndexedMessage {
  readonly name: string;
  readonly receivedAt: string;
  readonly files: readonly IndexedFile[];
}

export interface IndexedFile {
  /** Below the message's folder. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly instance: IndexedInstance | null;
}

export interface IndexedInstance {
  readonly sopInstanceUid: string;
  readonly sopClassUid: string;
  readonly transferSyntaxUid: string;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  /** Attributes of all levels. */
  readonly data: DicomJson;
}

interface ManifestFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly sopInstanceUid: string | null;
}

/** Grows with what the rows hold: older ones are made again. */
const FORMAT = 1;
const KEPT: ReadonlySet<string> = new Set([...PATIENT_STUDY, ...SERIES, ...INSTANCE]);

/**
 * What is known of a message, from the file of an earlier run or from its instances. @param folders of the message: those whose manifest
 * says complete count. @returns null when none does
 */
export async function loadMessage(
  indexFolder: string,
  message: { readonly name: string; readonly receivedAt: string; readonly folders: readonly MessagePart[] },
): Promise<IndexedMessage | null> {
  const path = join(indexFolder, `${message.name}.json`);
  const manifests = await Promise.all(message.folders.map(async (part) => manifestOf(part)));
  const files = manifests.flat();
  if (manifests.some((one) => one === null)) return null;
  const known = await loadKnown(path);
  const all = files.flatMap((one) => (one === null ? [] : [one]));
  if (known !== null && sameFiles(known.files, all)) return known;
  const made: IndexedMessage = { name: message.name, receivedAt: message.receivedAt, files: await describe(all) };
  await mkdir(indexFolder, { recursive: true, mode: 0o700 });
  await replaceFile(path, Buffer.from(JSON.stringify({ format: FORMAT, ...made })));
  return made;
}

export async function forgetMessage(indexFolder: string, name: string): Promise<void> {
  await rm(join(indexFolder, `${name}.json`), { force: true });
}

/** A folder with a manifest, and where it lies below what the index calls the message's folder. */
export interface MessagePart {
  readonly folder: string;
  readonly prefix: string;
}

interface LocatedFile extends ManifestFile {
  readonly absolute: string;
}

async function manifestOf({ folder, prefix }: MessagePart): Promise<readonly LocatedFile[] | null> {
  try {
    const text = await readFile(join(folder, 'manifest.json'), 'utf8');
    const manifest = JSON.parse(text) as { readonly complete: boolean; readonly files: readonly ManifestFile[] };
    if (!manifest.complete) return null;
    return manifest.files.map((file) => ({
      ...file,
      path: `${prefix}${file.path}`,
      absolute: join(folder, file.path),
    }));
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

async function loadKnown(path: string): Promise<IndexedMessage | null> {
  try {
    const { format, ...known } = JSON.parse(await readFile(path, 'utf8')) as IndexedMessage & { format: number };
    return format === FORMAT ? known : null;
  } catch (error) {
    if (isNotFound(error) || error instanceof SyntaxError) return null;
    throw error;
  }
}

function sameFiles(known: readonly IndexedFile[], files: readonly ManifestFile[]): boolean {
  return (
    known.length === files.length &&
    known.every(({ sha256, path }, i) => files[i]?.sha256 === sha256 && files[i].path === path)
  );
}

async function describe(files: readonly LocatedFile[]): Promise<IndexedFile[]> {
  const indexed: IndexedFile[] = [];
  for (const { path, bytes, sha256, sopInstanceUid, absolute } of files) {
    const instance = sopInstanceUid === null ? null : await describeInstance(absolute);
    indexed.push({ path, bytes, sha256, instance });
  }
  return indexed;
}

/** Null for what is no instance that can be told from others: it is a file of the message, and nothing for viewers. */
async function describeInstance(path: string): Promise<IndexedInstance | null> {
  const source = await diskFile(path);
  const scan = await scanSource(source);
  if (scan.kind !== 'instance') return null;
  const header = await readHeader(source);
  if (header.kind !== 'header') return null;
  const data = Object.fromEntries(Object.entries(toDicomJson(header.elements)).filter(([tag]) => KEPT.has(tag)));
  const { sopInstanceUid, sopClassUid, transferSyntaxUid, studyInstanceUid, seriesInstanceUid } = scan;
  return { sopInstanceUid, sopClassUid, transferSyntaxUid, studyInstanceUid, seriesInstanceUid, data };
}
