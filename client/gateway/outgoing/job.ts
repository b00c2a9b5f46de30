import * as z from 'zod';
import { type Address, type MessageId, parseAddress, parseMessageId } from '../../core/ids.js';
import { type SpoolFile } from '../spool/draft.js';

/** A message that the gateway has promised to send (docs/spec/spool.md §3). */

export type JobSource =
  | { readonly kind: 'api'; readonly client: string }
  | { readonly kind: 'dicom'; readonly callingAe: string; readonly calledAe: string }
  | { readonly kind: 'stow'; readonly client: string }
  | { readonly kind: 'folder'; readonly name: string };

/** Two requests with one key are one request; with another digest they are a mistake. */
export interface Idempotency {
  /** Whose key it is: the id of an API client, for instance. */
  readonly scope: string;
  readonly key: string;
  /** Of what was asked for, hex. */
  readonly digest: string;
}

export interface Deidentification {
  /** A ready profile's name. */
  readonly profile: string;
  readonly purpose: string;
  /** A person has decided about what no rule can: burned-in text, faces. */
  readonly confirmRisk: boolean;
}

/** What is fetched from a PACS before a job is sent. */
export type Addition =
  | {
      readonly kind: 'study';
      /** Its name in the configuration. */
      readonly pacs: string;
      readonly studyInstanceUid: string;
      /** Null for all. */
      readonly seriesInstanceUids: readonly string[] | null;
    }
  /** Earlier studies of the same patient. They are a help: after `patienceMs` the job goes without them. */
  | {
      readonly kind: 'priors';
      readonly pacs: string;
      /** The newest ones. */
      readonly most: number;
      /** Null for those of the study itself. */
      readonly modalities: readonly string[] | null;
      /** Not older than this; null for any. */
      readonly withinMs: number | null;
      readonly patienceMs: number;
    };

/** What is asked for; the files lie in the draft. */
export interface JobRequest {
  readonly source: JobSource;
  readonly idempotency: Idempotency | null;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  readonly subject: string;
  readonly text: string;
  /** Id, or the beginning of it, of a letter in this mailbox. */
  readonly replyTo: string | null;
  /** Id of a received message whose files are passed on without sending them again; then the draft has no files. */
  readonly forwards: string | null;
  readonly urgency: { readonly withinMs: number; readonly reason: string } | null;
  /** How long the relay keeps it from the moment it is sent. */
  readonly expiresInMs: number;
  readonly deidentification: Deidentification | null;
  /** Files of several patients in one message are a mistake unless somebody says that they are none. */
  readonly mixedPatients: 'refuse' | 'allow';
  /** What to do with files that are no readable instances: fail, or send the rest. */
  readonly unreadable: 'refuse' | 'leave-out';
  /** In their order; absent for none. */
  readonly additions?: readonly Addition[] | undefined;
}

/** `transient`: provably not accepted; `ambiguous`: perhaps accepted, and repeated under the same id; `permanent`: a person must look. */
export type JobFailureKind = 'transient' | 'ambiguous' | 'permanent';

export interface JobFailure {
  readonly kind: JobFailureKind;
  /** Of a CoreError, NodeError or GatewayError, or one of JOB_REFUSALS. */
  readonly code: string;
  readonly atMs: number;
}

/** Refusals that only a job has. */
export const JOB_REFUSALS = ['mixed-patients', 'instances-unreadable', 'deidentification-refused'] as const;

export interface JobCounts {
  readonly studies: number;
  readonly instances: number;
  readonly bytes: number;
}

export type JobState =
  | { readonly kind: 'accepted' }
  /** Under way, or to be tried again at `nextMs`. `failure` is that of the last attempt. */
  | { readonly kind: 'sending'; readonly nextMs: number; readonly failure: JobFailure | null }
  /** The relay has the envelope, and nobody has agreed yet to get the files. */
  | { readonly kind: 'held'; readonly nextMs: number }
  | { readonly kind: 'sent'; readonly atMs: number }
  | { readonly kind: 'failed'; readonly failure: JobFailure }
  | { readonly kind: 'cancelled'; readonly atMs: number };

export interface Job {
  /** 32 hex digits. */
  readonly id: string;
  /** Grows by acceptance. */
  readonly seq: number;
  readonly acceptedMs: number;
  readonly request: JobRequest;
  /** Empty once the job has ended: what was sent does not lie about in the clear. */
  readonly files: readonly SpoolFile[];
  readonly state: JobState;
  readonly attempts: number;
  /** Chosen before anything is posted, so that a crash at any point ends in one message. */
  readonly messageId: MessageId | null;
  /** Of what is sent; null until it has been collected. */
  readonly counts: JobCounts | null;
  /** Files that were left out or refused, by their place in `files`, with the reason. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  /** So many of the request's additions are among the files; absent for none. */
  readonly added?: number | undefined;
}

export function isEnded({ state }: Job): boolean {
  return state.kind === 'sent' || state.kind === 'failed' || state.kind === 'cancelled';
}

const address = z.string().transform((text): Address => parseAddress(text));
const count = z.int().min(0);
const source = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('api'), client: z.string() }),
  z.strictObject({ kind: z.literal('dicom'), callingAe: z.string(), calledAe: z.string() }),
  z.strictObject({ kind: z.literal('stow'), client: z.string() }),
  z.strictObject({ kind: z.literal('folder'), name: z.string() }),
]);
const uid = z.string().regex(/^[0-9.]{1,64}$/);
const addition = z.discriminatedUnion('kind', [
  z.strictObject({
    ...{ kind: z.literal('study'), pacs: z.string(), studyInstanceUid: uid },
    seriesInstanceUids: z.array(uid).nullable(),
  }),
  z.strictObject({
    ...{ kind: z.literal('priors'), pacs: z.string(), most: count, modalities: z.array(z.string()).nullable() },
    ...{ withinMs: count.nullable(), patienceMs: count },
  }),
]);
export const requestSchema = z.strictObject({
  source,
  idempotency: z.strictObject({ scope: z.string(), key: z.string(), digest: z.string() }).nullable(),
  to: z.array(address),
  cc: z.array(address),
  bcc: z.array(address),
  subject: z.string(),
  text: z.string(),
  replyTo: z.string().nullable(),
  forwards: z.string().nullable(),
  urgency: z.strictObject({ withinMs: count, reason: z.string() }).nullable(),
  expiresInMs: count,
  deidentification: z.strictObject({ profile: z.string(), purpose: z.string(), confirmRisk: z.boolean() }).nullable(),
  mixedPatients: z.enum(['refuse', 'allow']),
  unreadable: z.enum(['refuse', 'leave-out']),
  additions: z.array(addition).optional(),
});
const failure = z.strictObject({
  kind: z.enum(['transient', 'ambiguous', 'permanent']),
  code: z.string(),
  atMs: count,
});
const state = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('accepted') }),
  z.strictObject({ kind: z.literal('sending'), nextMs: count, failure: failure.nullable() }),
  z.strictObject({ kind: z.literal('held'), nextMs: count }),
  z.strictObject({ kind: z.literal('sent'), atMs: count }),
  z.strictObject({ kind: z.literal('failed'), failure }),
  z.strictObject({ kind: z.literal('cancelled'), atMs: count }),
]);
const file = z.strictObject({
  kind: z.enum(['instance', 'report', 'attachment']),
  name: z.string(),
  mediaType: z.string(),
  path: z.string().regex(/^(instances|documents)\/[0-9]{6,}(\.dcm)?$/),
  bytes: count,
});

/** docs/spec/spool.md §3: what stands in `job.json`. */
export const jobSchema = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  seq: count,
  acceptedMs: count,
  request: requestSchema,
  files: z.array(file),
  state,
  attempts: count,
  messageId: z
    .string()
    .transform((text): MessageId => parseMessageId(text))
    .nullable(),
  // Earlier versions wrote more counts than these: a job is not lost for that.
  counts: z.object({ studies: count, instances: count, bytes: count }).nullable(),
  skipped: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
  added: count.optional(),
});
