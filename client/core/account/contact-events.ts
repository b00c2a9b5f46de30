import {
  type SignedAttestation,
  encodeSignedAttestation,
  readVerifiedAttestation,
} from '../../../crypto/wire/attestation.js';
import { type CborValue } from '../../../crypto/wire/cbor.js';
import {
  type Address,
  type MailboxId,
  type MessageId,
  type RegistrarId,
  idBytes,
  mailboxIdFrom,
  messageIdFrom,
  parseAddress,
  registrarIdFrom,
} from '../../../crypto/wire/ids.js';
import { asArray, asBytes, asOneOf, asText, asUint } from '../../../crypto/wire/shape.js';

/** What a device remembers of whom it writes with: names, consent, and what a person has decided. */
export type ContactEvent =
  /** What registrars say in a mailbox's chain, at the time it was pinned. */
  | {
      readonly kind: 'attested';
      readonly mailboxId: MailboxId;
      readonly attestations: readonly SignedAttestation[];
    }
  /** Whose word for a name counts, all of them. */
  | { readonly kind: 'registrars'; readonly registrars: readonly RegistrarId[] }
  /** Whether the mailbox takes the sender's message. */
  | {
      readonly kind: 'consent';
      readonly sender: MailboxId;
      readonly messageId: MessageId;
      readonly consent: Consent;
    }
  /** A person has made sure of the mailbox that stands behind an address now. */
  | { readonly kind: 'address-accepted'; readonly address: Address; readonly mailboxId: MailboxId }
  /** A delivery in quarantine may be looked at again. */
  | { readonly kind: 'released'; readonly seq: number }
  /** The mailbox's other devices know of these first contacts. */
  | { readonly kind: 'told'; readonly mailboxIds: readonly MailboxId[] };

export type Consent = 'given' | 'held' | 'refused';
const CONSENTS = ['given', 'held', 'refused'] as const;
const KINDS = ['attested', 'registrars', 'consent', 'address-accepted', 'released', 'told'] as const;

export function isContactKind(kind: string): kind is ContactEvent['kind'] {
  return KINDS.some((one) => one === kind);
}

export function encodeContactEvent(event: ContactEvent): CborValue {
  switch (event.kind) {
    case 'attested':
      return [event.kind, idBytes(event.mailboxId), event.attestations.map(encodeSignedAttestation)];
    case 'registrars':
      return [event.kind, event.registrars.map(idBytes)];
    case 'consent':
      return [event.kind, idBytes(event.sender), idBytes(event.messageId), event.consent];
    case 'address-accepted':
      return [event.kind, event.address, idBytes(event.mailboxId)];
    case 'released':
      return [event.kind, event.seq];
    case 'told':
      return [event.kind, event.mailboxIds.map(idBytes)];
  }
}

/** @throws WireError */
export function parseContactEvent(kind: ContactEvent['kind'], f: readonly CborValue[]): ContactEvent {
  switch (kind) {
    case 'attested':
      return {
        kind,
        mailboxId: mailboxIdFrom(asBytes(f[0])),
        attestations: asArray(f[1]).map((record) => readVerifiedAttestation(asBytes(record))),
      };
    case 'registrars':
      return { kind, registrars: asArray(f[0]).map((id) => registrarIdFrom(asBytes(id))) };
    case 'consent':
      return {
        kind,
        sender: mailboxIdFrom(asBytes(f[0])),
        messageId: messageIdFrom(asBytes(f[1])),
        consent: asOneOf(f[2], CONSENTS),
      };
    case 'address-accepted':
      return { kind, address: parseAddress(asText(f[0], 254)), mailboxId: mailboxIdFrom(asBytes(f[1])) };
    case 'released':
      return { kind, seq: asUint(f[0]) };
    case 'told':
      return { kind, mailboxIds: asArray(f[0]).map((id) => mailboxIdFrom(asBytes(id))) };
  }
}
