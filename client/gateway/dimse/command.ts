import { refuse } from './error.js';

/** Command sets (PS3.7 §6.3.1, annex E): implicit VR little endian, group 0000. */

export const COMMAND = {
  storeRq: 0x0001,
  storeRsp: 0x8001,
  echoRq: 0x0030,
  echoRsp: 0x8030,
  findRq: 0x0020,
  findRsp: 0x8020,
  moveRq: 0x0021,
  moveRsp: 0x8021,
  eventReportRq: 0x0100,
  eventReportRsp: 0x8100,
  actionRq: 0x0130,
  actionRsp: 0x8130,
  createRq: 0x0140,
  createRsp: 0x8140,
} as const;

/** PS3.7 annex C; the classes of status this program says or looks at. */
export const STATUS = {
  success: 0x0000,
  outOfResources: 0xa700,
  identifierMismatch: 0xa900,
  cannotUnderstand: 0xc000,
  sopClassUnsupported: 0x0122,
  unrecognizedOperation: 0x0211,
  noSuchEventType: 0x0113,
  processingFailure: 0x0110,
  missingAttribute: 0x0120,
  resourceLimitation: 0x0213,
} as const;

/** PS3.7 annex C: more answers follow. */
export function isPending(status: number): boolean {
  return status === 0xff00 || status === 0xff01;
}

/** (0000,0800): no data set follows. */
export const NO_DATA_SET = 0x0101;

export interface Command {
  readonly field: number;
  readonly messageId: number;
  readonly respondedTo: number;
  readonly status: number;
  readonly hasDataSet: boolean;
  /** The affected or the requested one: a command has one of the two. */
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  /** Of N-EVENT-REPORT; 0 elsewhere. */
  readonly eventType: number;
  /** Of C-MOVE responses; null where the peer does not count. */
  readonly suboperations: Suboperations;
  /** Of a C-STORE that a C-MOVE has caused (PS3.7 §9.1.1.1.5); null where the peer does not say. */
  readonly moveOriginator: MoveOriginator | null;
}

export interface Suboperations {
  readonly remaining: number | null;
  readonly completed: number | null;
  readonly failed: number | null;
  readonly warning: number | null;
}

export interface MoveOriginator {
  readonly aeTitle: string;
  readonly messageId: number;
}

/** All fields of the commands that are served fit many times. */
export const MAX_COMMAND_BYTES = 16 * 1024;

const TAG = {
  length: 0x0000,
  sopClassUid: 0x0002,
  requestedClassUid: 0x0003,
  field: 0x0100,
  messageId: 0x0110,
  respondedTo: 0x0120,
  destination: 0x0600,
  priority: 0x0700,
  dataSetType: 0x0800,
  status: 0x0900,
  sopInstanceUid: 0x1000,
  requestedInstanceUid: 0x1001,
  eventType: 0x1002,
  actionType: 0x1008,
  remaining: 0x1020,
  completed: 0x1021,
  failed: 0x1022,
  warning: 0x1023,
  moveOriginatorAe: 0x1030,
  moveOriginatorId: 0x1031,
} as const;

/** @throws DimseError `command` */
export function parseCommand(bytes: Uint8Array): Command {
  const values = new Map<number, Uint8Array>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length;) {
    if (at + 8 > bytes.length || view.getUint16(at, true) !== 0x0000) refuse('command');
    const length = view.getUint32(at + 4, true);
    if (length > bytes.length - at - 8) refuse('command');
    values.set(view.getUint16(at + 2, true), bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return commandOf(values);
}

function commandOf(values: ReadonlyMap<number, Uint8Array>): Command {
  const optional = (tag: number): number | null => {
    const value = values.get(tag);
    // Empty is absent: some peers write counts that have no meaning like that.
    if (value === undefined || value.length === 0) return null;
    return value.length === 2 ? (value[0] ?? 0) | ((value[1] ?? 0) << 8) : refuse('command');
  };
  const number = (tag: number, otherwise: number): number => optional(tag) ?? otherwise;
  const text = (tag: number): string =>
    Buffer.from(values.get(tag) ?? [])
      .toString('latin1')
      .replace(/[\0 ]+$/, '');
  const uid = (tag: number): string => (/^[0-9.]{0,64}$/.test(text(tag)) ? text(tag) : refuse('command'));
  const field = number(TAG.field, -1);
  if (field < 0) refuse('command');
  const originator = text(TAG.moveOriginatorAe).trim();
  return {
    field,
    messageId: number(TAG.messageId, 0),
    respondedTo: number(TAG.respondedTo, 0),
    status: number(TAG.status, 0),
    hasDataSet: number(TAG.dataSetType, NO_DATA_SET) !== NO_DATA_SET,
    sopClassUid: uid(TAG.sopClassUid) || uid(TAG.requestedClassUid),
    sopInstanceUid: uid(TAG.sopInstanceUid) || uid(TAG.requestedInstanceUid),
    eventType: number(TAG.eventType, 0),
    suboperations: {
      ...{ remaining: optional(TAG.remaining), completed: optional(TAG.completed) },
      ...{ failed: optional(TAG.failed), warning: optional(TAG.warning) },
    },
    moveOriginator: originator === '' ? null : { aeTitle: originator, messageId: number(TAG.moveOriginatorId, 0) },
  };
}

export interface CommandFields {
  readonly field: number;
  readonly messageId?: number;
  readonly respondedTo?: number;
  readonly status?: number;
  readonly priority?: number;
  readonly hasDataSet: boolean;
  readonly sopClassUid?: string;
  readonly sopInstanceUid?: string;
  /** Of N-ACTION, where nothing is affected yet. */
  readonly requestedClassUid?: string;
  readonly requestedInstanceUid?: string;
  readonly eventType?: number;
  readonly actionType?: number;
  readonly destination?: string;
  readonly suboperations?: Partial<Suboperations>;
  readonly moveOriginator?: MoveOriginator;
}

/** Elements in the order of their tags, with the group's length in front. */
export function encodeCommand(fields: CommandFields): Buffer {
  const elements = [
    uidElement(TAG.sopClassUid, fields.sopClassUid),
    uidElement(TAG.requestedClassUid, fields.requestedClassUid),
    numberElement(TAG.field, fields.field),
    numberElement(TAG.messageId, fields.messageId),
    numberElement(TAG.respondedTo, fields.respondedTo),
    textElement(TAG.destination, fields.destination, ' '),
    numberElement(TAG.priority, fields.priority),
    numberElement(TAG.dataSetType, fields.hasDataSet ? 0x0000 : NO_DATA_SET),
    numberElement(TAG.status, fields.status),
    uidElement(TAG.sopInstanceUid, fields.sopInstanceUid),
    uidElement(TAG.requestedInstanceUid, fields.requestedInstanceUid),
    numberElement(TAG.eventType, fields.eventType),
    numberElement(TAG.actionType, fields.actionType),
    numberElement(TAG.remaining, fields.suboperations?.remaining),
    numberElement(TAG.completed, fields.suboperations?.completed),
    numberElement(TAG.failed, fields.suboperations?.failed),
    numberElement(TAG.warning, fields.suboperations?.warning),
    textElement(TAG.moveOriginatorAe, fields.moveOriginator?.aeTitle, ' '),
    numberElement(TAG.moveOriginatorId, fields.moveOriginator?.messageId),
  ];
  const body = Buffer.concat(elements);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([element(TAG.length, length), body]);
}

function element(tag: number, value: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(tag, 2);
  head.writeUInt32LE(value.length, 4);
  return Buffer.concat([head, value]);
}

function numberElement(tag: number, value: number | null | undefined): Buffer {
  if (value === undefined || value === null) return Buffer.alloc(0);
  return element(tag, Buffer.from([value & 0xff, value >>> 8]));
}

function uidElement(tag: number, value: string | undefined): Buffer {
  return textElement(tag, value, '\0');
}

function textElement(tag: number, value: string | undefined, pad: string): Buffer {
  if (value === undefined) return Buffer.alloc(0);
  return element(tag, Buffer.from(value.length % 2 === 0 ? value : value + pad, 'latin1'));
}
