import { WireError } from '../../crypto/wire/error.js';
import { type MailboxId, parseDeviceId } from '../../crypto/wire/ids.js';
import { recordAudit } from '../audit/record.js';
import type { Database, Transaction } from '../db/open.js';
import { inTransaction } from '../db/transaction.js';
import { RelayError } from '../error.js';
import { publishDeviceRevoked } from '../hints/events.js';
import {
  type MailboxSummary,
  type PracticeSummary,
  emptyPractice,
  findPracticeByName,
  listDevicesOf,
  listMailboxes,
  listOver,
  listPractices,
  updateClosing,
  updateDeviceSuspended,
  updateMailboxSuspended,
  updateReopened,
  updateSuspended,
} from './store.js';

export type { MailboxSummary, PracticeSummary };
export { listMailboxes, listPractices };

/** What the operator decides about practices, mailboxes and devices; each is recorded with what it did. */

async function locked(trx: Transaction, name: string): Promise<number> {
  const practiceId = await findPracticeByName(trx, name.normalize('NFC').trim());
  if (practiceId === null) throw new RelayError('practice-unknown', `no practice is called ${JSON.stringify(name)}`);
  return practiceId;
}

/** Its devices can do nothing until it is resumed; what is sent to it waits. @throws RelayError `practice-unknown` */
export async function suspendPractice(db: Database, name: string): Promise<void> {
  await inTransaction(db, async (trx) => {
    const practiceId = await locked(trx, name);
    await updateSuspended(trx, practiceId, true);
    await disconnect(trx, practiceId);
    await recordAudit(trx, { kind: 'practice-suspended', practiceId });
  });
}

/** Also takes a closing back while its time of grace goes on. @throws RelayError `practice-unknown`, `practice-closed` */
export async function resumePractice(db: Database, name: string): Promise<void> {
  await inTransaction(db, async (trx) => {
    const practiceId = await locked(trx, name);
    if (!(await updateReopened(trx, practiceId))) throw new RelayError('practice-closed', 'it has closed for good');
    await updateSuspended(trx, practiceId, false);
    await recordAudit(trx, { kind: 'practice-resumed', practiceId });
  });
}

/** From now on it reads only, and nothing is sent to it; after `days` all that it had is gone. @returns when */
export async function closePractice(db: Database, name: string, days: number): Promise<Date> {
  return inTransaction(db, async (trx) => {
    const practiceId = await locked(trx, name);
    if (!(await updateReopened(trx, practiceId))) throw new RelayError('practice-closed', 'it has closed already');
    const endsAt = await updateClosing(trx, practiceId, days);
    await recordAudit(trx, { kind: 'practice-closing', practiceId, endsAt: endsAt.toISOString() });
    return endsAt;
  });
}

/** Housekeeping. @returns how many practices have closed */
export async function closePractices(db: Database): Promise<number> {
  return inTransaction(db, async (trx) => {
    const over = await listOver(trx);
    for (const practiceId of over) {
      await emptyPractice(trx, practiceId);
      await disconnect(trx, practiceId);
      await recordAudit(trx, { kind: 'practice-closed', practiceId });
    }
    return over.length;
  });
}

async function disconnect(trx: Transaction, practiceId: number): Promise<void> {
  for (const { mailboxId, deviceId } of await listDevicesOf(trx, practiceId)) {
    await publishDeviceRevoked(trx, { mailboxId, deviceId: parseDeviceId(deviceId) });
  }
}

export interface MailboxChange {
  readonly address: string;
  /** Null for the whole mailbox. */
  readonly deviceId: string | null;
  readonly to: 'suspended' | 'active';
}

/** @throws RelayError `mailbox-unknown` */
export async function changeMailbox(db: Database, { address, deviceId, to }: MailboxChange): Promise<void> {
  const isSuspended = to === 'suspended';
  await inTransaction(db, async (trx) => {
    const [found] = await listMailboxes(trx, address);
    if (found === undefined) throw new RelayError('mailbox-unknown', `no mailbox ${JSON.stringify(address)}`);
    if (deviceId !== null) return changeDevice(trx, found.mailboxId, deviceId, isSuspended);
    await updateMailboxSuspended(trx, address, isSuspended);
    await recordAudit(trx, {
      kind: isSuspended ? 'mailbox-suspended' : 'mailbox-resumed',
      mailboxId: found.mailboxId,
    });
    for (const device of found.devices) {
      if (isSuspended)
        await publishDeviceRevoked(trx, { mailboxId: found.mailboxId, deviceId: parseDeviceId(device.deviceId) });
    }
  });
}

async function changeDevice(trx: Transaction, mailboxId: MailboxId, text: string, isSuspended: boolean): Promise<void> {
  const deviceId = deviceFrom(text);
  if (!(await updateDeviceSuspended(trx, mailboxId, deviceId, isSuspended))) {
    throw new RelayError('mailbox-unknown', 'the mailbox has no such device');
  }
  await recordAudit(trx, { kind: isSuspended ? 'device-suspended' : 'device-resumed', mailboxId, deviceId });
  if (isSuspended) await publishDeviceRevoked(trx, { mailboxId, deviceId });
}

function deviceFrom(text: string) {
  try {
    return parseDeviceId(text);
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new RelayError('mailbox-unknown', 'not the id of a device', { cause });
  }
}
