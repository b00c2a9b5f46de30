import { fromHex, toHex } from './bytes.js';
import { WireError } from './error.js';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** `TH("mailbox", genesis)`: 32 bytes as 64 lower-case hex digits, like every id above the wire. */
export type MailboxId = Branded<'MailboxId'>;
/** `TH("payload", payload header)`, 32 bytes. */
export type PayloadId = Branded<'PayloadId'>;
/** `TH("kem", epoch public key)`, 32 bytes. */
export type KemKeyId = Branded<'KemKeyId'>;
/** `TH("registrar", public key)`, 32 bytes. */
export type RegistrarId = Branded<'RegistrarId'>;
/** 16 random bytes, like MessageId and FileId. */
export type DeviceId = Branded<'DeviceId'>;
export type MessageId = Branded<'MessageId'>;
export type FileId = Branded<'FileId'>;
/** `local@domain`, lower case (docs/spec/mailbox.md §1). */
export type Address = Branded<'Address'>;

export type Id = MailboxId | PayloadId | KemKeyId | RegistrarId | DeviceId | MessageId | FileId;

const LONG = 32;
const SHORT = 16;

function hexId<T extends Id>(bytes: number): (text: string) => T {
  return (text) => {
    if (text.length !== 2 * bytes) throw new WireError('length', `an id has ${2 * bytes} hex digits`);
    fromHex(text);
    return text as T;
  };
}

function bytesId<T extends Id>(length: number): (bytes: Uint8Array) => T {
  return (bytes) => {
    if (bytes.length !== length) throw new WireError('length', `an id has ${length} bytes`);
    return toHex(bytes) as T;
  };
}

/** Text → id. @throws WireError `length`, `encoding` */
export const parseMailboxId = hexId<MailboxId>(LONG);
export const parsePayloadId = hexId<PayloadId>(LONG);
export const parseKemKeyId = hexId<KemKeyId>(LONG);
export const parseRegistrarId = hexId<RegistrarId>(LONG);
export const parseDeviceId = hexId<DeviceId>(SHORT);
export const parseMessageId = hexId<MessageId>(SHORT);
export const parseFileId = hexId<FileId>(SHORT);

/** Bytes → id. @throws WireError `length` */
export const mailboxIdFrom = bytesId<MailboxId>(LONG);
export const payloadIdFrom = bytesId<PayloadId>(LONG);
export const kemKeyIdFrom = bytesId<KemKeyId>(LONG);
export const registrarIdFrom = bytesId<RegistrarId>(LONG);
export const deviceIdFrom = bytesId<DeviceId>(SHORT);
export const messageIdFrom = bytesId<MessageId>(SHORT);
export const fileIdFrom = bytesId<FileId>(SHORT);

/** Id → bytes. */
export function idBytes(id: Id): Uint8Array<ArrayBuffer> {
  return fromHex(id);
}

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const LOCAL = '[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?';
const ADDRESS = new RegExp(`^${LOCAL}@${LABEL}(?:\\.${LABEL})+$`);
/** RFC 5321 §4.5.3.1.3 allows 256 octets with the angle brackets. */
const MAX_ADDRESS = 254;

/**
 * A mailbox address in its one spelling: ASCII, lower case, `local@domain` with at least two labels. Letters outside
 * ASCII are refused, so that no two addresses look alike (attack A3). @throws WireError `address`
 */
export function parseAddress(text: string): Address {
  if (text.length > MAX_ADDRESS || !ADDRESS.test(text) || text.includes('..')) {
    throw new WireError('address', 'not a mailbox address');
  }
  return text as Address;
}
