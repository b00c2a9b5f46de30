import { equalBytes } from '../../../crypto/wire/bytes.js';
import { CoreError, throwIfAborted } from '../error.js';
import type { ByteSource, CreateSha256 } from '../ports.js';
import type { CollectedInstance, DuplicateSource } from './collected.js';

/**
 * Finds instances with the same SOP Instance UID. Bytes are compared only where sizes agree, so a folder without
 * duplicates is not read twice. @throws CoreError `aborted`, `source-changed`
 */
export async function withoutRepetitions(
  instances: readonly CollectedInstance[],
  createSha256: CreateSha256,
  signal?: AbortSignal,
): Promise<{ kept: CollectedInstance[]; duplicates: DuplicateSource[] }> {
  const kept: CollectedInstance[] = [];
  const duplicates: DuplicateSource[] = [];
  const byUid = new Map<string, CollectedInstance[]>();
  const digests = new Map<ByteSource, Uint8Array>();

  async function digest(source: ByteSource): Promise<Uint8Array> {
    const known = digests.get(source) ?? (await sha256Of(source, createSha256, signal));
    digests.set(source, known);
    return known;
  }

  async function twinOf(
    instance: CollectedInstance,
    same: readonly CollectedInstance[],
  ): Promise<CollectedInstance | null> {
    for (const other of same) {
      if (other.size !== instance.size) continue;
      if (equalBytes(await digest(other.source), await digest(instance.source))) return other;
    }
    return null;
  }

  for (const instance of instances) {
    const same = byUid.get(instance.scan.sopInstanceUid) ?? [];
    const twin = await twinOf(instance, same);
    const first = twin ?? same[0];
    const path = instance.source.name;
    if (first !== undefined) {
      duplicates.push({ path, firstPath: first.source.name, kind: twin === null ? 'conflicting' : 'identical' });
    }
    if (twin !== null) continue;
    kept.push(instance);
    byUid.set(instance.scan.sopInstanceUid, [...same, instance]);
  }
  return { kept, duplicates };
}

/** @throws CoreError `source-changed`, `aborted` */
export async function sha256Of(
  source: ByteSource,
  createSha256: CreateSha256,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const hash = createSha256();
  try {
    for await (const chunk of source.stream()) {
      throwIfAborted(signal);
      hash.update(chunk);
    }
  } catch (cause) {
    if (cause instanceof CoreError) throw cause;
    throw new CoreError('source-changed', 'a source cannot be read', { cause });
  }
  return hash.digest();
}
