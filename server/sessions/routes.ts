import { randomBytes } from 'node:crypto';
import { Router, json } from 'express';
import * as z from 'zod';
import { type AuthStatement, AUTH_NONCE_BYTES, parseAuth } from '../../crypto/wire/auth.js';
import { WireError } from '../../crypto/wire/error.js';
import { SIGNATURE_BYTES, verifySignature } from '../../crypto/wire/signature.js';
import { recordAudit } from '../audit/record.js';
import { type Sparing, createSparing } from '../audit/sparing.js';
import type { Database } from '../db/open.js';
import { inTransaction } from '../db/transaction.js';
import { toBase64Url } from '../http/base64url.js';
import { bytes, deviceId, exactBytes, mailboxId } from '../http/fields.js';
import { Problem } from '../http/problem.js';
import { route } from '../http/route.js';
import { findStanding } from './standing.js';
import { TOKEN_BYTES, digestOf } from './guard.js';
import { findSigningKey, insertChallenge, insertSession, takeChallenge } from './store.js';

export interface SessionDeps {
  readonly db: Database;
  /** What devices must have signed: a relay in between cannot pass a signature on. */
  readonly origin: () => string;
}

const MAX_AUTH_BYTES = 1024;
const MAX_BODY_BYTES = 16 * 1024;
/** Clocks in practices are off; the nonce is what makes a signature fresh. */
const CLOCK_TOLERANCE_MS = 600_000;

const challengeBody = z.strictObject({ mailboxId, deviceId });
const sessionBody = z.strictObject({ auth: bytes(MAX_AUTH_BYTES), signature: exactBytes(SIGNATURE_BYTES) });

/** docs/spec/relay-api.md §3. These two need no session. */
export function sessionRoutes({ db, origin }: SessionDeps): Router {
  const router = Router();
  const body = json({ limit: MAX_BODY_BYTES });
  const isRecorded = createSparing();

  router.post(
    '/sessions/challenges',
    body,
    route({ body: challengeBody }, async ({ body: claimed }, response) => {
      const nonce = randomBytes(AUTH_NONCE_BYTES);
      const expiresAt = await insertChallenge(db, { nonce, ...claimed });
      response.status(201).json({ nonce: toBase64Url(nonce), expiresAt });
    }),
  );

  router.post(
    '/sessions',
    body,
    route({ body: sessionBody }, async ({ body: { auth, signature } }, response) => {
      const { mailboxId: mailbox, deviceId: device } = await verifyAuth(db, origin(), auth, signature).catch(
        (error: unknown) => refuse(db, isRecorded, auth, error),
      );
      const token = randomBytes(TOKEN_BYTES);
      const expiresAt = await inTransaction(db, async (trx) => {
        await recordAudit(trx, { kind: 'signed-in', mailboxId: mailbox, deviceId: device });
        return insertSession(trx, digestOf(token), mailbox, device);
      });
      response.status(201).json({ token: toBase64Url(token), expiresAt });
    }),
  );
  return router;
}

/** Who was claimed is recorded only where there is such a device: others could write into the audit what they like. */
async function refuse(db: Database, isRecorded: Sparing, auth: Uint8Array, error: unknown): Promise<never> {
  if (!(error instanceof Problem)) throw error;
  const claimed = claimedBy(auth);
  const isKnown = claimed !== null && (await findSigningKey(db, claimed.mailboxId, claimed.deviceId)) !== null;
  const omitted = isKnown ? isRecorded() : null;
  if (claimed !== null && omitted !== null) {
    const { mailboxId: mailbox, deviceId: device } = claimed;
    await recordAudit(db, {
      kind: 'sign-in-refused',
      mailboxId: mailbox,
      deviceId: device,
      why: error.code === 'suspended' ? 'suspended' : 'challenge',
      omitted,
    });
  }
  throw error;
}

function claimedBy(auth: Uint8Array): AuthStatement | null {
  try {
    return parseAuth(auth);
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}

/** One answer for every reason, so that nothing can be learned by trying. @throws Problem `challenge-refused` */
async function verifyAuth(
  db: Database,
  origin: string,
  auth: Uint8Array,
  signature: Uint8Array,
): Promise<AuthStatement> {
  try {
    const claimed = parseAuth(auth);
    if (!(await takeChallenge(db, claimed))) throw new Problem('challenge-refused');
    if (claimed.origin !== origin || Math.abs(claimed.timeMs - Date.now()) > CLOCK_TOLERANCE_MS) {
      throw new Problem('challenge-refused');
    }
    const signingKey = await findSigningKey(db, claimed.mailboxId, claimed.deviceId);
    if (signingKey === null) throw new Problem('challenge-refused');
    verifySignature('auth', signingKey, auth, signature);
    // Only the device itself is told.
    if ((await findStanding(db, claimed.mailboxId, claimed.deviceId)) === 'suspended') throw new Problem('suspended');
    return claimed;
  } catch (error) {
    throw error instanceof WireError ? new Problem('challenge-refused') : error;
  }
}
