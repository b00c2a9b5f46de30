import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { isNotFound } from '../../node/durable.js';
import { GatewayError } from '../error.js';

/** A file of a complete message, verified when it was received. */
export interface ReceivedFile {
  /** Relative to the message's folder. */
  readonly path: string;
  /** Absolute. */
  readonly absolute: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Null for a report or another document. */
  readonly sopInstanceUid: string | null;
}

const manifestSchema = z.object({
  complete: z.boolean(),
  files: z.array(
    z.object({ path: z.string(), bytes: z.int(), sha256: z.string(), sopInstanceUid: z.string().nullable() }),
  ),
});

/** @throws GatewayError `message-incomplete` for a folder that does not say that it is complete; a message without files has none */
export async function receivedFiles(folder: string): Promise<readonly ReceivedFile[]> {
  let text: string;
  try {
    text = await readFile(join(folder, 'manifest.json'), 'utf8');
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
  const manifest = manifestSchema.parse(JSON.parse(text));
  if (!manifest.complete) throw new GatewayError('message-incomplete', 'not all files are here');
  return manifest.files.map((file) => ({ ...file, absolute: join(folder, file.path) }));
}
