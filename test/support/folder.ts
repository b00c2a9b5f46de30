import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one test. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'bildbote-test-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export interface TestFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** A folder for a whole suite. */
export async function createFolder(): Promise<TestFolder> {
  const path = await mkdtemp(join(tmpdir(), 'bildbote-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
