import { type z } from 'zod';
import { type MailboxId, type MessageId } from '../../../crypto/wire/ids.js';
import * as answer from './answer.js';
import { type Exchange } from './http.js';
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

/** What of the relay's sessions and retries these routes need. */
interface Asking {
  json(request: Exchange): Promise<unknown>;
  nothing(request: Exchange): Promise<void>;
}

export function lifeRoutes(call: Asking): LifeRelay {
  const path = (messageId: MessageId): string => `/api/messages/${messageId}/withdrawal`;
  const ask = async (request: Exchange): Promise<WithdrawalAnswer> =>
    answer.parseAnswer(answer.withdrawal, await call.json(request));
  return {
    withdraw: (messageId) => ask({ method: 'POST', path: path(messageId) }),
    withdrawal: (messageId) => nullIfNotFound(() => ask({ method: 'GET', path: path(messageId) })),
    urgent: () =>
      nullIfNotFound(async () =>
        answer.parseAnswer(answer.urgent, await call.json({ method: 'GET', path: '/api/urgent' })),
      ),
    limits: () =>
      nullIfNotFound(async () =>
        answer.parseAnswer(answer.limits, await call.json({ method: 'GET', path: '/api/limits' })),
      ),
    deputies: async () => {
      const found = await call.json({ method: 'GET', path: '/api/deputies' });
      return answer.parseAnswer(answer.deputies, found).deputies;
    },
    setDeputies: (deputies) => call.nothing({ method: 'PUT', path: '/api/deputies', json: { deputies } }),
  };
}
