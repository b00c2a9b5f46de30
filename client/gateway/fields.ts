import { isIP } from 'node:net';
import { resolve } from 'node:path';
import * as z from 'zod';
import { type Address, parseAddress } from '../core/ids.js';

/** Fields that several sections of the configuration share. */

export const port = z.int().min(0).max(65_535);
export const folder = z
  .string()
  .min(1)
  .transform((text) => resolve(text));

/** The name of an address to listen on: loopback unless somebody says otherwise. */
export const host = z.string().min(1).max(255);

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `30s`, `15m`, `2h`, `90d` → milliseconds. */
export const duration = z
  .string()
  .regex(/^[1-9][0-9]{0,5}[smhd]$/, 'must be a time like 30s, 15m, 2h or 90d')
  .transform((text) => Number.parseInt(text, 10) * (UNITS[text.slice(-1)] ?? 0));

export const mailbox = z.string().transform((text, context): Address => {
  try {
    return parseAddress(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'must be the address of a mailbox, like praxis@hausarzt.example' });
    return z.NEVER;
  }
});

/** PS3.5 §6.2: 1 to 16 characters of the default repertoire, no backslash, not blanks alone; blanks at the ends say nothing. */
export const aeTitle = z
  .string()
  .transform((text) => text.trim())
  .pipe(z.string().regex(/^[\x20-\x5b\x5d-\x7e]{1,16}$/, 'must be an AE title: 1 to 16 plain characters'));

export const uid = z.string().regex(/^(?=.{1,64}$)(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+$/, 'must be a UID');

/** A name for logs, paths of the interface and file names. */
export const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be lower-case letters, digits and -');

/** PEM files. */
export const serverTls = z.strictObject({
  cert: folder,
  key: folder,
  /** Certificates that a client's must come from; without it clients need none. */
  clientCa: folder.optional(),
});

export const clientTls = z.strictObject({
  /** Whom to believe; the system's certificates without it. */
  ca: folder.optional(),
  cert: folder.optional(),
  key: folder.optional(),
});

/** An IP address, or a block of them like 192.168.4.0/24. */
export const network = z.string().refine((text) => {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^[0-9]{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}, 'must be an IP address or a network like 192.168.4.0/24');

export function isLoopback(text: string): boolean {
  return text === 'localhost' || text === '::1' || /^127\./.test(text);
}
