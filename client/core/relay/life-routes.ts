import { type z } from 'zod';
import { type MessageId } from '../../../crypto/wire/ids.js';
import * as answer from './answer.js';
import { type Exchange } from './http.js';
import { nullIfNotFound } from './not-found.js';

/** What becomes of a message after it was posted (docs/spec/withdrawal.md). */
export interface LifeRelay {
  /** The same again gets the same answer. */
  withdraw(messageId: MessageId): Promise<WithdrawalAnswer>;
  /** Null for a message that is not withdrawn, or not the own mailbox's. */
  withdrawal(messageId: MessageId): Promise<WithdrawalAnswer | null>;
}

export type WithdrawalAnswer = z.infer<typeof answer.withdrawal>;

/** What of the relay's sessions and retries these routes need. */
interface Asking {
  json(request: Exchange): Promise<unknown>;
}

export function lifeRoutes(call: Asking): LifeRelay {
  const path = (messageId: MessageId): string => `/api/messages/${messageId}/withdrawal`;
  const ask = async (request: Exchange): Promise<WithdrawalAnswer> =>
    answer.parseAnswer(answer.withdrawal, await call.json(request));
  return {
    withdraw: (messageId) => ask({ method: 'POST', path: path(messageId) }),
    withdrawal: (messageId) => nullIfNotFound(() => ask({ method: 'GET', path: path(messageId) })),
  };
}
