import { type CborValue } from '../../../crypto/wire/cbor.js';
import { WireError } from '../../../crypto/wire/error.js';
import { type MessageId, idBytes, messageIdFrom } from '../../../crypto/wire/ids.js';
import { MAX_ALARM_REASON } from '../../../crypto/wire/own-state.js';
import { asBytes, asText, asUint, orNull } from '../../../crypto/wire/shape.js';

/** What a device remembers of the public log, and of messages that wait for it (docs/spec/directory.md §8). */
export type LogEvent =
  /** A checkpoint of the log, verified; everything seen later contains it. */
  | {
      readonly kind: 'checkpoint-seen';
      readonly note: Uint8Array;
      readonly origin: string;
      readonly size: number;
      readonly root: Uint8Array;
      readonly signature: Uint8Array;
    }
  /** The log has shown two histories. */
  | {
      readonly kind: 'log-alarm';
      readonly first: Uint8Array;
      readonly second: Uint8Array;
      readonly evidence: string | null;
    }
  /** A person has decided which of the two counts, and why; the evidence stays. Followed by the checkpoint that counts. */
  | {
      readonly kind: 'log-alarm-settled';
      readonly abandoned: { readonly size: number; readonly root: Uint8Array };
      readonly member: string;
      readonly reason: string;
      readonly timeMs: number;
    }
  /** The mailbox's other devices have been told of what was decided. */
  | { readonly kind: 'alarm-told' }
  /** The own mailbox stands in the log as this device knows it. */
  | { readonly kind: 'own-checked'; readonly timeMs: number }
  /** A message that cannot be opened before the directory can be checked. */
  | {
      readonly kind: 'waiting';
      readonly seq: number;
      readonly messageId: MessageId;
      readonly code: string;
      readonly acceptedMs: number;
    }
  /** A message that has waited is gone at the relay. */
  | { readonly kind: 'settled'; readonly seq: number };

const MAX_LABEL = 100;
const MAX_CODE = 64;
const MAX_ORIGIN = 512;
const MAX_PATH = 4_096;
const SIGNATURE_BYTES = 64;

export function encodeLogEvent(event: LogEvent): CborValue {
  switch (event.kind) {
    case 'checkpoint-seen':
      return [event.kind, event.note, event.origin, event.size, event.root, event.signature];
    case 'log-alarm':
      return [event.kind, event.first, event.second, event.evidence];
    case 'log-alarm-settled':
      return [event.kind, event.abandoned.size, event.abandoned.root, event.member, event.reason, event.timeMs];
    case 'alarm-told':
      return [event.kind];
    case 'own-checked':
      return [event.kind, event.timeMs];
    case 'waiting':
      return [event.kind, event.seq, idBytes(event.messageId), event.code, event.acceptedMs];
    case 'settled':
      return [event.kind, event.seq];
  }
}

/** @throws WireError for a kind of a newer version */
export function parseLogEvent(kind: string, f: readonly CborValue[]): LogEvent {
  switch (kind) {
    case 'checkpoint-seen':
      return {
        kind,
        note: asBytes(f[0]),
        origin: asText(f[1], MAX_ORIGIN),
        size: asUint(f[2]),
        root: asBytes(f[3], 32),
        signature: asBytes(f[4], SIGNATURE_BYTES),
      };
    case 'log-alarm': {
      const evidence = orNull(f[2], (value) => asText(value, MAX_PATH));
      return { kind, first: asBytes(f[0]), second: asBytes(f[1]), evidence };
    }
    case 'log-alarm-settled':
      return {
        kind,
        abandoned: { size: asUint(f[0]), root: asBytes(f[1], 32) },
        member: asText(f[2], MAX_LABEL),
        reason: asText(f[3], MAX_ALARM_REASON),
        timeMs: asUint(f[4]),
      };
    case 'alarm-told':
      return { kind };
    case 'own-checked':
      return { kind, timeMs: asUint(f[0]) };
    case 'waiting': {
      const messageId = messageIdFrom(asBytes(f[1]));
      return { kind, seq: asUint(f[0]), messageId, code: asText(f[2], MAX_CODE), acceptedMs: asUint(f[3]) };
    }
    case 'settled':
      return { kind, seq: asUint(f[0]) };
    default:
      throw new WireError('shape', 'an event of a newer version');
  }
}
