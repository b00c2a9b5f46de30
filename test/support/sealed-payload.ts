import { createHash, randomBytes } from 'node:crypto';
import { concatBytes, writeUint32 } from '../../crypto/wire/bytes.js';
import type { MailboxId, PayloadId } from '../../crypto/wire/ids.js';
import {
  type SegmentBytes,
  SEGMENT_OVERHEAD,
  SMALL_SEGMENT_BYTES,
  encodePayloadHeader,
  segmentLeaf,
} from '../../crypto/wire/payload.js';
import { TALLY_WIRE_BYTES } from '../../crypto/wire/tally.js';
import type { Answer } from './http.js';
import { type Actor, base64Url, randomHex } from './relay.js';

/** What a payload looks like from outside: framed like one, filled with noise, since the relay can see no more. */
export interface SealedPayload {
  readonly header: Uint8Array;
  readonly payloadId: PayloadId;
  readonly segmentBytes: SegmentBytes;
  readonly sizeBound: number;
  readonly segments: readonly Buffer[];
  readonly leaves: readonly Uint8Array[];
}

export interface PayloadShape {
  readonly segments: number;
  /** Of the last segment, on the wire. */
  readonly lastBytes?: number;
  readonly segmentBytes?: SegmentBytes;
}

export function createPayload(shape: PayloadShape): SealedPayload {
  const { segmentBytes = SMALL_SEGMENT_BYTES, lastBytes = 1_000 } = shape;
  const header = encodePayloadHeader(
    concatBytes(new Uint8Array(2), writeUint32(segmentBytes), writeUint32(32), randomBytes(64)),
  );
  const segments = Array.from({ length: shape.segments }, (_, i) =>
    i === shape.segments - 1 ? lastSegment(lastBytes) : innerSegment(segmentBytes),
  );
  const { payloadId } = header;
  const leaves = segments.map((segment, i) => segmentLeaf(payloadId, i, segment.length, sha256(segment)));
  const sizeBound = segments.reduce((sum, segment) => sum + segment.length - SEGMENT_OVERHEAD, 0);
  return { header: header.bytes, payloadId, segmentBytes, sizeBound, segments, leaves };
}

export function innerSegment(length: number): Buffer {
  return Buffer.concat([writeUint32(0xffffffff), randomBytes(length - 4)]);
}

export function lastSegment(length: number): Buffer {
  return Buffer.concat([writeUint32(length), randomBytes(length - 4)]);
}

export function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

export function digestsHeader(segments: readonly Uint8Array[]): Record<string, string> {
  return { 'Bildbote-Segment-Digests': base64Url(Buffer.concat(segments.map(sha256))) };
}

/** Uploads segments as one part. */
export function putSegments(
  actor: Actor,
  payloadId: string,
  first: number,
  segments: readonly Buffer[],
): Promise<Answer> {
  return actor.ask('PUT', `/api/payloads/${payloadId}/parts/${first}`, {
    body: Buffer.concat(segments),
    headers: digestsHeader(segments),
  });
}

export function putPart(actor: Actor, payload: SealedPayload, first: number, count: number): Promise<Answer> {
  return putSegments(actor, payload.payloadId, first, payload.segments.slice(first, first + count));
}

export function tallyRecord(): Buffer {
  return randomBytes(TALLY_WIRE_BYTES);
}

export function putTally(
  actor: Actor,
  payloadId: string,
  seq: number,
  segments: number,
  record: Uint8Array = tallyRecord(),
): Promise<Answer> {
  return actor.ask('PUT', `/api/payloads/${payloadId}/tallies/${seq}?segments=${segments}`, { body: record });
}

/** Frame and lengths of an envelope around noise. */
export function createEnvelope(length = 5_300): Buffer {
  return Buffer.concat([Buffer.from('BBENVL1\n'), Buffer.from([0, 1]), randomBytes(length - 10)]);
}

export interface MessageParts {
  readonly messageId?: string;
  readonly payloads?: readonly SealedPayload[];
  readonly reuse?: readonly string[];
  readonly expiresAt?: string;
  readonly deadlineAt?: string | null;
}

export const DAY_MS = 86_400_000;

/** The JSON of `POST /api/messages`, an envelope for each recipient. */
export function messageTo(recipients: readonly MailboxId[], parts: MessageParts = {}) {
  return {
    messageId: parts.messageId ?? randomHex(16),
    envelopes: recipients.map((mailboxId) => ({
      mailboxId: mailboxId as string,
      envelope: base64Url(createEnvelope()),
    })),
    payloads: (parts.payloads ?? []).map(({ header, sizeBound }) => ({ header: base64Url(header), sizeBound })),
    reuse: parts.reuse ?? [],
    expiresAt: parts.expiresAt ?? new Date(Date.now() + 30 * DAY_MS).toISOString(),
    deadlineAt: parts.deadlineAt ?? null,
  };
}

export type MessageJson = ReturnType<typeof messageTo>;

export function post(actor: Actor, json: unknown): Promise<Answer> {
  return actor.ask('POST', '/api/messages', { json });
}
