import { concatBytes } from '../../../crypto/wire/bytes.js';
import { type CborValue, cborRecord, encodeCbor, parseCbor } from '../../../crypto/wire/cbor.js';
import {
  type FileId,
  type MessageId,
  fileIdFrom,
  idBytes,
  mailboxIdFrom,
  messageIdFrom,
  payloadIdFrom,
} from '../../../crypto/wire/ids.js';
import { asArray, asBytes, asMap, asText, asUint, assertKeys, orNull } from '../../../crypto/wire/shape.js';
import { type Secret, asSecret } from '../../../crypto/seal/secret.js';
import { type Account } from '../account/account.js';
import { type SealedLog } from '../account/sealed-log.js';
import { CoreError } from '../error.js';
import { type Plan } from '../package/plan.js';
import { encodePlan, parsePlan } from '../package/plan-codec.js';
import { type MessageRequest } from '../relay/relay.js';

/**
 * A message under way, as it survives a crash: the very bytes that are posted, and all that makes the package again
 * (docs/spec/envelope.md §6: envelopes are journaled before they are posted, retries send the same bytes).
 */
export interface Outgoing {
  readonly request: MessageRequest;
  /** Null for a message without files. */
  readonly payload: OutgoingPayload | null;
}

export interface OutgoingPayload {
  readonly header: Uint8Array;
  readonly secret: Secret;
  readonly plan: Plan;
  readonly sources: ReadonlyMap<FileId, SourceRecord>;
}

export interface SourceRecord {
  readonly locator: string;
  readonly size: number;
  readonly modifiedMs: number | null;
}

/** An outgoing message with its log: what comes next in it is the upload's journal. */
export interface OpenOutgoing extends Outgoing {
  readonly log: SealedLog;
  /** The upload's journal entries, to be read once. */
  readonly rest: AsyncIterable<Uint8Array>;
}

const PLAN_SLICE_BYTES = 4 * 1024 * 1024;
const SOURCES_PER_RECORD = 500;
const MAX_RECORD_BYTES = 16 * 1024 * 1024;
/** A path of 4,096 characters and, for an entry of an archive, where it lies in it; each quoted twice at most. */
const MAX_LOCATOR = 16_384;

export function outgoingLog(messageId: MessageId): string {
  return `out-${messageId}`;
}

/** Writes all of it down: durable when it returns, and worth nothing until the account records it as prepared. */
export async function saveOutgoing(account: Account, outgoing: Outgoing): Promise<OpenOutgoing> {
  const log = await account.openLog(outgoingLog(outgoing.request.messageId));
  const planBytes = outgoing.payload === null ? new Uint8Array(0) : encodePlan(outgoing.payload.plan);
  const sources = [...(outgoing.payload?.sources ?? [])];
  await log.append(
    encodeHead(outgoing, slicesOf(planBytes.length, PLAN_SLICE_BYTES), slicesOf(sources.length, SOURCES_PER_RECORD)),
  );
  for (let at = 0; at < planBytes.length; at += PLAN_SLICE_BYTES) {
    await log.append(planBytes.subarray(at, at + PLAN_SLICE_BYTES));
  }
  for (let at = 0; at < sources.length; at += SOURCES_PER_RECORD) {
    await log.append(encodeCbor(sources.slice(at, at + SOURCES_PER_RECORD).map(encodeSource)));
  }
  return { ...outgoing, log, rest: none() };
}

/** @throws CoreError `message-unknown` */
export async function loadOutgoing(account: Account, messageId: MessageId): Promise<OpenOutgoing> {
  const log = await account.openLog(outgoingLog(messageId));
  try {
    return await readOutgoing(log);
  } catch (error) {
    await log.close();
    throw error;
  }
}

async function readOutgoing(log: SealedLog): Promise<OpenOutgoing> {
  const records = log.read()[Symbol.asyncIterator]();
  const take = async (): Promise<Uint8Array> => {
    const next = await records.next();
    if (next.done === true) throw new CoreError('message-unknown', 'nothing was begun under this id');
    return next.value;
  };
  const head = parseHead(await take());
  const slices: Uint8Array[] = [];
  for (let i = 0; i < head.planSlices; i++) slices.push(await take());
  const sources = new Map<FileId, SourceRecord>();
  for (let i = 0; i < head.sourceRecords; i++)
    for (const [id, source] of parseSources(await take())) sources.set(id, source);
  const payload = head.payload === null ? null : { ...head.payload, plan: parsePlan(concatBytes(...slices)), sources };
  return { request: head.request, payload, log, rest: { [Symbol.asyncIterator]: () => records } };
}

async function* none(): AsyncGenerator<Uint8Array, void, undefined> {
  // A message that has just been written has no journal entries yet.
}

function slicesOf(length: number, size: number): number {
  return Math.ceil(length / size);
}

interface Head {
  readonly request: MessageRequest;
  readonly payload: Omit<OutgoingPayload, 'plan' | 'sources'> | null;
  readonly planSlices: number;
  readonly sourceRecords: number;
}

function encodeHead({ request, payload }: Outgoing, planSlices: number, sourceRecords: number): Uint8Array {
  return encodeCbor(
    cborRecord({
      1: idBytes(request.messageId),
      2: request.envelopes.map((item) => [idBytes(item.mailboxId), item.envelope]),
      3: request.payloads.map((item) => [item.header, item.sizeBound]),
      4: request.expiresMs,
      5: request.deadlineMs,
      6: payload === null ? null : [payload.header, payload.secret],
      7: planSlices,
      8: sourceRecords,
      9: request.reuse.map(idBytes),
    }),
  );
}

function parseHead(bytes: Uint8Array): Head {
  const map = asMap(parseCbor(bytes, { maxBytes: MAX_RECORD_BYTES }));
  assertKeys(map, [1, 2, 3, 4, 5, 6, 7, 8], [9]);
  return {
    request: {
      messageId: messageIdFrom(asBytes(map.get(1))),
      envelopes: asArray(map.get(2)).map((item) => {
        const [mailboxId, envelope] = asArray(item, 2);
        return { mailboxId: mailboxIdFrom(asBytes(mailboxId)), envelope: asBytes(envelope) };
      }),
      payloads: asArray(map.get(3)).map((item) => {
        const [header, sizeBound] = asArray(item, 2);
        return { header: asBytes(header), sizeBound: asUint(sizeBound) };
      }),
      // Version 0.0.1 knew no forwarding and wrote no field 9.
      reuse: asArray(map.get(9) ?? []).map((item) => payloadIdFrom(asBytes(item))),
      expiresMs: asUint(map.get(4)),
      deadlineMs: orNull(map.get(5), (value) => asUint(value)),
    },
    payload: orNull(map.get(6), (value) => {
      // Earlier versions wrote a third field.
      const [header, secret] = asArray(value);
      return { header: asBytes(header), secret: asSecret(asBytes(secret, 32)) };
    }),
    planSlices: asUint(map.get(7)),
    sourceRecords: asUint(map.get(8)),
  };
}

function encodeSource([fileId, source]: readonly [FileId, SourceRecord]): CborValue {
  return [idBytes(fileId), source.locator, source.size, source.modifiedMs];
}

function parseSources(bytes: Uint8Array): [FileId, SourceRecord][] {
  return asArray(parseCbor(bytes, { maxBytes: MAX_RECORD_BYTES })).map((item) => {
    const [fileId, locator, size, modifiedMs] = asArray(item, 4);
    const source = {
      locator: asText(locator, MAX_LOCATOR),
      size: asUint(size),
      modifiedMs: orNull(modifiedMs, (value) => asUint(value)),
    };
    return [fileIdFrom(asBytes(fileId)), source];
  });
}
