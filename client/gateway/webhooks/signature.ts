import { createHmac, randomBytes } from 'node:crypto';

/**
 * Notifications are signed as the Standard Webhooks specification has it, so that receivers find a library in most languages:
 * HMAC-SHA-256 over `id.timestamp.body`, base64, with the version before it (docs/integration.md §6).
 */
const PREFIX = 'whsec_';
const SECRET_BYTES = 32;

export function newSecret(): string {
  return `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;
}

/** @param seconds since 1970 */
export function sign(secret: string, id: string, seconds: number, body: string): string {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`;
}
