import type { Response } from 'express';
import type { PayloadId } from '../../crypto/wire/ids.js';
import { recordAudit } from '../audit/record.js';
import { createFirstInAnHour } from '../audit/sparing.js';
import type { Database } from '../db/open.js';
import { sessionOf } from '../sessions/session.js';

/** Writes down, once an hour, that a device reads a payload: whichever way the bytes take. */
export function createReadNote(db: Database): (response: Response, id: PayloadId) => Promise<void> {
  const isFirstRead = createFirstInAnHour();
  return async (response, payloadId) => {
    const { mailboxId, deviceId } = sessionOf(response);
    if (!isFirstRead(`${payloadId} ${mailboxId} ${deviceId}`)) return;
    await recordAudit(db, { kind: 'payload-read', mailboxId, deviceId, payloadId });
  };
}
