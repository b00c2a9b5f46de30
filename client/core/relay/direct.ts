import { concatBytes, toBase64Url } from '../../../crypto/wire/bytes.js';
import { type PayloadId } from '../../../crypto/wire/ids.js';
import { CoreError, throwIfAborted } from '../error.js';
import { type Transport } from '../ports.js';
import * as answer from './answer.js';
import { type Asking, ask, tell } from './asking.js';

/**
 * Parts to and from the relay's store past the relay, where its operator offers it (docs/spec/relay-api.md §16). What the store
 * gets and gives is sealed, and is held against the same digests; where this way does not work, the one through the relay does.
 */
export interface DirectWay {
  /** @returns whether the relay has the part now; else it is to be sent the other way */
  putPart(payloadId: PayloadId, part: DirectPart, signal?: AbortSignal): Promise<boolean>;
  /** @returns null when they are to be fetched the other way */
  segments(payloadId: PayloadId, range: DirectRange, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer> | null>;
}

interface DirectPart {
  readonly firstSegment: number;
  readonly segments: readonly Uint8Array<ArrayBuffer>[];
  readonly digests: Uint8Array;
}

interface DirectRange {
  readonly first: number;
  readonly count: number;
  readonly bytes: number;
}

/** A firewall that lets nobody reach the store does so every time: after so many failures in a row it is not tried again. */
const MAX_FAILURES = 3;

/** What of the relay's answers says that this way is closed, and nothing worse. */
const OTHER_WAY = ['not-found', 'segments-missing', 'rate-limited', 'gone', 'relay-answer'];

export function createDirectWay(call: Asking, transport: Transport, relayOrigin: string): DirectWay {
  const attempt = createAttempts(call, relayOrigin);
  return {
    putPart: async (payloadId, part, signal) => {
      const path = { payloadId, firstSegment: part.firstSegment };
      const bytes = part.segments.reduce((sum, segment) => sum + segment.length, 0);
      const json = { digests: toBase64Url(part.digests), bytes };
      const done = await attempt(async (origin) => {
        const opened = 'POST /api/payloads/{payloadId}/parts/{firstSegment}/direct';
        const ticket = await ask(call, opened, answer.directTicket, { path, json });
        const store = { origin, transport, signal };
        if ((await perform(store, ticket, part.segments)) === null) return null;
        const redeemed = 'POST /api/payloads/{payloadId}/parts/{firstSegment}/direct/{ticket}';
        await tell(call, redeemed, { path: { ...path, ticket: ticket.ticket } });
        return true;
      }, signal);
      return done === true;
    },
    segments: (payloadId, { first, count, bytes }, signal) =>
      attempt(async (origin) => {
        const name = 'GET /api/payloads/{payloadId}/segments/{first}/direct';
        const found = await ask(call, name, answer.directPieces, { path: { payloadId, first }, query: { count } });
        const total = found.pieces.reduce((sum, piece) => sum + piece.bytes, 0);
        if (total !== bytes) throw new CoreError('relay-answer', 'pieces of another length than asked for');
        const pieces: Uint8Array<ArrayBuffer>[] = [];
        for (const piece of found.pieces) {
          const got = await perform({ origin, transport, signal }, piece, null);
          if (got?.length !== piece.bytes) return null;
          pieces.push(got);
        }
        return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : concatBytes(...pieces);
      }, signal),
  };
}

type Attempt = <T>(work: (origin: string) => Promise<T | null>, signal?: AbortSignal) => Promise<T | null>;

/** Remembers whether the relay offers this way, and how often it has failed. */
function createAttempts(call: Asking, relayOrigin: string): Attempt {
  let offer: Promise<string | null> | null = null;
  let failures = 0;
  /** The store's origin, or null where there is none, or none that may be believed. */
  const offered = (): Promise<string | null> => {
    offer ??= ask(call, 'GET /api/relay', answer.relayInfo, {}).then(
      ({ direct }) => (direct !== null && isStoreOrigin(direct, relayOrigin) ? direct : null),
      (error: unknown) => {
        offer = null;
        throw error;
      },
    );
    return offer;
  };
  return async (work, signal) => {
    if (failures >= MAX_FAILURES) return null;
    const origin = await offered();
    if (origin === null) return null;
    try {
      const result = await work(origin);
      failures = result === null ? failures + 1 : 0;
      return result;
    } catch (error) {
      throwIfAborted(signal);
      if (!isOtherWay(error)) throw error;
      failures += 1;
      return null;
    }
  };
}

interface Store {
  readonly origin: string;
  readonly transport: Transport;
  readonly signal: AbortSignal | undefined;
}

/** @param body null to fetch. @returns null when the store refuses */
async function perform(
  { origin, transport, signal }: Store,
  { url, headers }: answer.SignedRequest,
  body: readonly Uint8Array<ArrayBuffer>[] | null,
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (!URL.canParse(url) || new URL(url).origin !== origin) {
    throw new CoreError('relay-answer', 'an address that is not the store’s');
  }
  const given = Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => !!entry[1]));
  if (body !== null) given['content-type'] = 'application/octet-stream';
  const got = await transport({ method: body === null ? 'GET' : 'PUT', url, headers: given, body, signal });
  return got.status >= 200 && got.status < 300 ? got.bytes : null;
}

/** What the transport could not do, or the relay will not: the other way shows whether it is worse than that. */
function isOtherWay(error: unknown): boolean {
  if (!(error instanceof CoreError)) return false;
  return error.code.startsWith('relay-') || OTHER_WAY.includes(error.code);
}

/**
 * A relay could name any address in the practice's own network (attack A5): only one is taken that proves its name by TLS. On
 * this machine, where the relay itself is reached without, the store may be as well.
 */
export function isStoreOrigin(text: string, relayOrigin: string): boolean {
  if (!URL.canParse(text)) return false;
  const [store, relay] = [new URL(text), new URL(relayOrigin)];
  if (store.origin !== text) return false;
  if (store.protocol === 'https:') return !isAddress(store.hostname) || store.hostname === relay.hostname;
  return store.protocol === 'http:' && isThisMachine(store.hostname) && isThisMachine(relay.hostname);
}

function isAddress(host: string): boolean {
  return host.startsWith('[') || /^[\d.]+$/.test(host) || !host.includes('.');
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\./.test(host);
}
