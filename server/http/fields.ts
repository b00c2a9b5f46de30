import * as z from 'zod';
import { parseAddress, parseDeviceId, parseMailboxId, parseMessageId, parsePayloadId } from '../../crypto/wire/ids.js';
import { parseBase64Url } from './base64url.js';

/** docs/spec/relay-api.md §1: how ids, bytes, numbers and times are written. */

function parsed<T>(read: (text: string) => T, maxLength: number, pattern: RegExp = /^/) {
  return z
    .string()
    .max(maxLength)
    .regex(pattern)
    .transform((text, context): T => {
      try {
        return read(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'not in the documented form' });
        return z.NEVER;
      }
    });
}

export const mailboxId = parsed(parseMailboxId, 64, /^[0-9a-f]{64}$/);
export const payloadId = parsed(parsePayloadId, 64, /^[0-9a-f]{64}$/);
export const deviceId = parsed(parseDeviceId, 32, /^[0-9a-f]{32}$/);
export const messageId = parsed(parseMessageId, 32, /^[0-9a-f]{32}$/);
export const address = parsed(parseAddress, 254);

/** base64url of at most `maxBytes` bytes */
export function bytes(maxBytes: number) {
  return z
    .string()
    .max(Math.ceil((maxBytes * 4) / 3))
    .transform((text, context): Uint8Array => {
      const value = parseBase64Url(text);
      if (value !== null) return value;
      context.addIssue({ code: 'custom', message: 'not base64url' });
      return z.NEVER;
    });
}

/** base64url of exactly `length` bytes */
export function exactBytes(length: number) {
  return bytes(length).refine((value) => value.length === length);
}

const NUMBER = /^(0|[1-9][0-9]{0,15})$/;

/** A decimal number in a path or query, in its one spelling. */
export function decimal(min: number, max: number = Number.MAX_SAFE_INTEGER) {
  return z.string().regex(NUMBER).transform(Number).pipe(z.number().int().min(min).max(max));
}

export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER) {
  return z.number().int().min(min).max(max);
}

/** What somebody typed. PostgreSQL's text holds every character but NUL. */
export function text(maxLength: number) {
  return z
    .string()
    .max(maxLength)
    .regex(/^[^\0]*$/);
}

/** RFC 3339 in UTC with milliseconds. */
export const time = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  .transform((value) => new Date(value))
  .refine((date) => !Number.isNaN(date.getTime()));
