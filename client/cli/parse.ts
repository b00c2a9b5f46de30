import {
  type Address,
  type MailboxId,
  type RegistrarId,
  parseAddress,
  parseMailboxId,
  parseRegistrarId,
} from '../core/ids.js';
import { type GearWish } from '../core/send/gear.js';
import { UsageError } from './usage-error.js';

/** Arguments of the command line, parsed at the border. @throws UsageError */

export function parseMailbox(text: string): Address {
  try {
    return parseAddress(text.trim().toLowerCase());
  } catch {
    throw new UsageError(`not a mailbox address: ${text}`);
  }
}

const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `30m`, `2h`, `10d` → milliseconds. */
export function parseDuration(text: string, option: string): number {
  const match = /^([1-9][0-9]{0,4})([mhd])$/.exec(text);
  const unit = UNITS_MS[match?.[2] ?? ''];
  if (match === null || unit === undefined) throw new UsageError(`${option}: a number with m, h or d, like 2h or 30d`);
  return Number(match[1]) * unit;
}

const MAX_NAME = 100;

/** Names of devices and members: what the keystore can hold. */
export function parseName(text: string, option: string): string {
  const name = text.normalize('NFC').trim();
  if (name === '' || name.length > MAX_NAME) throw new UsageError(`${option}: 1 to ${MAX_NAME} characters`);
  return name;
}

/** What a chain can hold as the reason of a revocation. Everybody who may read the chain reads it. */
export function parseReason(text: string, option: string): string {
  const reason = text.normalize('NFC').trim();
  if (reason === '' || reason.length > 200) throw new UsageError(`${option}: 1 to 200 characters`);
  return reason;
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^[0-9]{1,5}$/.test(text) || port > 65_535) throw new UsageError('--port: a number from 0 to 65535');
  return port;
}

const ID = /^[0-9a-f]{64}$/;

export function isId(text: string): boolean {
  return ID.test(text.trim().toLowerCase());
}

export function parseMailboxIdArgument(text: string): MailboxId {
  if (!isId(text)) throw new UsageError('a mailbox id has 64 hex digits');
  return parseMailboxId(text.trim().toLowerCase());
}

export function parseRegistrar(text: string): RegistrarId {
  if (!isId(text)) throw new UsageError('the id of a registrar has 64 hex digits');
  return parseRegistrarId(text.trim().toLowerCase());
}

const CODINGS: Readonly<Record<string, GearWish>> = { auto: 'auto', off: 'stored', fast: 'fast', small: 'small' };

/** How much to code before sealing. */
export function parseCoding(text: string): GearWish {
  const wish = Object.hasOwn(CODINGS, text) ? CODINGS[text] : undefined;
  if (wish === undefined) throw new UsageError(`--coding: one of ${Object.keys(CODINGS).join(', ')}`);
  return wish;
}
