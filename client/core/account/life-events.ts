import { type CborValue } from '../../../crypto/wire/cbor.js';
import { type MailboxId, type MessageId, idBytes, mailboxIdFrom, messageIdFrom } from '../../../crypto/wire/ids.js';
import { asArray, asBytes, asOneOf, asUint, orNull } from '../../../crypto/wire/shape.js';

/** What a device remembers of messages that were taken back, or went before it could open them. */
export type LifeEvent =
  /** A message of the own mailbox was withdrawn; each testimony was verified when it came. */
  | {
      readonly kind: 'withdrawn';
      readonly messageId: MessageId;
      readonly timeMs: number;
      readonly outcomes: readonly WithdrawalOutcome[];
    }
  /** A delivery that this device has never opened: its sender took it back, or its time was over. */
  | {
      readonly kind: 'removed';
      readonly seq: number;
      readonly messageId: MessageId;
      readonly mailboxId: MailboxId;
      readonly why: Removal;
      readonly acceptedMs: number;
    };

export type Removal = 'withdrawn' | 'expired';

export interface WithdrawalOutcome {
  readonly mailboxId: MailboxId;
  readonly state: OutcomeState;
  /** As the relay has signed it; null as long as it has not. */
  readonly testimony: Uint8Array | null;
}

export type OutcomeState = 'withdrawn' | 'fetched' | 'expired';

const KINDS = ['withdrawn', 'removed'] as const;
const STATES = ['withdrawn', 'fetched', 'expired'] as const;
const REMOVALS = ['withdrawn', 'expired'] as const;

export function isLifeKind(kind: string): kind is LifeEvent['kind'] {
  return KINDS.some((one) => one === kind);
}

export function encodeLifeEvent(event: LifeEvent): CborValue {
  switch (event.kind) {
    case 'withdrawn': {
      const outcomes = event.outcomes.map((one) => [idBytes(one.mailboxId), one.state, one.testimony]);
      return [event.kind, idBytes(event.messageId), event.timeMs, outcomes];
    }
    case 'removed':
      return [event.kind, event.seq, idBytes(event.messageId), idBytes(event.mailboxId), event.why, event.acceptedMs];
  }
}

/** @throws WireError */
export function parseLifeEvent(kind: LifeEvent['kind'], f: readonly CborValue[]): LifeEvent {
  switch (kind) {
    case 'withdrawn':
      return {
        kind,
        messageId: messageIdFrom(asBytes(f[0])),
        timeMs: asUint(f[1]),
        outcomes: asArray(f[2]).map((item) => {
          const [mailboxId, state, testimony] = asArray(item, 3);
          return {
            mailboxId: mailboxIdFrom(asBytes(mailboxId)),
            state: asOneOf(state, STATES),
            testimony: orNull(testimony, (value) => asBytes(value)),
          };
        }),
      };
    case 'removed':
      return {
        kind,
        seq: asUint(f[0]),
        messageId: messageIdFrom(asBytes(f[1])),
        mailboxId: mailboxIdFrom(asBytes(f[2])),
        why: asOneOf(f[3], REMOVALS),
        acceptedMs: asUint(f[4]),
      };
  }
}
