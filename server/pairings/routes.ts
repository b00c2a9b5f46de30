import { createHash } from 'node:crypto';
import { type RequestHandler, Router, json } from 'express';
import * as z from 'zod';
import { equalBytes } from '../../crypto/wire/bytes.js';
import { recordAudit } from '../audit/record.js';
import type { Database } from '../db/open.js';
import { inTransaction } from '../db/transaction.js';
import { toBase64Url } from '../http/base64url.js';
import { bytes, exactBytes, integer } from '../http/fields.js';
import { Problem, notFound } from '../http/problem.js';
import { route } from '../http/route.js';
import { sessionOf } from '../sessions/session.js';
import {
  type PairingSender,
  endPairing,
  findBlob,
  insertBlob,
  isOpenPairing,
  isOwnPairing,
  openPairing,
} from './store.js';

export interface PairingDeps {
  readonly db: Database;
  readonly jsonBody: RequestHandler;
}

const MAX_OFFER_BYTES = 1024 * 1024;
const MAX_OFFERS = 64;
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_ANSWERS = 2;
const MAX_PUBLIC_BODY = 96 * 1024;

// Ids travel in bodies: paths are written into the logs of proxies.
const pairingId = exactBytes(32);
const openBody = z.strictObject({ pairingId });
const offerBody = z.strictObject({ pairingId, n: integer(0, MAX_OFFERS - 1), blob: bytes(MAX_OFFER_BYTES) });
const answerBody = z.strictObject({ pairingId, n: integer(0, MAX_ANSWERS - 1), blob: bytes(MAX_ANSWER_BYTES) });
const readBody = z.strictObject({
  pairingId,
  sender: z.enum(['admin', 'device']),
  n: integer(0, MAX_OFFERS - 1),
});

/** docs/spec/relay-api.md §10: what the device without a session may do; it knows the id, or there is nothing. */
export function publicPairingRoutes({ db }: Pick<PairingDeps, 'db'>): Router {
  const router = Router();
  const body = json({ limit: MAX_PUBLIC_BODY });

  router.post(
    '/pairings/read',
    body,
    route({ body: readBody }, async ({ body: { pairingId: id, sender, n } }, response) => {
      const blob = await findBlob(db, digestOf(id), { sender, n });
      if (blob === null) throw notFound();
      response.json({ blob: toBase64Url(blob) });
    }),
  );
  router.post(
    '/pairings/answers',
    body,
    route({ body: answerBody }, async ({ body: { pairingId: id, n, blob } }, response) => {
      const digest = digestOf(id);
      if (!(await isOpenPairing(db, digest))) throw notFound();
      await put(db, digest, { sender: 'device', n }, blob);
      response.status(201).json({});
    }),
  );
  return router;
}

/** docs/spec/relay-api.md §10: what the device that opened the pairing may do. */
export function pairingRoutes({ db, jsonBody }: PairingDeps): Router {
  const router = Router();

  router.post(
    '/pairings',
    jsonBody,
    route({ body: openBody }, async ({ body }, response) => {
      const owner = sessionOf(response);
      const { mailboxId, deviceId } = owner;
      const expiresAt = await inTransaction(db, async (trx) => {
        const opened = await openPairing(trx, digestOf(body.pairingId), owner);
        if (opened !== null) await recordAudit(trx, { kind: 'pairing-opened', mailboxId, deviceId });
        return opened;
      });
      if (expiresAt === null) throw new Problem('conflict');
      response.status(201).json({ expiresAt });
    }),
  );
  router.post(
    '/pairings/offers',
    jsonBody,
    route({ body: offerBody }, async ({ body: { pairingId: id, n, blob } }, response) => {
      const digest = digestOf(id);
      if (!(await isOwnPairing(db, digest, sessionOf(response)))) throw notFound();
      await put(db, digest, { sender: 'admin', n }, blob);
      response.status(201).json({});
    }),
  );
  router.post(
    '/pairings/end',
    jsonBody,
    route({ body: openBody }, async ({ body }, response) => {
      const digest = digestOf(body.pairingId);
      const { mailboxId, deviceId } = sessionOf(response);
      if (!(await isOwnPairing(db, digest, { mailboxId, deviceId }))) throw notFound();
      await inTransaction(db, async (trx) => {
        await endPairing(trx, digest);
        await recordAudit(trx, { kind: 'pairing-ended', mailboxId, deviceId });
      });
      response.status(204).end();
    }),
  );
  return router;
}

/** The database never holds what lets somebody into a pairing. */
function digestOf(id: Uint8Array): Buffer {
  return createHash('sha256').update(id).digest();
}

/** The first bytes at a place stay; the same again is the same answer. @throws Problem `conflict`, `not-found` */
async function put(
  db: Database,
  digest: Buffer,
  place: { readonly sender: PairingSender; readonly n: number },
  blob: Uint8Array,
): Promise<void> {
  if (blob.length === 0) throw new Problem('request-invalid', { fields: ['blob'] });
  const stored = await insertBlob(db, digest, place, blob);
  if (stored === null) throw notFound();
  if (!equalBytes(stored, blob)) throw new Problem('conflict');
}
