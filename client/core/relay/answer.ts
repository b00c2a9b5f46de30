import * as z from 'zod/mini';
import { fromBase64Url } from '../../../crypto/wire/bytes.js';
import { WireError } from '../../../crypto/wire/error.js';
import {
  parseAddress,
  parseDeviceId,
  parseMailboxId,
  parseMessageId,
  parsePayloadId,
  parseRegistrarId,
} from '../../../crypto/wire/ids.js';
import { CoreError } from '../error.js';

/** The relay's answers, parsed at the border (docs/spec/relay-api.md). What they claim is believed only as far as it is signed. */

function parsed<T>(parse: (text: string) => T): z.ZodMiniType<T, string> {
  return z.pipe(
    z.string(),
    z.transform((text: string, context) => {
      try {
        return parse(text);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        context.issues.push({ code: 'custom', message: error.code, input: text });
        return z.NEVER;
      }
    }),
  );
}

const bytes = parsed(fromBase64Url);
const mailboxId = parsed(parseMailboxId);
const payloadId = parsed(parsePayloadId);
const address = parsed(parseAddress);
const time = z.pipe(
  z.iso.datetime(),
  z.transform((text) => Date.parse(text)),
);
const count = z.int().check(z.minimum(0));
/** docs/spec/relay-api.md §9 */
const consent = z._default(z.enum(['given', 'held', 'refused']), 'given');

export const relayInfo = z.object({
  name: z.literal('bildbote'),
  version: z.string(),
  origin: z.string(),
  /** Relays of an earlier version name none. */
  registrars: z._default(z.array(parsed(parseRegistrarId)).check(z.maxLength(100)), []),
  /** Where parts may travel past the relay; earlier versions know no such way. */
  direct: z._default(z.nullable(z.string()), null),
  limits: z.object({ payloadBytes: count, expiresDaysMin: count, expiresDaysMax: count }),
});
/** More headers than these a store never asks for. */
const signedHeaders = z.object({ range: z.optional(z.string()), 'if-none-match': z.optional(z.string()) });
const signedRequest = { url: z.string().check(z.maxLength(4_096)), headers: signedHeaders };
export const directTicket = z.object({ ticket: z.string(), expiresAt: time, ...signedRequest });
export const directPieces = z.object({
  pieces: z.array(z.object({ ...signedRequest, bytes: count })).check(z.maxLength(2_048)),
});
export interface SignedRequest {
  readonly url: string;
  readonly headers: { readonly range?: string | undefined; readonly 'if-none-match'?: string | undefined };
}
export const invitationInfo = z.object({ address, practiceName: z.string(), expiresAt: time });
export const enrolled = z.object({ mailboxId, address });
export const challenge = z.object({ nonce: bytes });
export const session = z.object({ token: z.string().check(z.minLength(20)), expiresAt: time });
export const directoryPage = z.object({
  entries: z.array(
    z.object({ mailboxId, address, practiceName: z.string(), attestation: z._default(z.nullable(bytes), null) }),
  ),
  next: z.nullable(z.string()),
});
export const pairingOpened = z.object({ expiresAt: time });
export const pairingBlob = z.object({ blob: bytes });
export const keystoreMark = z.object({ mark: bytes, signature: bytes });
export const recoverableChain = z.object({ mailboxId, statements: z.array(bytes), last: count });
export const addressAnswer = z.object({ mailboxId });
export const statementsAnswer = z.object({ statements: z.array(bytes), last: count });
export const logProofAnswer = z.object({
  checkpoint: z.string().check(z.maxLength(65_536)),
  mapRoot: bytes,
  inclusion: z.array(bytes).check(z.maxLength(64)),
  value: z.nullable(z.object({ seq: count, head: bytes })),
  bitmap: bytes,
  siblings: z.array(bytes).check(z.maxLength(256)),
  consistency: z.nullable(z.array(bytes).check(z.maxLength(128))),
});
export const logConsistencyAnswer = z.object({ hashes: z.array(bytes).check(z.maxLength(128)) });
export const messageAccepted = z.object({
  acceptedAt: time,
  deliveries: z.array(z.object({ mailboxId, seq: count, consent })),
});
export const partsPage = z.object({
  parts: z.array(z.object({ firstSegment: count, segments: count, bytes: count, digest: bytes })),
  next: z.nullable(count),
});
export const deliveriesPage = z.object({
  deliveries: z.array(
    z.object({
      seq: count,
      senderMailboxId: mailboxId,
      senderDeviceId: parsed(parseDeviceId),
      messageId: parsed(parseMessageId),
      envelopeBytes: count,
      envelopeDigest: bytes,
      payloadIds: z.array(payloadId),
      consent,
      state: z.enum(['pending', 'fetched', 'acknowledged', 'expired', 'withdrawn']),
      acceptedAt: time,
      expiresAt: time,
      deadlineAt: z.nullable(time),
      attendedAt: z.nullable(time),
    }),
  ),
  last: count,
});
export const withdrawal = z.object({
  withdrawnAt: time,
  recipients: z
    .array(z.object({ mailboxId, state: z.enum(['withdrawn', 'fetched', 'expired']), testimony: z.nullable(bytes) }))
    .check(z.maxLength(100)),
});
export const limits = z.object({
  payloadBytes: count,
  quotaBytes: count,
  storedBytes: count,
  messagesPerDay: count,
  messagesToday: count,
  parallelUploads: count,
  expiresDaysMin: count,
  expiresDaysMax: count,
});
const step = z.enum(['open', 'reminded', 'deputies', 'returned']);
export const urgent = z.object({
  received: z.array(z.object({ seq: count, deadlineAt: time, step })),
  deputy: z.array(z.object({ mailboxId, deadlineAt: time })),
  sent: z.array(
    z.object({
      messageId: parsed(parseMessageId),
      mailboxId,
      deadlineAt: time,
      attendedAt: z.nullable(time),
      step,
    }),
  ),
});
export const deputies = z.object({ deputies: z.array(mailboxId).check(z.maxLength(100)) });
export const contactsPage = z.object({
  policy: z.enum(['all', 'verified', 'known']),
  contacts: z.array(z.object({ mailboxId, permission: z.enum(['allowed', 'denied']), setAt: time })),
  next: z.nullable(mailboxId),
});
export const payloadAnswer = z.object({
  header: bytes,
  sizeBound: count,
  tally: z.nullable(z.object({ seq: count, segments: count })),
});
export const tallyAnswer = z.object({ seq: count, segments: count, record: bytes });

export type LogProofAnswer = z.infer<typeof logProofAnswer>;
export type RelayInfo = z.infer<typeof relayInfo>;
export type ContactPolicy = z.infer<typeof contactsPage>['policy'];
export type Contact = z.infer<typeof contactsPage>['contacts'][number];
export type Accepted = z.infer<typeof messageAccepted>;
export type Delivery = z.infer<typeof deliveriesPage>['deliveries'][number];
export type StoredPart = z.infer<typeof partsPage>['parts'][number];
export type DirectoryEntry = z.infer<typeof directoryPage>['entries'][number];
export type TallyAnswer = z.infer<typeof tallyAnswer>;

/** @throws CoreError `relay-answer` */
export function parseAnswer<T>(schema: z.ZodMiniType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new CoreError('relay-answer', 'the relay answered in another form than documented', { cause: result.error });
}
