import fc from 'fast-check';
import { concatBytes, fromHex } from '../../crypto/wire/bytes.js';
import { fileIdFrom, type FileId } from '../../crypto/wire/ids.js';
import type { Plan, PlanDocument, PlanInstance } from '../../client/core/package/plan.js';
import type { ByteSource } from '../../client/core/ports.js';
import { packPackage, type PackedChunk } from '../../client/core/send/pack.js';
import { memorySource } from './memory-source.js';
import { nodeSha256 as createSha256 } from './node-sha256.js';

/** A plan and the bytes of its files. */
export interface Example {
  readonly plan: Plan;
  readonly files: ReadonlyMap<FileId, Uint8Array>;
}

export function fileIdOf(n: number): FileId {
  return fileIdFrom(fromHex(n.toString(16).padStart(32, '0')));
}

/** Bytes that differ from file to file and from place to place. */
export function bytesOf(seed: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0, x = seed * 2_654_435_761 + 1; i < length; i++, x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0) {
    bytes[i] = x >>> 24;
  }
  return bytes;
}

export function exampleInstance(n: number, size: number): PlanInstance {
  return {
    kind: 'instance',
    fileId: fileIdOf(n),
    size,
    sopInstanceUid: `1.2.3.1.${n}`,
    sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
    transferSyntaxUid: '1.2.840.10008.1.2.1',
    instanceNumber: n,
    frames: 1,
  };
}

export function exampleDocument(n: number, size: number, kind: PlanDocument['kind'] = 'report'): PlanDocument {
  return { kind, fileId: fileIdOf(n), size, name: `Befund ${n}.pdf`, mediaType: 'application/pdf' };
}

/** One study of one series, documents first, in the order given. */
export function example(
  documentSizes: readonly number[],
  instanceSizes: readonly number[],
  order?: readonly number[],
): Example {
  const documents = documentSizes.map((size, i) => exampleDocument(i, size));
  const instances = instanceSizes.map((size, i) => exampleInstance(documents.length + i, size));
  const series = { seriesInstanceUid: '1.2.3.1', modality: 'CT', number: 1, description: 'Schädel nativ', instances };
  const study = {
    studyInstanceUid: '1.2.3',
    patient: { name: 'Muster^Erika', id: '4711', birthDate: '19640812', sex: 'F' },
    date: '20261124',
    time: '101500',
    description: 'CT Schädel',
    accessionNumber: 'A1',
    id: '1',
    referringPhysician: 'Hausarzt^Hanna',
    series: [series],
  };
  const all = [...documents, ...instances];
  const plan = { studies: instances.length > 0 ? [study] : [], documents, order: order ?? all.map((_, i) => i) };
  return { plan, files: new Map(all.map((file, i) => [file.fileId, bytesOf(i, file.size)])) };
}

/** The smallest package with all kinds of records: a report and two instances. */
export function smallExample(): Example {
  return example([20], [70, 90], [0, 2, 1]);
}

/** Examples of up to seven files of up to 5,000 bytes, empty ones included, in any order. */
export const anyExample: fc.Arbitrary<Example> = fc
  .tuple(
    fc.array(fc.nat(5000), { maxLength: 3 }),
    fc.array(fc.nat(5000), { minLength: 1, maxLength: 4 }),
    fc.infiniteStream(fc.nat()),
  )
  .map(([documents, instances, random]) => {
    const count = documents.length + instances.length;
    const keys = Array.from({ length: count }, () => random.next().value as number);
    const order = keys.map((_, i) => i).sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0));
    return example(documents, instances, order);
  });

export function sourcesOf({ files }: Example, chunkBytes?: number): Map<FileId, ByteSource> {
  return new Map([...files].map(([fileId, bytes]) => [fileId, memorySource('file', bytes, chunkBytes)]));
}

export async function packAll(packed: AsyncIterable<PackedChunk>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const chunk of packed) if (chunk.kind === 'bytes') pieces.push(chunk.bytes.slice());
  return concatBytes(...pieces);
}

export function packExample(built: Example, chunkBytes?: number): Promise<Uint8Array> {
  return packAll(packPackage({ plan: built.plan, sources: sourcesOf(built, chunkBytes), createSha256 }));
}
