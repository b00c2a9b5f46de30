import { file } from './dicom-bytes.js';
import { memorySource, sourceTree } from './memory-source.js';
import { nodeSha256 } from './node-sha256.js';
import type { ByteSource } from '../../client/core/ports.js';
import { collectStudies, type Collection } from '../../client/core/send/collect.js';
import { concatBytes } from '../../crypto/wire/bytes.js';
import { element } from './dicom-bytes.js';

/** Collecting from bytes, and what came of it in lines that a test can compare. */

export function collect(sources: readonly ByteSource[]): Promise<Collection> {
  return collectStudies({ tree: sourceTree(sources), createSha256: nodeSha256 });
}

/** A source that can be found again, as those on disk can. */
export function locatedSource(name: string, bytes: Uint8Array): ByteSource {
  return { ...memorySource(name, bytes), locator: `/${name}`, modifiedMs: 1_800_000_000_000 };
}

export function instancesOf({ studies }: Collection): ByteSource[] {
  return studies.flatMap(({ series }) => series.flatMap(({ instances }) => instances.map(({ source }) => source)));
}

export function pathsOf(collection: Collection): string[] {
  return instancesOf(collection)
    .map(({ name }) => name)
    .sort();
}

/** `path: reason` of everything that is not sent as an instance. */
export function leftOut({ others, skipped }: Collection): string[] {
  return [...others, ...skipped].map(({ path, reason }) => `${path}: ${reason}`).sort();
}

/** A small DICOM file of its own, told apart by `number`. */
export function instanceBytes(number: number, extra: readonly Uint8Array[] = []): Uint8Array {
  const content = concatBytes(
    element(0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.7'),
    element(0x00080018, 'UI', `1.9.${number}`),
    element(0x00100010, 'PN', 'Muster^Erika'),
    element(0x0020000d, 'UI', '1.2.3'),
    element(0x0020000e, 'UI', '1.2.3.1'),
    element(0x00200013, 'IS', String(number)),
    ...extra,
  );
  return file({}, content);
}

export async function bytesOfSource(source: ByteSource, offset = 0): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.stream(offset)) chunks.push(chunk.slice());
  return concatBytes(...chunks);
}
