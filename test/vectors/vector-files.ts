import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromHex, toHex } from '../../crypto/wire/bytes.js';

/** Test vectors are one JSON file per case: one that must work, then one failure each. `expect` is `valid` or the error code. */
export interface Vector {
  readonly description: string;
  readonly expect: string;
}

export type VectorSet<T extends Vector> = Readonly<Record<string, T>>;

const ROOT = fileURLToPath(new URL('.', import.meta.url));

/** Reads test/vectors/<folder>/*.json, keyed by file name without its ending. */
export function readVectors<T extends Vector>(folder: string): VectorSet<T> {
  const files = readdirSync(resolve(ROOT, folder)).filter((file) => file.endsWith('.json'));
  const entries = files.sort().map((file) => [file.slice(0, -'.json'.length), readVector<T>(folder, file)] as const);
  return Object.fromEntries(entries);
}

function readVector<T>(folder: string, file: string): T {
  return JSON.parse(readFileSync(resolve(ROOT, folder, file), 'utf8')) as T;
}

/** Writes the set when the generator is run by itself: `npx tsx test/vectors/<folder>/generate.ts`. */
export async function writeVectorsWhenRun<T extends Vector>(
  generatorUrl: string,
  generate: () => Promise<VectorSet<T>>,
): Promise<void> {
  const file = fileURLToPath(generatorUrl);
  if (process.argv[1] === undefined || resolve(process.argv[1]) !== file) return;
  for (const [name, vector] of Object.entries(await generate())) {
    writeFileSync(resolve(file, '..', `${name}.json`), `${JSON.stringify(vector, null, 2)}\n`);
  }
}

/** Published known answers of other projects lie outside the repository, in BILDBOTE_SHARED or beside the project. */
export function publishedVectors(name: string): string {
  const shared = process.env['BILDBOTE_SHARED'] ?? resolve(ROOT, '../../../shared');
  return resolve(shared, 'vectors', name);
}

/** A test that needs them; without them it is shown as skipped, with the reason. */
export function itWithPublished(name: string, title: string, test: () => void | Promise<void>): void {
  if (existsSync(publishedVectors(name))) it(title, test);
  else it.skip(`${title} (no ${name} in $BILDBOTE_SHARED/vectors or ../shared/vectors)`, test);
}

/** @param byte which byte changes in its lowest bit; negative counts from the end */
export function flipBit(hex: string, byte: number): string {
  const bytes = fromHex(hex);
  const at = byte < 0 ? bytes.length + byte : byte;
  bytes[at] = (bytes[at] ?? 0) ^ 0x01;
  return toHex(bytes);
}
