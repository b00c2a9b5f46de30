import type * as z from 'zod/mini';
import { toBase64Url } from '../../../crypto/wire/bytes.js';
import {
  type Address,
  type DeviceId,
  type MailboxId,
  type MessageId,
  type PayloadId,
} from '../../../crypto/wire/ids.js';
import { DIGEST_BYTES } from '../../../crypto/wire/payload.js';
import { CoreError } from '../error.js';
import * as answer from './answer.js';
import { type Transport } from '../ports.js';
import { type DeviceRelay, deviceRoutes } from './device-routes.js';
import { type LifeRelay, lifeRoutes } from './life-routes.js';
import { type Exchange, exchange, readJson } from './http.js';
import { nullIfNotFound } from './not-found.js';
import { type RetryPolicy, withRetry } from './retry.js';

/** The relay's interface as functions (docs/spec/relay-api.md). Each call is tried again as the policy says. */
export interface Relay extends DeviceRelay, LifeRelay {
  readonly origin: string;
  info(): Promise<answer.RelayInfo>;
  lookupInvitation(token: string): Promise<z.infer<typeof answer.invitationInfo>>;
  enrol(token: string, statements: readonly Uint8Array[]): Promise<z.infer<typeof answer.enrolled>>;
  searchDirectory(query: string, after: string | null): Promise<z.infer<typeof answer.directoryPage>>;
  /** Null when the address has no mailbox. */
  findAddress(address: Address): Promise<MailboxId | null>;
  statements(mailboxId: MailboxId, afterSeq: number): Promise<Uint8Array[]>;
  /**
   * The chain without its middle, as crypto/wire/excerpt.ts reads it; null when there is no such mailbox, or the relay knows no excerpts.
   * @param seen a statement whose place in it is to be proved, or 0
   */
  excerpt(mailboxId: MailboxId, seen: number): Promise<Uint8Array | null>;
  postStatements(mailboxId: MailboxId, statements: readonly Uint8Array[]): Promise<void>;
  /** Witnesses and quorum as the relay names them: to be held against what an invitation says. */
  logPolicy(): Promise<Uint8Array>;
  /** @param index 64 hex digits @param from a size that was seen before, or 0 */
  logProof(index: string, from: number): Promise<answer.LogProofAnswer>;
  /** Null when the relay has no such trees. */
  logConsistency(from: number, to: number): Promise<readonly Uint8Array[] | null>;
  postMessage(message: MessageRequest): Promise<z.infer<typeof answer.messageAccepted>>;
  putPart(payloadId: PayloadId, part: PartUpload, signal?: AbortSignal): Promise<void>;
  listParts(payloadId: PayloadId): AsyncIterable<answer.StoredPart>;
  putTally(payloadId: PayloadId, seq: number, segments: number, record: Uint8Array<ArrayBuffer>): Promise<void>;
  listContacts(after: MailboxId | null): Promise<z.infer<typeof answer.contactsPage>>;
  setContactPolicy(policy: answer.ContactPolicy): Promise<void>;
  setContact(mailboxId: MailboxId, permission: 'allowed' | 'denied' | 'none'): Promise<void>;
  listDeliveries(afterSeq: number, limit?: number): Promise<z.infer<typeof answer.deliveriesPage>>;
  envelope(seq: number): Promise<Uint8Array>;
  acknowledge(seq: number): Promise<void>;
  attend(seq: number): Promise<void>;
  payload(payloadId: PayloadId): Promise<z.infer<typeof answer.payloadAnswer>>;
  newestTally(payloadId: PayloadId): Promise<answer.TallyAnswer | null>;
  /** `count` × 32 bytes. */
  digests(payloadId: PayloadId, first: number, count: number): Promise<Uint8Array>;
  /** `bytes` is what `count` segments from `first` on must have. */
  segments(payloadId: PayloadId, range: SegmentRange, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
  /** A token of a session that is still good, for the hints' connection. */
  sessionToken(): Promise<string>;
}

export interface MessageRequest {
  readonly messageId: MessageId;
  readonly envelopes: readonly { readonly mailboxId: MailboxId; readonly envelope: Uint8Array }[];
  readonly payloads: readonly { readonly header: Uint8Array; readonly sizeBound: number }[];
  readonly reuse: readonly PayloadId[];
  readonly expiresMs: number;
  readonly deadlineMs: number | null;
}

export interface PartUpload {
  readonly firstSegment: number;
  readonly segments: readonly Uint8Array<ArrayBuffer>[];
  readonly digests: Uint8Array;
}

export interface SegmentRange {
  readonly first: number;
  readonly count: number;
  readonly bytes: number;
}

/** Who signs in, and how: the signature is made where the device key lives. */
export interface Signer {
  readonly mailboxId: MailboxId;
  readonly deviceId: DeviceId;
  signAuth(origin: string, nonce: Uint8Array, timeMs: number): SignedAuth;
  /** With new keys that the relay may know already, because its answer was lost; null when there are none. */
  signAuthPending?(origin: string, nonce: Uint8Array, timeMs: number): SignedAuth | null;
}

export interface SignedAuth {
  readonly auth: Uint8Array;
  readonly signature: Uint8Array;
}

export interface RelayOptions {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly transport: Transport;
  readonly retry: RetryPolicy;
  /** Null before enrolment: only the public routes work. */
  readonly signer: Signer | null;
}

/** A session is renewed this long before it ends. */
const RENEW_BEFORE_MS = 60_000;
const MAX_DIGESTS = 65_536;

export function createRelay(options: RelayOptions): Relay {
  const call = createCall(options);
  return {
    origin: options.origin,
    sessionToken: call.token,
    ...joiningRoutes(call),
    ...directoryRoutes(call),
    ...contactRoutes(call),
    ...logRoutes(call),
    ...messageRoutes(call),
    ...uploadRoutes(call),
    ...downloadRoutes(call),
    ...deviceRoutes(call),
    ...lifeRoutes(call),
  };
}

async function ask<T>(call: Call, schema: z.ZodMiniType<T>, request: Exchange): Promise<T> {
  return answer.parseAnswer(schema, await call.json(request));
}

function get<T>(call: Call, schema: z.ZodMiniType<T>, path: string): Promise<T> {
  return ask(call, schema, { method: 'GET', path });
}

function joiningRoutes(call: Call): Pick<Relay, 'info' | 'lookupInvitation' | 'enrol'> {
  const post = <T>(schema: z.ZodMiniType<T>, path: string, json: unknown): Promise<T> =>
    ask(call, schema, { method: 'POST', path, json });
  return {
    info: () => get(call, answer.relayInfo, '/api/relay'),
    lookupInvitation: (token) => post(answer.invitationInfo, '/api/invitations/lookup', { invitation: token }),
    enrol: (token, statements) =>
      post(answer.enrolled, '/api/enrolments', { invitation: token, statements: statements.map(toBase64Url) }),
  };
}

function directoryRoutes(
  call: Call,
): Pick<Relay, 'searchDirectory' | 'findAddress' | 'statements' | 'excerpt' | 'postStatements'> {
  const chain = (mailboxId: MailboxId): string => `/api/mailboxes/${mailboxId}/statements`;
  return {
    searchDirectory: (query, after) => get(call, answer.directoryPage, `/api/directory?${search({ query, after })}`),
    findAddress: (address) =>
      nullIfNotFound(async () => {
        const found = await get(call, answer.addressAnswer, `/api/directory/addresses/${encodeURIComponent(address)}`);
        return found.mailboxId;
      }),
    statements: async (mailboxId, afterSeq) => {
      const statements: Uint8Array[] = [];
      for (;;) {
        const after = afterSeq + statements.length;
        const page = await get(call, answer.statementsAnswer, `${chain(mailboxId)}?after=${after}`);
        statements.push(...page.statements);
        if (page.statements.length === 0 || afterSeq + statements.length >= page.last) return statements;
      }
    },
    excerpt: (mailboxId, seen) =>
      nullIfNotFound(() =>
        call.bytes({ method: 'GET', path: `/api/mailboxes/${mailboxId}/excerpt?seen=${seen}` }, null),
      ),
    postStatements: (mailboxId, statements) =>
      call.nothing({ method: 'POST', path: chain(mailboxId), json: { statements: statements.map(toBase64Url) } }),
  };
}

function contactRoutes(call: Call): Pick<Relay, 'listContacts' | 'setContactPolicy' | 'setContact'> {
  const put = (path: string, json: unknown): Promise<void> => call.nothing({ method: 'PUT', path, json });
  return {
    listContacts: (after) => get(call, answer.contactsPage, `/api/contacts?${search({ after })}`),
    setContactPolicy: (policy) => put('/api/contacts/policy', { policy }),
    setContact: (mailboxId, permission) => put(`/api/contacts/${mailboxId}`, { permission }),
  };
}

function logRoutes(call: Call): Pick<Relay, 'logPolicy' | 'logProof' | 'logConsistency'> {
  return {
    logPolicy: () => call.bytes({ method: 'GET', path: '/log/policy' }, null),
    logProof: (index, from) => get(call, answer.logProofAnswer, `/api/log/proofs/${index}?from=${from}`),
    logConsistency: (from, to) =>
      nullIfNotFound(async () => {
        const found = await get(call, answer.logConsistencyAnswer, `/api/log/consistency?from=${from}&to=${to}`);
        return found.hashes;
      }),
  };
}

function messageRoutes(
  call: Call,
): Pick<Relay, 'postMessage' | 'listDeliveries' | 'envelope' | 'acknowledge' | 'attend'> {
  return {
    postMessage: (message) =>
      ask(call, answer.messageAccepted, { method: 'POST', path: '/api/messages', json: messageJson(message) }),
    listDeliveries: (afterSeq, limit = 100) =>
      get(call, answer.deliveriesPage, `/api/deliveries?after=${afterSeq}&limit=${limit}`),
    envelope: (seq) => call.bytes({ method: 'GET', path: `/api/deliveries/${seq}/envelope` }, null),
    acknowledge: (seq) => call.nothing({ method: 'POST', path: `/api/deliveries/${seq}/acknowledgement` }),
    attend: (seq) => call.nothing({ method: 'POST', path: `/api/deliveries/${seq}/attended` }),
  };
}

function payloadPath(payloadId: PayloadId): string {
  return `/api/payloads/${payloadId}`;
}

function uploadRoutes(call: Call): Pick<Relay, 'putPart' | 'listParts' | 'putTally'> {
  return {
    putPart: (payloadId, { firstSegment, segments, digests }, signal) =>
      call.nothing({
        method: 'PUT',
        path: `${payloadPath(payloadId)}/parts/${firstSegment}`,
        headers: { 'bildbote-segment-digests': toBase64Url(digests) },
        body: segments,
        signal,
      }),
    listParts: (payloadId) =>
      pages(async (after) => {
        const page = await get(call, answer.partsPage, `${payloadPath(payloadId)}/parts?after=${after}&limit=1000`);
        return { items: page.parts, next: page.next };
      }),
    putTally: (payloadId, seq, segments, record) =>
      call.nothing({
        method: 'PUT',
        path: `${payloadPath(payloadId)}/tallies/${seq}?segments=${segments}`,
        body: [record],
      }),
  };
}

function downloadRoutes(call: Call): Pick<Relay, 'payload' | 'newestTally' | 'digests' | 'segments'> {
  return {
    payload: (payloadId) => get(call, answer.payloadAnswer, payloadPath(payloadId)),
    newestTally: (payloadId) =>
      nullIfNotFound(() => get(call, answer.tallyAnswer, `${payloadPath(payloadId)}/tallies/newest`)),
    digests: (payloadId, first, count) => readDigests(call, payloadPath(payloadId), first, count),
    segments: (payloadId, { first, count, bytes }, signal) =>
      call.bytes({ method: 'GET', path: `${payloadPath(payloadId)}/segments/${first}?count=${count}`, signal }, bytes),
  };
}

interface Call {
  json(request: Exchange): Promise<unknown>;
  nothing(request: Exchange): Promise<void>;
  bytes(request: Exchange, expectedBytes: number | null): Promise<Uint8Array<ArrayBuffer>>;
  token(): Promise<string>;
}

/** Sessions and retries around the bare exchange. */
function createCall({ origin, transport, retry, signer }: RelayOptions): Call {
  let session: Promise<z.infer<typeof answer.session>> | null = null;

  const current = async (): Promise<string> => {
    if (signer === null) throw new CoreError('session-required', 'no account');
    session ??= signIn(transport, origin, signer);
    const mine = session;
    try {
      const { token, expiresAt } = await mine;
      if (retry.now() < expiresAt - RENEW_BEFORE_MS) return token;
    } catch (error) {
      if (session === mine) session = null;
      throw error;
    }
    if (session === mine) session = null;
    return current();
  };

  const once = async (request: Exchange): Promise<Uint8Array<ArrayBuffer>> => {
    if (signer === null) return exchange(transport, origin, request);
    try {
      return await exchange(transport, origin, { ...request, token: await current() });
    } catch (error) {
      if (!(error instanceof CoreError) || error.code !== 'session-required') throw error;
      session = null;
      return exchange(transport, origin, { ...request, token: await current() });
    }
  };
  const perform = (request: Exchange): Promise<Uint8Array<ArrayBuffer>> =>
    withRetry(retry, () => once(request), request.signal);

  return {
    json: async (request) => readJson(await perform(request)),
    bytes: async (request, expectedBytes) => assertLength(await perform(request), expectedBytes),
    nothing: async (request) => void (await perform(request)),
    token: () => withRetry(retry, current),
  };
}

function assertLength(bytes: Uint8Array<ArrayBuffer>, expected: number | null): Uint8Array<ArrayBuffer> {
  if (expected === null || bytes.length === expected) return bytes;
  throw new CoreError('relay-answer', 'the answer has another length than asked for');
}

/** docs/spec/relay-api.md §3 */
async function signIn(transport: Transport, origin: string, signer: Signer): Promise<z.infer<typeof answer.session>> {
  try {
    return await signInBy(transport, origin, signer, (nonce, timeMs) => signer.signAuth(origin, nonce, timeMs));
  } catch (error) {
    const isRefused = error instanceof CoreError && error.code === 'challenge-refused';
    const pending = isRefused ? signer.signAuthPending?.bind(signer) : undefined;
    if (pending === undefined) throw error;
    return signInBy(transport, origin, signer, (nonce, timeMs) => {
      const signed = pending(origin, nonce, timeMs);
      if (signed === null) throw error;
      return signed;
    });
  }
}

async function signInBy(
  transport: Transport,
  origin: string,
  { mailboxId, deviceId }: Signer,
  sign: (nonce: Uint8Array, timeMs: number) => SignedAuth,
): Promise<z.infer<typeof answer.session>> {
  const asked = await exchange(transport, origin, {
    method: 'POST',
    path: '/api/sessions/challenges',
    json: { mailboxId, deviceId },
  });
  const { nonce } = answer.parseAnswer(answer.challenge, readJson(asked));
  const { auth, signature } = sign(nonce, Date.now());
  const begun = await exchange(transport, origin, {
    method: 'POST',
    path: '/api/sessions',
    json: { auth: toBase64Url(auth), signature: toBase64Url(signature) },
  });
  return answer.parseAnswer(answer.session, readJson(begun));
}

function messageJson(message: MessageRequest): unknown {
  return {
    messageId: message.messageId,
    envelopes: message.envelopes.map((item) => ({ ...item, envelope: toBase64Url(item.envelope) })),
    payloads: message.payloads.map((item) => ({ ...item, header: toBase64Url(item.header) })),
    reuse: message.reuse,
    expiresAt: new Date(message.expiresMs).toISOString(),
    deadlineAt: message.deadlineMs === null ? null : new Date(message.deadlineMs).toISOString(),
  };
}

async function readDigests(call: Call, path: string, first: number, count: number): Promise<Uint8Array> {
  const out = new Uint8Array(count * DIGEST_BYTES);
  for (let done = 0; done < count;) {
    const step = Math.min(count - done, MAX_DIGESTS);
    const request: Exchange = { method: 'GET', path: `${path}/digests?first=${first + done}&count=${step}` };
    out.set(await call.bytes(request, step * DIGEST_BYTES), done * DIGEST_BYTES);
    done += step;
  }
  return out;
}

async function* pages<T>(
  page: (after: number) => Promise<{ items: readonly T[]; next: number | null }>,
): AsyncGenerator<T, void, undefined> {
  for (let after: number | null = -1; after !== null;) {
    const { items, next }: { items: readonly T[]; next: number | null } = await page(after);
    yield* items;
    if (next !== null && next <= after) throw new CoreError('relay-answer', 'a page leads back');
    after = next;
  }
}

function search(fields: Readonly<Record<string, string | null>>): string {
  const given = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== null);
  return new URLSearchParams(given).toString();
}
