import { type RequestHandler, Router } from 'express';
import * as z from 'zod';
import type { RegistrarId } from '../../crypto/wire/ids.js';
import { encodeExcerpt } from '../../crypto/wire/excerpt.js';
import { MAX_STATEMENT_BYTES } from '../../crypto/wire/statement.js';
import type { Database } from '../db/open.js';
import { toBase64Url } from '../http/base64url.js';
import { address, bytes, decimal, mailboxId, text } from '../http/fields.js';
import { notFound } from '../http/problem.js';
import { route } from '../http/route.js';
import { sessionOf } from '../sessions/session.js';
import type { Directory } from './directory.js';
import { searchEntries } from './attestation-store.js';
import { readExcerpt } from './excerpt.js';
import { findLastStatementSeq, findMailboxByAddress, listStatements } from './store.js';

export interface DirectoryDeps {
  readonly db: Database;
  readonly directory: Directory;
  readonly jsonBody: RequestHandler;
  readonly registrars: readonly RegistrarId[];
}

const MAX_PAGE = 200;
const MAX_QUERY = 200;
const STATEMENTS_PAGE_BYTES = 4 * 1024 * 1024;
const MAX_APPENDED = 32;

const searchQuery = z.strictObject({
  query: text(MAX_QUERY).default(''),
  limit: decimal(1, MAX_PAGE).default(50),
  after: text(254).default(''),
});
const excerptQuery = z.strictObject({ seen: decimal(0).default(0) });
const listQuery = z.strictObject({ after: decimal(0).default(0) });
const appendBody = z.strictObject({ statements: z.array(bytes(MAX_STATEMENT_BYTES)).min(1).max(MAX_APPENDED) });

/** docs/spec/relay-api.md §4 */
export function directoryRoutes({ db, directory, jsonBody, registrars }: DirectoryDeps): Router {
  const router = Router();

  router.get(
    '/directory',
    route({ query: searchQuery }, async ({ query }, response) => {
      const found = await searchEntries(db, { ...query, limit: query.limit + 1, registrars });
      const entries = found.slice(0, query.limit);
      response.json({ entries, next: found.length > query.limit ? (entries.at(-1)?.address ?? null) : null });
    }),
  );

  router.get(
    '/directory/addresses/:address',
    route({ params: z.strictObject({ address }) }, async ({ params }, response) => {
      const found = await findMailboxByAddress(db, params.address);
      if (found === null) throw notFound();
      response.json({ mailboxId: found });
    }),
  );

  router.get(
    '/mailboxes/:mailboxId/statements',
    route({ params: z.strictObject({ mailboxId }), query: listQuery }, async ({ params, query }, response) => {
      const last = await findLastStatementSeq(db, params.mailboxId);
      if (last === null) throw notFound();
      const statements = await listStatements(db, params.mailboxId, query.after, STATEMENTS_PAGE_BYTES);
      response.json({ statements: statements.map(toBase64Url), last });
    }),
  );

  router.get(
    '/mailboxes/:mailboxId/excerpt',
    route({ params: z.strictObject({ mailboxId }), query: excerptQuery }, async ({ params, query }, response) => {
      const excerpt = await readExcerpt(db, params.mailboxId, query.seen);
      response.type('application/octet-stream').send(Buffer.from(encodeExcerpt(excerpt)));
    }),
  );

  router.post(
    '/mailboxes/:mailboxId/statements',
    jsonBody,
    route({ params: z.strictObject({ mailboxId }), body: appendBody }, async ({ params, body }, response) => {
      if (params.mailboxId !== sessionOf(response).mailboxId) throw notFound();
      const seq = await directory.append(params.mailboxId, body.statements);
      response.status(201).json({ seq });
    }),
  );
  return router;
}
