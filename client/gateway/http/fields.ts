import * as z from 'zod';
import { parseAddress } from '../../core/ids.js';

/** How values are written in paths, queries and bodies. */

/** A decimal number of a query, in its one spelling. */
export function decimal(min: number, max: number) {
  return z
    .string()
    .regex(/^(0|[1-9][0-9]{0,15})$/)
    .transform(Number)
    .pipe(z.number().int().min(min).max(max))
    .meta({ numeric: { minimum: min, maximum: max } });
}

// eslint-disable-next-line no-control-regex -- these are what is refused
const TYPED = /^[^\u0000-\u0008\u000b\u000c\u000e-\u001f]*$/;

/** What somebody typed: no control characters but line ends and tabs. */
export function text(maxLength: number) {
  return z.string().max(maxLength).regex(TYPED);
}

export const address = z
  .string()
  .max(254)
  .transform((value, context) => {
    try {
      return parseAddress(value);
    } catch {
      context.addIssue({ code: 'custom', message: 'not an address' });
      return z.NEVER;
    }
  })
  .meta({ description: "A mailbox's address, for instance befund@radiologie-nord.example" });

/** A message as lists name it: its id, with the sender's beginning where that is needed. */
export const messageName = z
  .string()
  .regex(/^[0-9a-f]{32}(-[0-9a-f]{16})?$/)
  .meta({ description: 'The name that a list gave' });

export const uid = z
  .string()
  .max(64)
  .regex(/^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*$/);

export const shortId = z.string().regex(/^[0-9a-z-]{1,64}$/);
export const timestamp = z.string().meta({ format: 'date-time' });
export const page = {
  /** Only what has a higher number. */
  after: decimal(0, Number.MAX_SAFE_INTEGER).optional(),
  limit: decimal(1, 500).optional(),
};
