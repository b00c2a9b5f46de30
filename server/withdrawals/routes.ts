import { Router } from 'express';
import * as z from 'zod';
import { toBase64Url } from '../http/base64url.js';
import { messageId } from '../http/fields.js';
import { route } from '../http/route.js';
import { sessionOf } from '../sessions/session.js';
import { type WithdrawDeps, type Withdrawal, withdraw, withdrawalOf } from './withdraw.js';

const params = z.strictObject({ messageId });

/** docs/spec/withdrawal.md §1. Only the mailbox that sent a message withdraws it, and only it is told what became of that. */
export function withdrawalRoutes(deps: WithdrawDeps): Router {
  const router = Router();
  router.post(
    '/messages/:messageId/withdrawal',
    route({ params }, async ({ params: { messageId: id } }, response) => {
      response.json(answerOf(await withdraw(deps, sessionOf(response), id)));
    }),
  );
  router.get(
    '/messages/:messageId/withdrawal',
    route({ params }, async ({ params: { messageId: id } }, response) => {
      response.json(answerOf(await withdrawalOf(deps, sessionOf(response), id)));
    }),
  );
  return router;
}

function answerOf({ withdrawnAt, recipients }: Withdrawal) {
  return {
    withdrawnAt,
    recipients: recipients.map(({ mailboxId, state, testimony }) => ({
      mailboxId,
      state,
      testimony: testimony === null ? null : toBase64Url(testimony),
    })),
  };
}
