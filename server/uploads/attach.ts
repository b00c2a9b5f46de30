import type { MailboxId, MessageId, PayloadId } from '../../crypto/wire/ids.js';
import type { PayloadHeader } from '../../crypto/wire/payload.js';
import type { Transaction } from '../db/open.js';
import { Problem, notFound } from '../http/problem.js';
import {
  extendPayload,
  findPayload,
  grantAccess,
  insertMessagePayloads,
  insertPayload,
  isOver,
  lockPayload,
} from './payload-store.js';

export interface AttachRequest {
  readonly senderMailboxId: MailboxId;
  readonly messageId: MessageId;
  readonly recipients: readonly MailboxId[];
  readonly payloads: readonly { readonly header: PayloadHeader; readonly sizeBound: number }[];
  readonly reuse: readonly PayloadId[];
  readonly expiresAt: Date;
}

/**
 * Opens the uploads of a message and grants its recipients the payloads that it uses again.
 * @throws Problem `conflict` for a header that was posted before (attack A28), `not-found` for a payload that is not the sender's to pass on
 */
export async function attachPayloads(trx: Transaction, request: AttachRequest): Promise<void> {
  const { senderMailboxId, messageId, expiresAt } = request;
  const parties = [...new Set([senderMailboxId, ...request.recipients])];
  const numbers: number[] = [];
  for (const { header, sizeBound } of request.payloads) {
    const payload = { header, sizeBound, creatorMailboxId: senderMailboxId, messageId, expiresAt };
    const number = await insertPayload(trx, payload);
    if (number === null) throw new Problem('conflict', { detail: 'a payload header is used once' });
    numbers.push(number);
  }
  for (const payloadId of request.reuse) numbers.push(await reusable(trx, payloadId, senderMailboxId));
  if (new Set(numbers).size !== numbers.length) throw new Problem('request-invalid', { fields: ['reuse'] });
  for (const number of [...numbers].sort((a, b) => a - b)) {
    await extendPayload(trx, number, expiresAt);
    await grantAccess(trx, number, parties, expiresAt);
  }
  await insertMessagePayloads(trx, senderMailboxId, messageId, numbers);
}

async function reusable(trx: Transaction, payloadId: PayloadId, senderMailboxId: MailboxId): Promise<number> {
  const payload = await findPayload(trx, payloadId, senderMailboxId);
  if (payload === null) throw notFound();
  // Under the lock: its bytes do not go while its time is made longer.
  await lockPayload(trx, payload.number);
  if (payload.hasExpired || (await isOver(trx, payload.number))) throw new Problem('gone');
  return payload.number;
}
