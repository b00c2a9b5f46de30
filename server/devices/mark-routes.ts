import { type RequestHandler, Router } from 'express';
import * as z from 'zod';
import { MAX_CLAIM_BYTES, type KeystoreMark, parseKeystoreMark } from '../../crypto/wire/device-claims.js';
import { WireError } from '../../crypto/wire/error.js';
import { SIGNATURE_BYTES, verifySignature } from '../../crypto/wire/signature.js';
import type { Database } from '../db/open.js';
import type { Directory } from '../directory/directory.js';
import { toBase64Url } from '../http/base64url.js';
import { bytes, exactBytes } from '../http/fields.js';
import { Problem, notFound } from '../http/problem.js';
import { route } from '../http/route.js';
import { type Session, sessionOf } from '../sessions/session.js';
import { type SignedMark, findMark, keepNewestMark } from './mark-store.js';

export interface MarkDeps {
  readonly db: Database;
  readonly directory: Pick<Directory, 'findChain'>;
  readonly jsonBody: RequestHandler;
}

const markBody = z.strictObject({ mark: bytes(MAX_CLAIM_BYTES), signature: exactBytes(SIGNATURE_BYTES) });

/** docs/spec/relay-api.md §11: the newest mark of the own device's keystore. */
export function markRoutes({ db, directory, jsonBody }: MarkDeps): Router {
  const router = Router();

  router.put(
    '/keystore-mark',
    jsonBody,
    route({ body: markBody }, async ({ body }, response) => {
      const claimed = await verifyMark(directory, body, sessionOf(response));
      if (!(await keepNewestMark(db, body, claimed))) throw new Problem('conflict');
      response.status(201).json({ version: claimed.version });
    }),
  );
  router.get(
    '/keystore-mark',
    route({}, async (_input, response) => {
      const { mailboxId, deviceId } = sessionOf(response);
      const found = await findMark(db, mailboxId, deviceId);
      if (found === null) throw notFound();
      response.json({ mark: toBase64Url(found.mark), signature: toBase64Url(found.signature) });
    }),
  );
  return router;
}

/** @throws Problem `request-invalid` for a mark of another device, or with another key */
async function verifyMark(
  directory: Pick<Directory, 'findChain'>,
  { mark, signature }: SignedMark,
  session: Session,
): Promise<KeystoreMark> {
  try {
    const claimed = parseKeystoreMark(mark);
    const chain = await directory.findChain(session.mailboxId);
    const device = chain?.devices.get(session.deviceId);
    const isOwn = claimed.mailboxId === session.mailboxId && claimed.deviceId === session.deviceId;
    if (device === undefined || !isOwn) throw new Problem('request-invalid', { fields: ['mark'] });
    verifySignature('keystore', device.sigKey, mark, signature);
    return claimed;
  } catch (error) {
    if (error instanceof WireError) throw new Problem('request-invalid', { fields: ['mark'], cause: error });
    throw error;
  }
}
