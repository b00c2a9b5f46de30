import * as z from 'zod';
import type { DeviceId, MailboxId, PayloadId } from '../../crypto/wire/ids.js';
import type { Transaction } from '../db/open.js';
import { deviceId, mailboxId, payloadId } from '../http/fields.js';

/**
 * What nodes of a relay tell each other, by NOTIFY inside the transaction that makes it true: sent when it commits, never
 * when it does not. Numbers only; whoever hears it asks for the content.
 */
export const CHANNEL = 'bildbote_events';

export interface DeliveryEvent {
  readonly mailboxId: MailboxId;
  readonly seq: number;
}

export interface TallyEvent {
  readonly payloadId: PayloadId;
  readonly seq: number;
}

export interface DeviceEvent {
  readonly mailboxId: MailboxId;
  readonly deviceId: DeviceId;
}

/** A recipient has let a held message through, or refused it: its sender asks what became of it. */
export interface ConsentEvent {
  readonly mailboxId: MailboxId;
}

/** Something urgent has gone a step further, or is over. */
export interface UrgentEvent {
  readonly mailboxId: MailboxId;
}

const seq = z.number().int().min(1);
const eventSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('delivery'), mailboxId, seq }),
  z.strictObject({ kind: z.literal('tally'), payloadId, seq }),
  z.strictObject({ kind: z.literal('device-revoked'), mailboxId, deviceId }),
  z.strictObject({ kind: z.literal('consent'), mailboxId }),
  z.strictObject({ kind: z.literal('urgent'), mailboxId }),
]);
export type RelayEvent = z.output<typeof eventSchema>;

/** @returns null for what this version does not know: nodes of two versions may run side by side */
export function parseEvent(text: string): RelayEvent | null {
  try {
    return eventSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

export async function publishDelivery(trx: Transaction, event: DeliveryEvent): Promise<void> {
  await notify(trx, { kind: 'delivery', ...event });
}

export async function publishTally(trx: Transaction, event: TallyEvent): Promise<void> {
  await notify(trx, { kind: 'tally', ...event });
}

export async function publishDeviceRevoked(trx: Transaction, event: DeviceEvent): Promise<void> {
  await notify(trx, { kind: 'device-revoked', ...event });
}

export async function publishConsent(trx: Transaction, event: ConsentEvent): Promise<void> {
  await notify(trx, { kind: 'consent', ...event });
}

export async function publishUrgent(trx: Transaction, event: UrgentEvent): Promise<void> {
  await notify(trx, { kind: 'urgent', ...event });
}

async function notify(trx: Transaction, event: RelayEvent): Promise<void> {
  await trx.raw('select pg_notify(?, ?)', [CHANNEL, JSON.stringify(event)]);
}
