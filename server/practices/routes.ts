import { Router, json } from 'express';
import * as z from 'zod';
import { MAX_STATEMENT_BYTES } from '../../crypto/wire/statement.js';
import { bytes, exactBytes } from '../http/fields.js';
import { Problem } from '../http/problem.js';
import { route } from '../http/route.js';
import { ENROLMENT_STATEMENTS, type EnrolDeps, enrol } from './enrol.js';
import { INVITATION_BYTES, invitationDigest } from './invite.js';
import { findInvitation } from './store.js';

const MAX_BODY_BYTES = 256 * 1024;

const invitation = exactBytes(INVITATION_BYTES);
const enrolmentBody = z.strictObject({
  invitation,
  statements: z.array(bytes(MAX_STATEMENT_BYTES)).length(ENROLMENT_STATEMENTS),
});

/** docs/spec/relay-api.md §2. These two need no session: the token is what lets in. */
export function practiceRoutes(deps: EnrolDeps): Router {
  const router = Router();
  const body = json({ limit: MAX_BODY_BYTES });

  router.post(
    '/invitations/lookup',
    body,
    route({ body: z.strictObject({ invitation }) }, async ({ body: claimed }, response) => {
      const found = await findInvitation(deps.db, invitationDigest(claimed.invitation));
      if (found === null) throw new Problem('invitation-unknown');
      if (found.used !== null) throw new Problem('invitation-used');
      if (found.hasExpired) throw new Problem('invitation-expired');
      response.json({ address: found.address, practiceName: found.practiceName, expiresAt: found.expiresAt });
    }),
  );

  router.post(
    '/enrolments',
    body,
    route({ body: enrolmentBody }, async ({ body: claimed }, response) => {
      response.status(201).json(await enrol(deps, claimed.invitation, claimed.statements));
    }),
  );
  return router;
}
