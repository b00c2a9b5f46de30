import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { openUpkeep } from '../../../server/main.js';
import { CliError } from '../failure.js';
import { type Output } from '../output.js';

export interface PracticeExportOptions {
  readonly data: string;
  readonly out: string;
  readonly parts: boolean;
  readonly blobs?: string;
}

/** `bildbote practice export`: `practice.ndjson`, and on request the sealed parts beside it. */
export async function runPracticeExport(name: string, options: PracticeExportOptions, output: Output): Promise<void> {
  await mkdir(options.out, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? new CliError('file-exists', options.out) : error;
  });
  const parts = join(options.out, 'parts');
  if (options.parts) await mkdir(parts, { mode: 0o700 });
  const upkeep = await openUpkeep({ dataDir: options.data, blobs: options.blobs });
  const file = await open(join(options.out, 'practice.ndjson'), 'wx', 0o600);
  try {
    const exported = await upkeep.exportPractice(name, {
      line: async (line) => void (await file.write(`${JSON.stringify(line)}\n`)),
      part: options.parts ? (partName, bytes) => writePart(join(parts, `${partName}.sealed`), bytes) : null,
    });
    await file.sync();
    const texts = {
      de: `${exported.lines} Zeilen, ${exported.parts} Teile in ${options.out}`,
      en: `${exported.lines} lines, ${exported.parts} parts in ${options.out}`,
    };
    output.result({ type: 'practice-exported', ...exported, out: options.out }, texts[output.language]);
  } finally {
    await file.close();
    await upkeep.close();
  }
}

async function writePart(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of bytes) await file.write(chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}
