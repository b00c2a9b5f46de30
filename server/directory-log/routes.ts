import { type Response, Router } from 'express';
import * as z from 'zod';
import { LogError } from '../../crypto/log/error.js';
import { TILE_WIDTH, encodeEntryBundle, parseTilePath, tileWidthAt } from '../../crypto/log/tile.js';
import type { Database } from '../db/open.js';
import { decimal } from '../http/fields.js';
import { notFound } from '../http/problem.js';
import { route } from '../http/route.js';
import { cosignedNote, inSnapshot, proveConsistency, proveIndex, published } from './answer.js';
import { findIdentity, findTile, listEntries } from './store.js';

const HASH_BYTES = 32;
const index = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .transform((text) => Buffer.from(text, 'hex'));
const proofQuery = z.strictObject({ from: decimal(0).default(0) });
const consistencyQuery = z.strictObject({ from: decimal(1), to: decimal(1) });

/** docs/spec/directory.md §5: C2SP's tlog-tiles, for everybody, below `/log`. */
export function publicLogRoutes(db: Database): Router {
  const router = Router();
  router.get('/checkpoint', async (_request, response) => {
    const note = await inSnapshot(db, async (trx) => cosignedNote(trx, await published(trx)));
    sendText(response, note);
  });
  router.get('/policy', async (_request, response) => {
    const identity = await findIdentity(db);
    if (identity === null) throw notFound();
    sendText(response, identity.policy);
  });
  router.get('/tile/*path', async (request, response) => {
    const path = (request.params as { path: readonly string[] }).path.join('/');
    response.set('Cache-Control', 'public, max-age=31536000, immutable');
    response.type('application/octet-stream').send(Buffer.from(await readTile(db, path)));
  });
  return router;
}

function sendText(response: Response, text: Uint8Array): void {
  response.set('Cache-Control', 'no-cache').type('text/plain; charset=utf-8').send(Buffer.from(text));
}

/** Tiles of what is published, full or as wide as asked for. */
async function readTile(db: Database, path: string): Promise<Uint8Array> {
  const tile = parsePath(path);
  return inSnapshot(db, async (trx) => {
    const { size } = await published(trx);
    const there = tileWidthAt(tile.kind === 'entries' ? 0 : tile.level, tile.n, size);
    if (tile.width > there) throw notFound();
    if (tile.kind === 'entries') return encodeEntryBundle(await listEntries(trx, tile.n * TILE_WIDTH, tile.width));
    const hashes = await findTile(trx, tile.level, tile.n);
    if (hashes === null) throw notFound();
    return hashes.subarray(0, tile.width * HASH_BYTES);
  });
}

function parsePath(path: string): ReturnType<typeof parseTilePath> {
  try {
    return parseTilePath(path);
  } catch (cause) {
    if (cause instanceof LogError) throw notFound();
    throw cause;
  }
}

/** docs/spec/directory.md §8: for devices that are signed in, since a proof costs more than a file. */
export function logProofRoutes(db: Database): Router {
  const router = Router();
  router.get(
    '/log/proofs/:index',
    route({ params: z.strictObject({ index }), query: proofQuery }, async ({ params, query }, response) => {
      response.json(await inSnapshot(db, (trx) => proveIndex(trx, params.index, query.from)));
    }),
  );
  router.get(
    '/log/consistency',
    route({ query: consistencyQuery }, async ({ query }, response) => {
      response.json(await inSnapshot(db, (trx) => proveConsistency(trx, query.from, query.to)));
    }),
  );
  return router;
}
