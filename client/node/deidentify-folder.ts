import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Deidentifier, InstanceFacts } from '../core/deidentification/deidentify.js';
import type { PixelMask } from '../core/deidentification/pixel-port.js';
import type { Refusal } from '../core/deidentification/refused.js';
import type { ByteSource } from '../core/ports.js';
import { nodeSha256 } from './node-sha256.js';

/** An instance that was written, and one that was not. */
export type WrittenInstance =
  | { readonly kind: 'written'; readonly bytes: number; readonly facts: InstanceFacts; readonly digests: Digests }
  | { readonly kind: 'refused'; readonly reason: Refusal };

export interface Digests {
  /** SHA-256 of what came in, when asked for. */
  readonly input: Uint8Array | null;
  readonly output: Uint8Array;
}

export interface WriteRequest {
  readonly source: ByteSource;
  readonly target: string;
  readonly masks: readonly PixelMask[];
  readonly digests: 'output' | 'both';
}

/** De-identifies one file into another, which has its name only after the search for removed values went through all of it. */
export async function deidentifyFile(deidentifier: Deidentifier, request: WriteRequest): Promise<WrittenInstance> {
  const { source, target, masks } = request;
  const prepared = await deidentifier.prepare(source, masks);
  if (prepared.kind === 'refused') return prepared;
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const draft = `${target}.part`;
  const { digest, hits } = await write(prepared.output, prepared.search(), draft);
  if (hits > 0) {
    await rm(draft, { force: true });
    return { kind: 'refused', reason: 'residual' };
  }
  await rename(draft, target);
  const input = request.digests === 'both' ? await digestOf(source) : null;
  return { kind: 'written', bytes: prepared.output.size, facts: prepared.facts, digests: { input, output: digest } };
}

interface Search {
  update(bytes: Uint8Array): void;
  hits(): number;
}

async function write(output: ByteSource, search: Search, path: string): Promise<{ digest: Uint8Array; hits: number }> {
  const hash = nodeSha256();
  const handle = await open(path, 'w', 0o600);
  try {
    for await (const chunk of output.stream()) {
      hash.update(chunk);
      search.update(chunk);
      await handle.write(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { digest: hash.digest(), hits: search.hits() };
}

async function digestOf(source: ByteSource): Promise<Uint8Array> {
  const hash = nodeSha256();
  for await (const chunk of source.stream()) hash.update(chunk);
  return hash.digest();
}

/** Where an output goes: nothing of the input's name, and no folder that could say how many patients there are. */
export function targetIn(folder: string, name: string): string {
  return join(folder, `${name}.dcm`);
}
