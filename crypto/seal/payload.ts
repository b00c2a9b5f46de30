import { type PayloadHeader, PAYLOAD_AAD, type SegmentBytes, encodePayloadHeader } from '../wire/payload.js';
import { type FloeOpener, type FloeSealer, createFloe, openFloe, resumeFloe } from './floe.js';
import { randomSecret } from './device-keys.js';
import { type Secret } from './secret.js';
import { hkdfExpandSha256 } from './suite.js';

/** Sealing and opening a payload's segments (docs/spec/payload.md §3). */

export interface PayloadSealer {
  readonly header: PayloadHeader;
  readonly floe: FloeSealer;
}

export interface PayloadOpener {
  readonly header: PayloadHeader;
  readonly floe: FloeOpener;
}

export interface NewPayload extends PayloadSealer {
  /** One per payload, never reused (invariant 4). */
  readonly secret: Secret;
}

export async function createPayload(segmentBytes: SegmentBytes): Promise<NewPayload> {
  const secret = randomSecret();
  const floe = await createFloe(bulkKey(secret), PAYLOAD_AAD, segmentBytes);
  return { secret, floe, header: encodePayloadHeader(floe.header) };
}

/** Goes on with an interrupted payload: the same header, a fresh IV for each segment that is sealed again. @throws SealError */
export async function resumePayload(secret: Secret, header: PayloadHeader): Promise<PayloadSealer> {
  return { header, floe: await resumeFloe(bulkKey(secret), PAYLOAD_AAD, header.floeHeader) };
}

/** @throws SealError `open-failed` unless the header was made with this secret */
export async function openPayload(secret: Secret, header: PayloadHeader): Promise<PayloadOpener> {
  return { header, floe: await openFloe(bulkKey(secret), PAYLOAD_AAD, header.floeHeader) };
}

function bulkKey(secret: Secret): Uint8Array {
  return hkdfExpandSha256(secret, 'bb1/payload/floe', 32);
}

/** The key of a payload's tallies. */
export function controlKey(secret: Secret): Uint8Array {
  return hkdfExpandSha256(secret, 'bb1/payload/ctrl', 32);
}
