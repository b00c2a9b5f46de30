import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';

const schema = z.object({ name: z.literal('bildbote'), version: z.string() });

/** From the package.json above this file, from source and compiled alike. */
export function relayVersion(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const version = readVersion(join(folder, 'package.json'));
    if (version !== null) return version;
  }
  return '0.0.0';
}

function readVersion(path: string): string | null {
  try {
    return schema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data?.version ?? null;
  } catch {
    return null;
  }
}
