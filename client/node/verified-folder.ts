import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CoreError } from '../core/error.js';
import { type Plan, type PlanFile } from '../core/package/plan.js';
import { type VerifiedFile } from '../core/media/medium-writer.js';
import { diskFile } from './disk-source.js';
import { fileNames } from './file-names.js';

/**
 * The files of a message folder that says it is complete, each with the digest it was verified by.
 * @throws CoreError `payload-incomplete` for a folder that does not say so, `staging-lost` for one that does not hold the plan's files
 */
export async function verifiedFiles(folder: string, plan: Plan): Promise<(file: PlanFile) => Promise<VerifiedFile>> {
  const manifest = parseManifest(await readFile(join(folder, 'manifest.json'), 'utf8'));
  const names = fileNames(plan);
  return async (file) => {
    const path = names.get(file.fileId);
    const sha256 = path === undefined ? undefined : manifest.get(path);
    if (path === undefined || sha256 === undefined)
      throw new CoreError('staging-lost', 'a file is not in the manifest');
    return { source: await diskFile(join(folder, path)), sha256 };
  };
}

function parseManifest(text: string): ReadonlyMap<string, string> {
  const manifest = JSON.parse(text) as {
    readonly complete: boolean;
    readonly files: readonly { readonly path: string; readonly sha256: string }[];
  };
  if (!manifest.complete) throw new CoreError('payload-incomplete', 'the folder is not complete');
  return new Map(manifest.files.map(({ path, sha256 }) => [path, sha256]));
}
