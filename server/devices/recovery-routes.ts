import { Router, json } from 'express';
import * as z from 'zod';
import type { ChainState } from '../../crypto/wire/chain.js';
import { MAX_CLAIM_BYTES, parseRecoveryRequest } from '../../crypto/wire/device-claims.js';
import { WireError } from '../../crypto/wire/error.js';
import { SIGNATURE_BYTES, verifySignature } from '../../crypto/wire/signature.js';
import { MAX_STATEMENT_BYTES, parseStatement } from '../../crypto/wire/statement.js';
import type { Directory } from '../directory/directory.js';
import { toBase64Url } from '../http/base64url.js';
import { bytes, exactBytes, integer, mailboxId } from '../http/fields.js';
import { Problem, notFound } from '../http/problem.js';
import { route } from '../http/route.js';
import type { Log } from '../log.js';

export interface RecoveryDeps {
  readonly directory: Pick<Directory, 'findByAddress' | 'statementsAfter' | 'append'>;
  readonly log: Log;
  readonly origin: () => string;
}

/** recover and epoch: no other two make a mailbox with one device and an epoch. */
const RECOVERY_STATEMENTS = 2;
const MAX_BODY_BYTES = 512 * 1024;
const PAGE_BYTES = 4 * 1024 * 1024;
const CLOCK_TOLERANCE_MS = 600_000;

const lookupBody = z.strictObject({
  request: bytes(MAX_CLAIM_BYTES),
  signature: exactBytes(SIGNATURE_BYTES),
  after: integer(0),
});
const recoverBody = z.strictObject({
  mailboxId,
  statements: z.array(bytes(MAX_STATEMENT_BYTES)).length(RECOVERY_STATEMENTS),
});

/** docs/spec/relay-api.md §12: for who has lost every device. No session: what is signed by the recovery key speaks for itself. */
export function recoveryRoutes({ directory, log, origin }: RecoveryDeps): Router {
  const router = Router();
  const body = json({ limit: MAX_BODY_BYTES });

  router.post(
    '/recoveries/lookup',
    body,
    route({ body: lookupBody }, async ({ body: { request, signature, after } }, response) => {
      const chain = await verifyRequest(directory, origin(), request, signature);
      const statements = await directory.statementsAfter(chain.mailboxId, after, PAGE_BYTES);
      response.json({ mailboxId: chain.mailboxId, statements: statements.map(toBase64Url), last: chain.seq });
    }),
  );
  router.post(
    '/recoveries',
    body,
    route({ body: recoverBody }, async ({ body: claimed }, response) => {
      assertRecovers(claimed.statements[0]);
      const seq = await directory.append(claimed.mailboxId, claimed.statements);
      log.warn({ audit: 'recovered' }, 'a mailbox was recovered');
      response.status(201).json({ seq });
    }),
  );
  return router;
}

/** An unknown address and a signature by other words get the same answer. @throws Problem `not-found` */
async function verifyRequest(
  directory: RecoveryDeps['directory'],
  origin: string,
  request: Uint8Array,
  signature: Uint8Array,
): Promise<ChainState> {
  try {
    const claimed = parseRecoveryRequest(request);
    const isNow = Math.abs(claimed.timeMs - Date.now()) <= CLOCK_TOLERANCE_MS;
    const chain = await directory.findByAddress(claimed.address);
    if (chain === null || claimed.origin !== origin || !isNow) throw notFound();
    verifySignature('recover', chain.recovery.sigKey, request, signature);
    return chain;
  } catch (error) {
    throw error instanceof WireError ? new Problem('not-found', { cause: error }) : error;
  }
}

/** Everything else in a chain needs a session. @throws Problem `statement-invalid` */
function assertRecovers(first: Uint8Array | undefined): void {
  try {
    if (first !== undefined && parseStatement(first).body.kind === 'recover') return;
  } catch (cause) {
    throw new Problem('statement-invalid', { cause });
  }
  throw new Problem('statement-invalid', { detail: 'kind' });
}
