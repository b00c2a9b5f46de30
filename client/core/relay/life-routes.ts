import { type z } from 'zod';
import { type MailboxId, type MessageId } from '../../../crypto/wire/ids.js';
import * as answer from './answer.js';
import { type Asking, ask, tell } from './asking.js';
import { nullIfNotFound } from './not-found.js';

/** What becomes of a message after it was posted (docs/spec/withdrawal.md). */
export interface LifeRelay {
  /** The same again gets the same answer. */
  withdraw(messageId: MessageId): Promise<WithdrawalAnswer>;
  /** Null for a message that is not withdrawn, or not the own mailbox's. */
  withdrawal(messageId: MessageId): Promise<WithdrawalAnswer | null>;
  /** What waits for a person, here, where this mailbox stands in, and at recipients. Null from a relay that does not know it. */
  urgent(): Promise<UrgentAnswer | null>;
  deputies(): Promise<MailboxId[]>;
  /** Null from a relay that does not say. */
  limits(): Promise<LimitsAnswer | null>;
  setDeputies(deputies: readonly MailboxId[]): Promise<void>;
}

export type WithdrawalAnswer = z.infer<typeof answer.withdrawal>;
export type LimitsAnswer = z.infer<typeof answer.limits>;
export type UrgentAnswer = z.infer<typeof answer.urgent>;

export function lifeRoutes(call: Asking): LifeRelay {
  return {
    withdraw: (messageId) =>
      ask(call, 'POST /api/messages/{messageId}/withdrawal', answer.withdrawal, { path: { messageId } }),
    withdrawal: (messageId) =>
      nullIfNotFound(() =>
        ask(call, 'GET /api/messages/{messageId}/withdrawal', answer.withdrawal, { path: { messageId } }),
      ),
    urgent: () => nullIfNotFound(() => ask(call, 'GET /api/urgent', answer.urgent, {})),
    limits: () => nullIfNotFound(() => ask(call, 'GET /api/limits', answer.limits, {})),
    deputies: async () => (await ask(call, 'GET /api/deputies', answer.deputies, {})).deputies,
    setDeputies: (deputies) => tell(call, 'PUT /api/deputies', { json: { deputies } }),
  };
}
