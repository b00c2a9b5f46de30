import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { isNotFound, privateFolder, replaceFile } from '../../node/durable.js';

/** Keys of the programs that talk to the gateway: each has its own, with what it may do, and can be ended alone. */

export const SCOPES = [
  'messages:read',
  'messages:send',
  'directory',
  'images:read',
  'images:store',
  'pacs',
  'imports',
  'deidentify',
  'webhooks',
  'status',
] as const;
export type Scope = (typeof SCOPES)[number];

export interface ApiKey {
  readonly id: string;
  /** What the administrator calls it. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: string;
  readonly revokedAt: string | null;
}

const rowSchema = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  createdAt: z.string(),
  revokedAt: z.string().nullable(),
  /** SHA-256 of the whole key, hex. It has 256 random bits: a slow hash would only slow the gateway. */
  hash: z.string(),
});
type Row = z.infer<typeof rowSchema>;
const fileSchema = z.object({ format: z.literal(1), keys: z.array(rowSchema) });

const PREFIX = 'bbk';
const ID_BYTES = 6;
const SECRET_BYTES = 32;
const TOKEN = /^bbk_([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/;
const FILE = 'keys.json';

export interface KeyFolder {
  list(): Promise<ApiKey[]>;
  /** @returns the key's text, which nobody can say again */
  add(name: string, scopes: readonly Scope[]): Promise<{ readonly key: ApiKey; readonly token: string }>;
  /** @returns null when there is no such key */
  revoke(id: string): Promise<ApiKey | null>;
  /** The key that `token` is, unless it was revoked. */
  find(token: string): Promise<ApiKey | null>;
}

/**
 * Keys in `FOLDER/keys.json`. The command line changes the file while the gateway runs: whoever asks looks whether it has
 * changed, so that a revoked key ends with the next request.
 */
export function openKeys(folder: string, now: () => number = Date.now): KeyFolder {
  const path = join(folder, FILE);
  let known: { readonly stamp: string; readonly rows: readonly Row[] } = { stamp: '', rows: [] };

  async function rows(): Promise<readonly Row[]> {
    const stamp = await stampOf(path);
    if (stamp !== known.stamp) known = { stamp, rows: stamp === '' ? [] : await load(path) };
    return known.rows;
  }

  async function save(next: readonly Row[]): Promise<void> {
    await privateFolder(folder);
    await replaceFile(path, Buffer.from(`${JSON.stringify({ format: 1, keys: next }, null, 2)}\n`));
    known = { stamp: '', rows: [] };
  }

  return {
    list: async () => (await rows()).map(publicKey),
    async add(name, scopes) {
      const id = randomBytes(ID_BYTES).toString('hex');
      const token = `${PREFIX}_${id}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
      const createdAt = new Date(now()).toISOString();
      const row: Row = {
        id,
        name,
        scopes: [...scopes],
        createdAt,
        revokedAt: null,
        hash: hashOf(token).toString('hex'),
      };
      await save([...(await rows()), row]);
      return { key: publicKey(row), token };
    },
    async revoke(id) {
      const all = await rows();
      const row = all.find((one) => one.id === id);
      if (row === undefined) return null;
      const revoked = { ...row, revokedAt: row.revokedAt ?? new Date(now()).toISOString() };
      await save(all.map((one) => (one.id === id ? revoked : one)));
      return publicKey(revoked);
    },
    async find(token) {
      const id = TOKEN.exec(token)?.[1];
      const row = (await rows()).find((one) => one.id === id);
      const isSame = row !== undefined && timingSafeEqual(hashOf(token), Buffer.from(row.hash, 'hex'));
      return isSame && row.revokedAt === null ? publicKey(row) : null;
    },
  };
}

function publicKey({ id, name, scopes, createdAt, revokedAt }: Row): ApiKey {
  return { id, name, scopes, createdAt, revokedAt };
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Changes with every replacement: a new file has another inode. */
async function stampOf(path: string): Promise<string> {
  try {
    const { ino, mtimeMs, size } = await stat(path);
    return `${ino} ${mtimeMs} ${size}`;
  } catch (error) {
    if (isNotFound(error)) return '';
    throw error;
  }
}

async function load(path: string): Promise<readonly Row[]> {
  return fileSchema.parse(JSON.parse(await readFile(path, 'utf8'))).keys;
}
