import * as z from 'zod';
import { type Desk } from '../../core/desk.js';
import { isVerifiedInPerson } from '../../core/contacts/contacts.js';
import { practiceName } from '../../core/directory/practice-name.js';
import { workOn } from '../../core/account/own-state.js';
import { type Letter } from '../../core/receive/inbox.js';
import type { Job } from '../outgoing/job.js';
import { timestamp } from '../http/fields.js';

/** What the interface says of messages and jobs: schemas for the document, and how they are filled. */

export const messageView = z.object({
  message: z.string().meta({ description: 'Its name in all other requests' }),
  messageId: z.string(),
  seq: z.number().int(),
  box: z.enum(['inbox', 'sent']),
  from: z.string(),
  practice: z.string().nullable().meta({ description: "The sender's name" }),
  nameVerified: z.boolean().meta({ description: 'A registrar stands for the name' }),
  verified: z.boolean().meta({ description: 'The keys are in the public log, and enough witnesses have seen it' }),
  verifiedInPerson: z.boolean().meta({ description: 'Somebody has compared the safety number' }),
  subject: z.string(),
  receivedAt: timestamp,
  expiresAt: timestamp,
  state: z.string().meta({ description: 'waiting, receiving, complete, failed, held; sent for own messages' }),
  failure: z.string().nullable(),
  studies: z.number().int(),
  instances: z.number().int(),
  bytes: z.number().int(),
  urgent: z.object({ deadline: timestamp }).nullable().meta({ description: 'Somebody has to look until then' }),
  assignee: z.string().nullable(),
  done: z.object({ member: z.string(), at: timestamp }).nullable(),
});
export type MessageView = z.infer<typeof messageView>;

export const messageDetail = messageView.extend({
  text: z.string(),
  member: z.string().meta({ description: 'Who wrote it, as the sender says' }),
  threadId: z.string(),
  replyTo: z.string().nullable(),
});

export interface LetterState {
  readonly state: string;
  readonly failure: string | null;
}

export function viewOf({ account, clock }: Desk, letter: Letter, { state, failure }: LetterState): MessageView {
  const { stored, body } = letter;
  const { mailboxId } = stored.header.sender;
  const name = practiceName(account, mailboxId, clock.now());
  const work = workOn(account.state.own, { sender: mailboxId, messageId: stored.header.messageId });
  return {
    message: letter.name,
    messageId: stored.header.messageId,
    seq: stored.seq,
    box: letter.isOwn ? 'sent' : 'inbox',
    from: letter.from,
    practice: name?.name ?? null,
    nameVerified: name?.isVerified ?? false,
    verified: stored.isWitnessed,
    verifiedInPerson: isVerifiedInPerson(account, mailboxId),
    subject: body.subject,
    receivedAt: iso(stored.acceptedMs),
    expiresAt: iso(stored.expiresMs),
    state,
    failure,
    ...body.summary,
    urgent: body.urgency === null ? null : { deadline: iso(body.urgency.deadlineMs) },
    assignee: work.assignee,
    done: work.done === null ? null : { member: work.done.member, at: iso(work.done.timeMs) },
  };
}

export function detailOf(desk: Desk, letter: Letter, state: LetterState): z.infer<typeof messageDetail> {
  const { text, member, threadId, replyTo } = letter.body;
  return { ...viewOf(desk, letter, state), text, member: member.label, threadId, replyTo };
}

export const jobView = z.object({
  job: z.string(),
  seq: z.number().int(),
  acceptedAt: timestamp,
  state: z.enum(['accepted', 'sending', 'held', 'sent', 'failed', 'cancelled']),
  attempts: z.number().int(),
  failure: z.object({ kind: z.string(), code: z.string(), at: timestamp }).nullable(),
  messageId: z.string().nullable().meta({ description: 'Known before it is posted' }),
  instances: z.number().int().nullable(),
  bytes: z.number().int().nullable(),
  sentBytes: z.number().int().nullable().meta({ description: 'How far it has come while it is sent' }),
  skipped: z.array(z.object({ path: z.string(), reason: z.string() })),
});

export function jobOf(job: Job, sentBytes: number | null): z.infer<typeof jobView> {
  const { state } = job;
  const failure = 'failure' in state ? state.failure : null;
  return {
    job: job.id,
    seq: job.seq,
    acceptedAt: iso(job.acceptedMs),
    state: state.kind,
    attempts: job.attempts,
    failure: failure === null ? null : { kind: failure.kind, code: failure.code, at: iso(failure.atMs) },
    messageId: job.messageId,
    instances: job.counts?.instances ?? null,
    bytes: job.counts?.bytes ?? null,
    sentBytes,
    skipped: [...job.skipped],
  };
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}
