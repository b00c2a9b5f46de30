import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import type { Database } from '../db/open.js';
import { parseBase64Url } from '../http/base64url.js';
import { Problem } from '../http/problem.js';
import { RETRY_AFTER_S } from '../http/rate-limit.js';
import { assertStanding } from './standing.js';
import { type Session, setSession } from './session.js';
import { findSession } from './store.js';

export const TOKEN_BYTES = 32;

/** The database never holds what opens a session. */
export function digestOf(token: Uint8Array): Buffer {
  return createHash('sha256').update(token).digest();
}

const BEARER = /^Bearer ([A-Za-z0-9_-]{43})$/;
const MAX_TOKEN_LENGTH = 43;

export interface GuardDeps {
  readonly db: Database;
  /** Asked when a request has no session: guessing tokens costs like any other unauthenticated request. */
  readonly isAllowed: (request: IncomingMessage) => boolean;
  /** Whether the device has not asked too often. */
  readonly isDeviceAllowed: (session: Session) => boolean;
}

export function requireSession({ db, isAllowed, isDeviceAllowed }: GuardDeps): RequestHandler {
  return async (request, response, next) => {
    const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
    const session = token === undefined ? null : await sessionFor(db, token);
    if (session === null) {
      if (!isAllowed(request)) throw new Problem('rate-limited', { retryAfterS: RETRY_AFTER_S });
      response.set('WWW-Authenticate', 'Bearer');
      throw new Problem('session-required');
    }
    if (!isDeviceAllowed(session)) throw new Problem('rate-limited', { retryAfterS: 1 });
    assertStanding(session.standing, request.method, request.path);
    setSession(response, session);
    next();
  };
}

/** @param token base64url @returns null for anything that opens no session now */
export async function sessionFor(db: Database, token: string): Promise<Session | null> {
  const bytes = token.length > MAX_TOKEN_LENGTH ? null : parseBase64Url(token);
  return bytes === null ? null : findSession(db, digestOf(bytes));
}
