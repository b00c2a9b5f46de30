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
import { type DirectWay, createDirectWay } from './direct.js';
import { type DeviceRelay, deviceRoutes } from './device-routes.js';
import { type LifeRelay, lifeRoutes } from './life-routes.js';
import { type Exchange, exchange, readJson } from './http.js';
import { type Asking, ask, tell } from './asking.js';
import { nullIfNotFound } from './not-found.js';
import { type Input, requestOf } from './operation.js';
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
  /** Room for them: they may come in it, or in room of their own. */
  readonly into?: Uint8Array<ArrayBuffer>;
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
  const direct = createDirectWay(call, options.transport, options.origin);
  return {
    origin: options.origin,
    sessionToken: call.token,
    ...joiningRoutes(call),
    ...directoryRoutes(call),
    ...contactRoutes(call),
    ...logRoutes(call),
    ...messageRoutes(call),
    ...uploadRoutes(call, direct),
    ...downloadRoutes(call, direct),
    ...deviceRoutes(call),
    ...lifeRoutes(call),
  };
}

function joiningRoutes(call: Call): Pick<Relay, 'info' | 'lookupInvitation' | 'enrol'> {
  return {
    info: () => ask(call, 'GET /api/relay', answer.relayInfo, {}),
    lookupInvitation: (invitation) =>
      ask(call, 'POST /api/invitations/lookup', answer.invitationInfo, { json: { invitation } }),
    enrol: (invitation, statements) =>
      ask(call, 'POST /api/enrolments', answer.enrolled, {
        json: { invitation, statements: statements.map(toBase64Url) },
      }),
  };
}

function directoryRoutes(
  call: Call,
): Pick<Relay, 'searchDirectory' | 'findAddress' | 'statements' | 'excerpt' | 'postStatements'> {
  return {
    searchDirectory: (query, after) =>
      ask(call, 'GET /api/directory', answer.directoryPage, { query: { query, ...afterOf(after) } }),
    findAddress: (address) =>
      nullIfNotFound(async () => {
        const path = { address };
        return (await ask(call, 'GET /api/directory/addresses/{address}', answer.addressAnswer, { path })).mailboxId;
      }),
    statements: async (mailboxId, afterSeq) => {
      const statements: Uint8Array[] = [];
      const path = { mailboxId };
      for (;;) {
        const query = { after: afterSeq + statements.length };
        const page = await ask(call, 'GET /api/mailboxes/{mailboxId}/statements', answer.statementsAnswer, {
          path,
          query,
        });
        statements.push(...page.statements);
        if (page.statements.length === 0 || afterSeq + statements.length >= page.last) return statements;
      }
    },
    excerpt: (mailboxId, seen) =>
      nullIfNotFound(() =>
        call.bytes(requestOf('GET /api/mailboxes/{mailboxId}/excerpt', { path: { mailboxId }, query: { seen } }), null),
      ),
    postStatements: (mailboxId, statements) =>
      tell(call, 'POST /api/mailboxes/{mailboxId}/statements', {
        path: { mailboxId },
        json: { statements: statements.map(toBase64Url) },
      }),
  };
}

function afterOf(after: string | null): { after?: string } {
  return after === null ? {} : { after };
}

function contactRoutes(call: Call): Pick<Relay, 'listContacts' | 'setContactPolicy' | 'setContact'> {
  return {
    listContacts: (after) => ask(call, 'GET /api/contacts', answer.contactsPage, { query: afterOf(after) }),
    setContactPolicy: (policy) => tell(call, 'PUT /api/contacts/policy', { json: { policy } }),
    setContact: (mailboxId, permission) =>
      tell(call, 'PUT /api/contacts/{mailboxId}', { path: { mailboxId }, json: { permission } }),
  };
}

function logRoutes(call: Call): Pick<Relay, 'logPolicy' | 'logProof' | 'logConsistency'> {
  return {
    logPolicy: () => call.bytes(requestOf('GET /log/policy', {}), null),
    logProof: (index, from) =>
      ask(call, 'GET /api/log/proofs/{index}', answer.logProofAnswer, { path: { index }, query: { from } }),
    logConsistency: (from, to) =>
      nullIfNotFound(async () => {
        const query = { from, to };
        return (await ask(call, 'GET /api/log/consistency', answer.logConsistencyAnswer, { query })).hashes;
      }),
  };
}

function messageRoutes(
  call: Call,
): Pick<Relay, 'postMessage' | 'listDeliveries' | 'envelope' | 'acknowledge' | 'attend'> {
  return {
    postMessage: (message) => ask(call, 'POST /api/messages', answer.messageAccepted, { json: messageJson(message) }),
    listDeliveries: (after, limit = 100) =>
      ask(call, 'GET /api/deliveries', answer.deliveriesPage, { query: { after, limit } }),
    envelope: (seq) => call.bytes(requestOf('GET /api/deliveries/{seq}/envelope', { path: { seq } }), null),
    acknowledge: (seq) => tell(call, 'POST /api/deliveries/{seq}/acknowledgement', { path: { seq } }),
    attend: (seq) => tell(call, 'POST /api/deliveries/{seq}/attended', { path: { seq } }),
  };
}

function uploadRoutes(call: Call, direct: DirectWay): Pick<Relay, 'putPart' | 'listParts' | 'putTally'> {
  return {
    putPart: async (payloadId, part, signal) => {
      if (await direct.putPart(payloadId, part, signal)) return;
      const { firstSegment, segments, digests } = part;
      const path = { payloadId, firstSegment };
      const header = { 'Bildbote-Segment-Digests': toBase64Url(digests) };
      const name = 'PUT /api/payloads/{payloadId}/parts/{firstSegment}';
      await call.nothing(requestOf(name, { path, header, body: segments }, signal));
    },
    listParts: (payloadId) =>
      pages(async (after) => {
        const query = { after, limit: 1000 };
        const page = await ask(call, 'GET /api/payloads/{payloadId}/parts', answer.partsPage, {
          path: { payloadId },
          query,
        });
        return { items: page.parts, next: page.next };
      }),
    putTally: (payloadId, seq, segments, record) =>
      tell(call, 'PUT /api/payloads/{payloadId}/tallies/{seq}', {
        path: { payloadId, seq },
        query: { segments },
        body: [record],
      }),
  };
}

function downloadRoutes(
  call: Call,
  direct: DirectWay,
): Pick<Relay, 'payload' | 'newestTally' | 'digests' | 'segments'> {
  return {
    payload: (payloadId) => ask(call, 'GET /api/payloads/{payloadId}', answer.payloadAnswer, { path: { payloadId } }),
    newestTally: (payloadId) =>
      nullIfNotFound(() =>
        ask(call, 'GET /api/payloads/{payloadId}/tallies/newest', answer.tallyAnswer, { path: { payloadId } }),
      ),
    digests: (payloadId, first, count) => readDigests(call, payloadId, first, count),
    segments: async (payloadId, range, signal) => {
      const brought = await direct.segments(payloadId, range, signal);
      if (brought !== null) return brought;
      const { first, count, bytes, into } = range;
      const input = { path: { payloadId, first }, query: { count } };
      const request = requestOf('GET /api/payloads/{payloadId}/segments/{first}', input, signal);
      return call.bytes({ ...request, into }, bytes);
    },
  };
}

interface Call extends Asking {
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
  const challenge = requestOf('POST /api/sessions/challenges', { json: { mailboxId, deviceId } });
  const asked = await exchange(transport, origin, challenge);
  const { nonce } = answer.parseAnswer(answer.challenge, readJson(asked));
  const { auth, signature } = sign(nonce, Date.now());
  const json = { auth: toBase64Url(auth), signature: toBase64Url(signature) };
  const begun = await exchange(transport, origin, requestOf('POST /api/sessions', { json }));
  return answer.parseAnswer(answer.session, readJson(begun));
}

function messageJson(message: MessageRequest): Input<'POST /api/messages'>['json'] {
  return {
    messageId: message.messageId,
    envelopes: message.envelopes.map((item) => ({ ...item, envelope: toBase64Url(item.envelope) })),
    payloads: message.payloads.map((item) => ({ ...item, header: toBase64Url(item.header) })),
    reuse: message.reuse,
    expiresAt: new Date(message.expiresMs).toISOString(),
    deadlineAt: message.deadlineMs === null ? null : new Date(message.deadlineMs).toISOString(),
  };
}

async function readDigests(call: Call, payloadId: PayloadId, first: number, count: number): Promise<Uint8Array> {
  const out = new Uint8Array(count * DIGEST_BYTES);
  for (let done = 0; done < count;) {
    const step = Math.min(count - done, MAX_DIGESTS);
    const input = { path: { payloadId }, query: { first: first + done, count: step } };
    const request = requestOf('GET /api/payloads/{payloadId}/digests', input);
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
