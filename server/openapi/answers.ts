import * as z from 'zod';

/** What each route answers with, in the words of the wire (docs/spec/relay-api.md). What routes take stands with the routes. */

export type AnswerBody = z.ZodType | 'bytes' | 'text' | 'nothing';

export interface Operation {
  readonly summary: string;
  readonly answers: Readonly<Record<number, AnswerBody>>;
  /** A body that is no JSON: how long it is at most. */
  readonly takesBytes?: number;
  /** Headers that the route reads beside the session's. */
  readonly headers?: Readonly<Record<string, string>>;
}

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
const [id32, id16] = [hex(64), hex(32)];
const bytes = z.string().regex(/^[A-Za-z0-9_-]*$/);
const time = z.iso.datetime();
const count = z.int().min(0);
const address = z.string().min(3).max(254);
const consent = z.enum(['given', 'held', 'refused']);
const ok = z.strictObject({ status: z.literal('ok') });
const seqAnswer = z.strictObject({ seq: count });
const nothing = z.strictObject({});
const limits = { payloadBytes: count, expiresDaysMin: count, expiresDaysMax: count };
const tally = z.strictObject({ seq: count, segments: count, record: bytes });
const hashes = z.strictObject({ hashes: z.array(bytes) });
const withdrawal = z.strictObject({
  withdrawnAt: time,
  recipients: z.array(
    z.strictObject({
      mailboxId: id32,
      state: z.enum(['withdrawn', 'fetched', 'expired']),
      testimony: bytes.nullable(),
    }),
  ),
});
const delivery = z.strictObject({
  seq: count,
  senderMailboxId: id32,
  senderDeviceId: id16,
  messageId: id16,
  envelopeBytes: count,
  envelopeDigest: bytes,
  payloadIds: z.array(id32),
  state: z.enum(['pending', 'fetched', 'acknowledged', 'expired', 'withdrawn']),
  consent,
  acceptedAt: time,
  expiresAt: time,
  deadlineAt: time.nullable(),
  attendedAt: time.nullable(),
});
const entry = z.strictObject({
  mailboxId: id32,
  address,
  practiceName: z.string(),
  verified: z.boolean(),
  place: z.string().nullable(),
  street: z.string().nullable(),
  specialty: z.string().nullable(),
  attestation: bytes.nullable(),
});
const logProof = z.strictObject({
  checkpoint: z.string(),
  mapRoot: bytes,
  inclusion: z.array(bytes),
  value: z.strictObject({ seq: count, head: bytes }).nullable(),
  bitmap: bytes,
  siblings: z.array(bytes),
  consistency: z.array(bytes).nullable(),
});
const relay = z.strictObject({
  name: z.literal('bildbote'),
  version: z.string(),
  origin: z.string(),
  registrars: z.array(id32),
  direct: z.string().nullable(),
  limits: z.strictObject({ partBytes: count, envelopeBytes: count, ...limits }),
});
/** How far an urgent message has got: nobody told, the recipient, his deputies, its sender. */
const urgentStep = z.enum(['open', 'reminded', 'deputies', 'returned']);
const urgent = z.strictObject({
  received: z.array(z.strictObject({ seq: count, deadlineAt: time, step: urgentStep })),
  deputy: z.array(z.strictObject({ mailboxId: id32, deadlineAt: time })),
  sent: z.array(
    z.strictObject({
      messageId: id16,
      mailboxId: id32,
      deadlineAt: time,
      attendedAt: time.nullable(),
      step: urgentStep,
    }),
  ),
});
const usage = z.strictObject({
  ...limits,
  quotaBytes: count,
  messagesPerDay: count,
  parallelUploads: count,
  storedBytes: count,
  messagesToday: count,
});

const JOINING: Readonly<Record<string, Operation>> = {
  'GET /healthz': { summary: 'Whether the process lives', answers: { 200: ok } },
  'GET /readyz': { summary: 'Whether database and blob store answer', answers: { 200: ok } },
  'GET /log/checkpoint': { summary: 'The newest checkpoint of the public log', answers: { 200: 'text' } },
  'GET /log/policy': { summary: 'The log, its witnesses and how many are needed', answers: { 200: 'text' } },
  'GET /log/tile/*path': { summary: 'A tile of the log, as C2SP tlog-tiles', answers: { 200: 'bytes' } },
  'GET /api/openapi.json': { summary: 'This document', answers: { 200: z.looseObject({ openapi: z.string() }) } },
  'GET /api/docs': { summary: 'This document as a page', answers: { 200: 'text' } },
  'GET /api/relay': { summary: 'What this relay is, and its limits', answers: { 200: relay } },
  'POST /api/sessions/challenges': {
    summary: 'A nonce to sign',
    answers: { 201: z.strictObject({ nonce: bytes, expiresAt: time }) },
  },
  'POST /api/sessions': { summary: 'Sign in', answers: { 201: z.strictObject({ token: bytes, expiresAt: time }) } },
  'POST /api/invitations/lookup': {
    summary: 'For whom an invitation is',
    answers: { 200: z.strictObject({ address, practiceName: z.string(), expiresAt: time }) },
  },
  'POST /api/enrolments': {
    summary: 'Join by an invitation',
    answers: { 201: z.strictObject({ mailboxId: id32, address }) },
  },
  'POST /api/pairings/read': {
    summary: 'What the other device has left',
    answers: { 200: z.strictObject({ blob: bytes }) },
  },
  'POST /api/pairings/answers': { summary: 'Leave something as the new device', answers: { 201: nothing } },
  'POST /api/recoveries/lookup': {
    summary: 'The chain of the mailbox whose recovery key signs',
    answers: { 200: z.strictObject({ mailboxId: id32, statements: z.array(bytes), last: count }) },
  },
  'POST /api/recoveries': { summary: 'Begin a mailbox anew', answers: { 201: seqAnswer } },
  'GET /api/directory': {
    summary: 'Search for mailboxes',
    answers: { 200: z.strictObject({ entries: z.array(entry), next: address.nullable() }) },
  },
  'GET /api/directory/addresses/:address': {
    summary: 'The mailbox behind an address',
    answers: { 200: z.strictObject({ mailboxId: id32 }) },
  },
  'GET /api/mailboxes/:mailboxId/statements': {
    summary: 'The chain of a mailbox',
    answers: { 200: z.strictObject({ statements: z.array(bytes), last: count }) },
  },
  'GET /api/mailboxes/:mailboxId/excerpt': {
    summary: 'The chain from its newest balance on, with what its identity rests on',
    answers: { 200: 'bytes' },
  },
  'POST /api/mailboxes/:mailboxId/statements': { summary: 'Extend the own chain', answers: { 201: seqAnswer } },
  'GET /api/log/proofs/:index': { summary: 'What the log says of an address, proved', answers: { 200: logProof } },
  'GET /api/log/consistency': { summary: 'That one log is the beginning of another', answers: { 200: hashes } },
};

const OWN: Readonly<Record<string, Operation>> = {
  'PUT /api/keystore-mark': {
    summary: 'The newest mark of the own keystore',
    answers: { 201: z.strictObject({ version: count }) },
  },
  'GET /api/keystore-mark': {
    summary: 'That mark',
    answers: { 200: z.strictObject({ mark: bytes, signature: bytes }) },
  },
  'POST /api/pairings': { summary: 'Open a pairing', answers: { 201: z.strictObject({ expiresAt: time }) } },
  'POST /api/pairings/offers': { summary: 'Leave something as the device that opened it', answers: { 201: nothing } },
  'POST /api/pairings/end': { summary: 'End a pairing', answers: { 204: 'nothing' } },
  'GET /api/contacts': {
    summary: 'Who may write',
    answers: {
      200: z.strictObject({
        policy: z.enum(['all', 'verified', 'known']),
        contacts: z.array(z.strictObject({ mailboxId: id32, permission: z.enum(['allowed', 'denied']), setAt: time })),
        next: id32.nullable(),
      }),
    },
  },
  'PUT /api/contacts/policy': { summary: 'Who may write unasked', answers: { 204: 'nothing' } },
  'PUT /api/contacts/:mailboxId': { summary: 'Decide about one mailbox', answers: { 204: 'nothing' } },
  'GET /api/urgent': { summary: 'What waits for a person', answers: { 200: urgent } },
  'GET /api/deputies': {
    summary: 'Who is told when nobody attends',
    answers: { 200: z.strictObject({ deputies: z.array(id32) }) },
  },
  'PUT /api/deputies': { summary: 'Name them', answers: { 204: 'nothing' } },
  'GET /api/limits': { summary: 'What the practice may send and store', answers: { 200: usage } },
};

const placed = z.strictObject({ mailboxId: id32, seq: count, consent });
const part = z.strictObject({ firstSegment: count, segments: count, bytes: count, digest: bytes });

const signed = { url: z.string(), headers: z.record(z.string(), z.string()) };

const MESSAGES: Readonly<Record<string, Operation>> = {
  'POST /api/messages': {
    summary: 'Post a message: envelopes, and uploads for its payloads',
    answers: { 201: z.strictObject({ acceptedAt: time, deliveries: z.array(placed) }) },
  },
  'POST /api/messages/:messageId/withdrawal': { summary: 'Take a message back', answers: { 200: withdrawal } },
  'GET /api/messages/:messageId/withdrawal': { summary: 'What became of that', answers: { 200: withdrawal } },
  'GET /api/deliveries': {
    summary: 'What was delivered to the own mailbox',
    answers: { 200: z.strictObject({ deliveries: z.array(delivery), last: count }) },
  },
  'GET /api/deliveries/:seq/envelope': { summary: 'A sealed envelope: CBOR', answers: { 200: 'bytes' } },
  'POST /api/deliveries/:seq/acknowledgement': {
    summary: 'This device has what it wants',
    answers: { 204: 'nothing' },
  },
  'POST /api/deliveries/:seq/attended': { summary: 'A person has seen it', answers: { 204: 'nothing' } },
  'PUT /api/payloads/:payloadId/parts/:firstSegment': {
    summary: 'Upload a part: whole sealed segments',
    answers: { 200: 'nothing', 201: 'nothing' },
    takesBytes: 8_388_608,
    headers: { 'Bildbote-Segment-Digests': 'base64url of the SHA-256 of each segment, one after the other' },
  },
  'POST /api/payloads/:payloadId/parts/:firstSegment/direct': {
    summary: 'Ask where to bring a part past the relay',
    answers: { 201: z.strictObject({ ticket: id16, expiresAt: time, ...signed }) },
  },
  'POST /api/payloads/:payloadId/parts/:firstSegment/direct/:ticket': {
    summary: 'Have the relay look at a part that was brought',
    answers: { 200: 'nothing', 201: 'nothing' },
  },
  'GET /api/payloads/:payloadId/segments/:first/direct': {
    summary: 'Where to fetch segments past the relay',
    answers: {
      200: z.strictObject({ pieces: z.array(z.strictObject({ ...signed, bytes: count })), expiresAt: time }),
    },
  },
  'PUT /api/payloads/:payloadId/tallies/:seq': {
    summary: 'Upload a sealed tally of 8,192 bytes',
    answers: { 200: 'nothing', 201: 'nothing' },
    takesBytes: 8_192,
  },
  'GET /api/payloads/:payloadId': {
    summary: 'What is known of a payload',
    answers: {
      200: z.strictObject({
        header: bytes,
        sizeBound: count,
        createdAt: time,
        expiresAt: time,
        tally: z.strictObject({ seq: count, segments: count }).nullable(),
      }),
    },
  },
  'GET /api/payloads/:payloadId/parts': {
    summary: 'Parts that are stored',
    answers: { 200: z.strictObject({ parts: z.array(part), next: count.nullable() }) },
  },
  'GET /api/payloads/:payloadId/segments/:first': { summary: 'Sealed segments', answers: { 200: 'bytes' } },
  'GET /api/payloads/:payloadId/digests': { summary: 'SHA-256 of segments, 32 bytes each', answers: { 200: 'bytes' } },
  'GET /api/payloads/:payloadId/tallies': {
    summary: 'Tallies in their order',
    answers: { 200: z.strictObject({ tallies: z.array(tally) }) },
  },
  'GET /api/payloads/:payloadId/tallies/newest': { summary: 'The newest tally', answers: { 200: tally } },
  'GET /api/payloads/:payloadId/proofs/inclusion': { summary: 'That a segment is in a tree', answers: { 200: hashes } },
  'GET /api/payloads/:payloadId/proofs/consistency': { summary: 'That a tree goes on', answers: { 200: hashes } },
};

/** `METHOD /pattern` → operation. A test holds it against the routes that there are. */
export const OPERATIONS: Readonly<Record<string, Operation>> = { ...JOINING, ...OWN, ...MESSAGES };
