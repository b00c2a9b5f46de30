import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { toHex } from '../core/ids.js';
import { type LocalFile } from '../core/receive/known-files.js';
import { type ByteSource } from '../core/ports.js';
import { diskFile } from './disk-source.js';
import { type ManifestFile } from './message-folder.js';

/**
 * Files of earlier messages that lie where `openMessageFolder` has put them: in folders by the messages' names below `root`, each with its
 * manifest. A folder that is gone, or another's manifest, is no source; what lies there is hashed again by whoever takes it.
 */
export function localFilesIn(root: string): LocalFile {
  const manifests = new Map<string, Promise<ReadonlyMap<string, string>>>();
  return async (earlier, { sha256, size }): Promise<ByteSource | null> => {
    const folder = join(root, earlier.name);
    const known = manifests.get(folder) ?? readManifest(folder);
    manifests.set(folder, known);
    const path = (await known).get(`${toHex(sha256)} ${size}`);
    return path === undefined ? null : diskFile(path).catch(() => null);
  };
}

/** Paths by digest and length. */
async function readManifest(folder: string): Promise<ReadonlyMap<string, string>> {
  try {
    const { complete, files } = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as Manifest;
    if (!complete) return new Map();
    const inside = files.map((file) => ({ ...file, path: resolve(folder, file.path) }));
    return new Map(
      inside.filter(({ path }) => isBelow(folder, path)).map(({ path, sha256, bytes }) => [`${sha256} ${bytes}`, path]),
    );
  } catch {
    return new Map();
  }
}

interface Manifest {
  readonly complete: boolean;
  readonly files: readonly ManifestFile[];
}

function isBelow(folder: string, path: string): boolean {
  const way = relative(resolve(folder), path);
  return way !== '' && !way.startsWith('..');
}
