import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { type PhantomFile } from '../../client/cli/demo/phantom.js';

export async function writeFiles(folder: string, files: Iterable<PhantomFile>): Promise<number> {
  let count = 0;
  for (const { name, bytes } of files) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
    count += 1;
  }
  return count;
}

/** SHA-256 of every file below `folder` that fits, sorted: equal lists mean equal contents, whatever the names. */
export async function digestsOf(folder: string, fits: (path: string) => boolean = () => true): Promise<string[]> {
  const digests: string[] = [];
  for (const path of await filesBelow(folder)) {
    if (fits(path))
      digests.push(
        createHash('sha256')
          .update(await readFile(join(folder, path)))
          .digest('hex'),
      );
  }
  return digests.sort();
}

/** Relative paths of all files below `folder`, sorted. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/** Instances and attachments that a fetch has published: everything but its own notes and what is staged. */
export function isPublished(path: string): boolean {
  return !path.endsWith('manifest.json') && !path.split('/').includes('.receiving');
}
