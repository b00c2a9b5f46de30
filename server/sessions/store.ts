import { type DeviceId, type MailboxId, deviceIdFrom, mailboxIdFrom } from '../../crypto/wire/ids.js';
import type { Database, Transaction } from '../db/open.js';
import { idColumn, toBuffer } from '../db/sql.js';
import type { ChallengeRow, DeviceRow, SessionRow } from '../tables.js';
import { STANDING, type Standing } from './standing.js';
import type { Session } from './session.js';

type Db = Database | Transaction;

const CHALLENGE_LIFETIME = '60 seconds';
const SESSION_LIFETIME = '15 minutes';

export interface Challenge {
  readonly nonce: Uint8Array;
  readonly mailboxId: MailboxId;
  readonly deviceId: DeviceId;
}

/** @returns when it expires */
export async function insertChallenge(db: Db, challenge: Challenge): Promise<Date> {
  const [row] = await db<ChallengeRow>('challenges')
    .insert({
      nonce: toBuffer(challenge.nonce),
      mailbox_id: idColumn(challenge.mailboxId),
      device_id: idColumn(challenge.deviceId),
      expires_at: db.raw(`now() + interval '${CHALLENGE_LIFETIME}'`),
    })
    .returning('expires_at');
  if (row === undefined) throw new Error('an insert returned nothing');
  return row.expires_at;
}

/** Uses the nonce up, also when what was signed turns out wrong. @returns whether it was open for this device */
export async function takeChallenge(db: Db, challenge: Challenge): Promise<boolean> {
  const rows = await db<ChallengeRow>('challenges')
    .where({ nonce: toBuffer(challenge.nonce) })
    .delete()
    .returning(['mailbox_id', 'device_id', db.raw('expires_at > now() as is_open')]);
  const [row] = rows as unknown as (Pick<ChallengeRow, 'mailbox_id' | 'device_id'> & { is_open: boolean })[];
  if (row === undefined || !row.is_open) return false;
  return row.mailbox_id.equals(idColumn(challenge.mailboxId)) && row.device_id.equals(idColumn(challenge.deviceId));
}

/** The key of a device that is in force. */
export async function findSigningKey(db: Db, mailboxId: MailboxId, deviceId: DeviceId): Promise<Uint8Array | null> {
  const row = await db<DeviceRow>('devices')
    .where({ mailbox_id: idColumn(mailboxId), device_id: idColumn(deviceId), revoked_seq: null })
    .first('signing_key');
  return row?.signing_key ?? null;
}

/** @returns when it expires */
export async function insertSession(
  db: Db,
  tokenDigest: Buffer,
  mailboxId: MailboxId,
  deviceId: DeviceId,
): Promise<Date> {
  const [row] = await db<SessionRow>('sessions')
    .insert({
      token_digest: tokenDigest,
      mailbox_id: idColumn(mailboxId),
      device_id: idColumn(deviceId),
      expires_at: db.raw(`now() + interval '${SESSION_LIFETIME}'`),
    })
    .returning('expires_at');
  if (row === undefined) throw new Error('an insert returned nothing');
  return row.expires_at;
}

/** Attack A38: a session counts only while its device is in force. */
export async function findSession(db: Db, tokenDigest: Buffer): Promise<Session | null> {
  const row = await db<SessionRow>('sessions')
    .join<DeviceRow>('devices', (join) =>
      join.on('devices.mailbox_id', 'sessions.mailbox_id').on('devices.device_id', 'sessions.device_id'),
    )
    .join('mailboxes', 'mailboxes.mailbox_id', 'sessions.mailbox_id')
    .join('practices', 'practices.practice_id', 'mailboxes.practice_id')
    .where('sessions.token_digest', tokenDigest)
    .whereNull('devices.revoked_seq')
    .whereRaw('sessions.expires_at > now()')
    .first<(SessionRow & { standing: Standing }) | undefined>('sessions.*', db.raw(`${STANDING} as standing`));
  if (row === undefined) return null;
  return {
    mailboxId: mailboxIdFrom(row.mailbox_id),
    deviceId: deviceIdFrom(row.device_id),
    expiresAt: row.expires_at,
    standing: row.standing,
  };
}

export async function deleteExpiredChallenges(db: Db): Promise<number> {
  return db<ChallengeRow>('challenges').whereRaw('expires_at <= now()').delete();
}

export async function deleteExpiredSessions(db: Db): Promise<number> {
  return db<SessionRow>('sessions').whereRaw('expires_at <= now()').delete();
}
