import type { Response } from 'express';
import type { DeviceId, MailboxId } from '../../crypto/wire/ids.js';
import type { Standing } from './standing.js';

/** Who asks: a device of a mailbox that signed a challenge and is still in force. */
export interface Session {
  readonly mailboxId: MailboxId;
  readonly deviceId: DeviceId;
  readonly expiresAt: Date;
  /** What the operator lets the device do. */
  readonly standing: Standing;
}

/** The session that `requireSession` found. */
export function sessionOf(response: Response): Session {
  const { session } = response.locals as { session?: Session };
  if (session === undefined) throw new Error('a route that needs a session stands before requireSession');
  return session;
}

export function setSession(response: Response, session: Session): void {
  (response.locals as { session?: Session }).session = session;
}
