import * as z from 'zod';
import { RelayError } from '../error.js';

/**
 * A backup is a folder (docs/operations.md#backup): `blobs/` shared by all its snapshots, and a folder for each of them with
 * the tables, the relay's own secrets, and `manifest.json`. Without a manifest a snapshot never came to its end.
 */

export const MANIFEST = 'manifest.json';
export const BLOBS = 'blobs';
export const TABLES = 'tables';
export const SECRETS = 'secrets';
export const BLOB_LIST = 'blobs.gz';

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().min(0);

const schema = z.object({
  format: z.literal(1),
  version: z.string(),
  origin: z.string(),
  createdAt: z.string(),
  migrations: z.array(z.string()).min(1),
  /** In the order in which they can be filled. SHA-256 of the compressed file. */
  tables: z.array(z.object({ name: z.string().regex(/^[a-z_]+$/), rows: count, sha256: digest })),
  secrets: z.array(z.object({ name: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/), sha256: digest })),
  blobs: z.object({ count, bytes: count, sha256: digest }),
});

export type Manifest = z.output<typeof schema>;

/** @throws RelayError `backup-unusable` */
export function parseManifest(text: string): Manifest {
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new RelayError('backup-unusable', `${MANIFEST} is not one of this version`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
