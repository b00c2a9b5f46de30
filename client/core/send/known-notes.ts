import { toHex } from '../../../crypto/wire/bytes.js';
import { type CborValue, encodeCbor, parseCbor } from '../../../crypto/wire/cbor.js';
import {
  type DeviceId,
  type FileId,
  type MailboxId,
  type MessageId,
  type PayloadId,
  deviceIdFrom,
  fileIdFrom,
  idBytes,
  mailboxIdFrom,
  messageIdFrom,
  payloadIdFrom,
} from '../../../crypto/wire/ids.js';
import { asArray, asBytes } from '../../../crypto/wire/shape.js';
import { knownInstanceTag, knownPairKey, knownStudyTag } from '../../../crypto/seal/known.js';
import { type Secret } from '../../../crypto/seal/secret.js';
import { wipe } from '../../../crypto/seal/suite.js';
import { parsePayloadHeader } from '../../../crypto/wire/payload.js';
import { type Account } from '../account/account.js';
import { type Desk } from '../desk.js';
import { type Plan } from '../package/plan.js';
import { type Outgoing } from './outbox.js';

/**
 * What has been sent to whom, as keyed hashes (docs/spec/keystore.md §5): a sealed log for each recipient, study and payload, whose name
 * says the study's tag and the day after which it is of no use.
 */

/** An instance that was sent. */
export interface SentInstance {
  readonly studyInstanceUid: string;
  readonly sopInstanceUid: string;
  readonly fileId: FileId;
  readonly sha256: Uint8Array;
}

/** A payload, the message that brought it, and who tallied it. */
export interface SentPayload {
  readonly payloadId: PayloadId;
  readonly messageId: MessageId;
  readonly origin: { readonly mailboxId: MailboxId; readonly deviceId: DeviceId };
}

export interface KnownNote extends SentPayload {
  /** File ids by the hex of their instance tags. */
  readonly files: ReadonlyMap<string, FileId>;
}

const DAY_MS = 86_400_000;
const PREFIX = 'known-';
const FILES_PER_RECORD = 500;
const MAX_RECORD_BYTES = 65_536;
const LABEL = 'known';
const NAME = /^known-[0-9a-f]{16}-[0-9a-f]{16}-([0-9]{1,9})$/;

/** The keys of an account and some recipients, in their order. Dispose them. */
export interface PairKeys extends Disposable {
  readonly keys: readonly Secret[];
}

export function pairKeys(account: Account, recipients: readonly MailboxId[]): PairKeys {
  const root = account.subkey(LABEL);
  const keys = recipients.map((mailboxId) => knownPairKey(root, mailboxId));
  wipe(root);
  return { keys, [Symbol.dispose]: () => keys.forEach(wipe) };
}

/**
 * Notes what a message has brought to whom. What it only names stays noted for the message that brought it.
 * @param digests SHA-256 of the files that were sent in this run
 */
export async function noteOutgoing(
  { account }: Pick<Desk, 'account'>,
  { request, payload }: Pick<Outgoing, 'request' | 'payload'>,
  digests: ReadonlyMap<FileId, Uint8Array>,
): Promise<void> {
  if (payload === null) return;
  const { mailboxId, device } = account.content;
  const recipients = request.envelopes.map((one) => one.mailboxId).filter((one) => one !== mailboxId);
  const { payloadId } = parsePayloadHeader(payload.header);
  const origin = { mailboxId, deviceId: device.deviceId };
  const sent = { payloadId, messageId: request.messageId, origin };
  await noteSent(account, recipients, sent, instancesOf(payload.plan, digests), request.expiresMs);
}

function instancesOf({ studies }: Plan, digests: ReadonlyMap<FileId, Uint8Array>): SentInstance[] {
  return studies.flatMap(({ studyInstanceUid, series }) =>
    series.flatMap(({ instances }) =>
      instances.flatMap(({ sopInstanceUid, fileId }): SentInstance[] => {
        const sha256 = digests.get(fileId);
        return sha256 === undefined ? [] : [{ studyInstanceUid, sopInstanceUid, fileId, sha256 }];
      }),
    ),
  );
}

/** @param expiresMs when the relay may forget the payload */
async function noteSent(
  account: Account,
  recipients: readonly MailboxId[],
  payload: SentPayload,
  instances: readonly SentInstance[],
  expiresMs: number,
): Promise<void> {
  using pairs = pairKeys(account, recipients);
  const day = Math.floor(expiresMs / DAY_MS);
  for (const key of pairs.keys) {
    for (const [study, members] of byStudy(instances)) {
      const name = `${studyPrefix(key, study)}${payload.payloadId.slice(0, 16)}-${day}`;
      const files = members.map((one) => [knownInstanceTag(key, one.sopInstanceUid, one.sha256), idBytes(one.fileId)]);
      await append(account, name, payload, files);
    }
  }
}

function byStudy(instances: readonly SentInstance[]): ReadonlyMap<string, readonly SentInstance[]> {
  const studies = new Map<string, SentInstance[]>();
  for (const one of instances) {
    const members = studies.get(one.studyInstanceUid);
    if (members === undefined) studies.set(one.studyInstanceUid, [one]);
    else members.push(one);
  }
  return studies;
}

function studyPrefix(pair: Secret, studyInstanceUid: string): string {
  return `${PREFIX}${toHex(knownStudyTag(pair, studyInstanceUid))}-`;
}

async function append(
  account: Account,
  name: string,
  { payloadId, messageId, origin }: SentPayload,
  files: readonly CborValue[],
): Promise<void> {
  const log = await account.openLog(name);
  try {
    // A record is sealed for its place: those of an earlier message come first.
    for await (const record of log.read()) void record;
    const about = [payloadId, messageId, origin.mailboxId, origin.deviceId].map(idBytes);
    for (let at = 0; at < files.length; at += FILES_PER_RECORD) {
      await log.append(encodeCbor([...about, files.slice(at, at + FILES_PER_RECORD)]));
    }
  } finally {
    await log.close();
  }
}

/** Names of logs, those of no use removed. */
export async function noteLogs({ store }: Account, nowMs: number): Promise<readonly string[]> {
  const today = Math.floor(nowMs / DAY_MS);
  const good: string[] = [];
  for (const name of await store.listLogs()) {
    const day = NAME.exec(name)?.[1];
    if (day === undefined) continue;
    if (Number(day) < today) await store.removeLog(name);
    else good.push(name);
  }
  return good;
}

/** @param names from `noteLogs` @param pair from `pairKeys` */
export async function readNotes(
  account: Account,
  names: readonly string[],
  pair: Secret,
  studyInstanceUid: string,
): Promise<KnownNote[]> {
  const prefix = studyPrefix(pair, studyInstanceUid);
  const notes: KnownNote[] = [];
  for (const name of names.filter((one) => one.startsWith(prefix))) {
    const log = await account.openLog(name);
    try {
      for await (const record of log.read()) notes.push(parseNote(record));
    } finally {
      await log.close();
    }
  }
  return notes;
}

export function tagOf(pair: Secret, sopInstanceUid: string, sha256: Uint8Array): string {
  return toHex(knownInstanceTag(pair, sopInstanceUid, sha256));
}

function parseNote(record: Uint8Array): KnownNote {
  const [payloadId, messageId, mailboxId, deviceId, files] = asArray(
    parseCbor(record, { maxBytes: MAX_RECORD_BYTES }),
    5,
  );
  return {
    payloadId: payloadIdFrom(asBytes(payloadId)),
    messageId: messageIdFrom(asBytes(messageId)),
    origin: { mailboxId: mailboxIdFrom(asBytes(mailboxId)), deviceId: deviceIdFrom(asBytes(deviceId)) },
    files: new Map(
      asArray(files).map((item) => {
        const [instance, fileId] = asArray(item, 2);
        return [toHex(asBytes(instance, 32)), fileIdFrom(asBytes(fileId))] as const;
      }),
    ),
  };
}
