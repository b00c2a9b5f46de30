import { type RequestHandler, Router } from 'express';
import * as z from 'zod';
import { decimal, mailboxId } from '../http/fields.js';
import { route } from '../http/route.js';
import { sessionOf } from '../sessions/session.js';
import { type ConsentDeps, setPermission, setPolicy } from './consent.js';
import { findPolicy, listContacts } from './store.js';

export interface ContactDeps extends ConsentDeps {
  readonly jsonBody: RequestHandler;
}

const listQuery = z.strictObject({ after: mailboxId.optional(), limit: decimal(1, 1_000).default(200) });
const policyBody = z.strictObject({ policy: z.enum(['all', 'verified', 'known']) });
const contactBody = z.strictObject({ permission: z.enum(['allowed', 'denied', 'none']) });

/** docs/spec/relay-api.md §9. Everything here is about the own mailbox. */
export function contactRoutes(deps: ContactDeps): Router {
  const { db, jsonBody } = deps;
  const router = Router();

  router.get(
    '/contacts',
    route({ query: listQuery }, async ({ query }, response) => {
      const own = sessionOf(response).mailboxId;
      const found = await listContacts(db, own, query.after ?? null, query.limit + 1);
      const contacts = found.slice(0, query.limit);
      const next = found.length > query.limit ? (contacts.at(-1)?.mailboxId ?? null) : null;
      response.json({ policy: await findPolicy(db, own), contacts, next });
    }),
  );

  router.put(
    '/contacts/policy',
    jsonBody,
    route({ body: policyBody }, async ({ body }, response) => {
      await setPolicy(deps, sessionOf(response), body.policy);
      response.status(204).end();
    }),
  );

  router.put(
    '/contacts/:mailboxId',
    jsonBody,
    route({ params: z.strictObject({ mailboxId }), body: contactBody }, async ({ params, body }, response) => {
      await setPermission(deps, sessionOf(response), params.mailboxId, body.permission);
      response.status(204).end();
    }),
  );
  return router;
}
