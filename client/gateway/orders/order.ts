import * as z from 'zod';
import { address, messageName, shortId, text } from '../http/fields.js';
import { additionOf, requestOf } from '../intake/study-jobs.js';
import { type Addition, type JobRequest } from '../outgoing/job.js';
import { type Rule } from '../rules/rules.js';

/** What programs and people of the practice write to have something sent: a JSON document of a request or beside files. */

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
export const MAX_RECIPIENTS = 50;

export const letterFields = {
  to: z.array(address).min(1).max(MAX_RECIPIENTS),
  cc: z.array(address).max(MAX_RECIPIENTS).default([]),
  bcc: z.array(address).max(MAX_RECIPIENTS).default([]),
  subject: text(300).default(''),
  text: text(100_000).default(''),
  replyTo: messageName.nullable().default(null),
  urgent: z
    .strictObject({
      withinMinutes: z
        .int()
        .min(1)
        .max(7 * 24 * 60),
      reason: text(500),
    })
    .nullable()
    .default(null),
  expiresInDays: z.int().min(10).max(365).nullable().default(null),
};

export const contentFields = {
  ...letterFields,
  to: z
    .array(address)
    .max(MAX_RECIPIENTS)
    .default([])
    .meta({ description: "Empty: the gateway's rules choose by the study; they may also fill what else is left open" }),
  deidentify: z
    .strictObject({ profile: shortId, purpose: shortId.default('default'), confirmRisk: z.boolean().default(false) })
    .nullable()
    .default(null),
  mixedPatients: z.enum(['refuse', 'allow']).default('refuse'),
  unreadable: z.enum(['refuse', 'leave-out']).default('refuse'),
};

export type LetterOrder = z.output<z.ZodObject<typeof letterFields>> &
  Partial<Pick<z.output<z.ZodObject<typeof contentFields>>, 'deidentify' | 'mixedPatients' | 'unreadable'>>;

/** What somebody has written goes before what a rule would write; nobody loses a copy that a rule wants. */
export function orderedRequest(
  order: LetterOrder,
  rule: Rule | null,
  expiresMs: number,
  from: Pick<JobRequest, 'source' | 'idempotency' | 'forwards'>,
  additions: readonly Addition[] = [],
): JobRequest {
  const { cc, bcc, subject, text, replyTo, urgent, deidentify = null, expiresInDays } = order;
  const ruled = rule === null ? null : requestOf(rule, from.source, null, expiresMs);
  return {
    ...from,
    ...{ to: ruled?.to ?? order.to, cc: [...new Set([...cc, ...(ruled?.cc ?? [])])], bcc, replyTo },
    ...{ subject: subject || (ruled?.subject ?? ''), text: text || (ruled?.text ?? '') },
    urgency:
      urgent === null
        ? (ruled?.urgency ?? null)
        : { withinMs: urgent.withinMinutes * MINUTE_MS, reason: urgent.reason },
    expiresInMs: expiresInDays === null ? (ruled?.expiresInMs ?? expiresMs) : expiresInDays * DAY_MS,
    deidentification: deidentify ?? ruled?.deidentification ?? null,
    mixedPatients: order.mixedPatients ?? 'refuse',
    unreadable: order.unreadable ?? 'refuse',
    additions: [...additions, ...(rule?.priors === undefined ? [] : [additionOf(rule.priors)])],
  };
}
