import type { DeviceId, MailboxId, MessageId, PayloadId } from '../../crypto/wire/ids.js';

/**
 * What is recorded (docs/spec/audit.md §2): who by ids, what, whom it is about. No content, no names, no addresses, nothing
 * that a client chose freely. None has a field of the entry itself: `seq`, `previous`, `at`.
 */

/** A device of a mailbox that was signed in, or signs in. */
export interface DeviceActor {
  readonly mailboxId: MailboxId;
  readonly deviceId: DeviceId;
}

export type AuditEvent = RelayEvent | JoiningEvent | DeviceEvent | MessageEvent | ContactEvent | OperatorEvent;

type RelayEvent =
  | { readonly kind: 'relay-started'; readonly version: string }
  | { readonly kind: 'relay-stopped' }
  /** A checkpoint of the public log that a witness contradicts. */
  | { readonly kind: 'log-conflict'; readonly size: number };

type JoiningEvent =
  | { readonly kind: 'enrolled'; readonly practiceId: number; readonly mailboxId: MailboxId }
  /** Somebody tried to register a public key that is somebody's (attack A1). */
  | { readonly kind: 'registration-refused' }
  | { readonly kind: 'recovered'; readonly mailboxId: MailboxId };

type DeviceEvent =
  | ({ readonly kind: 'signed-in' } & DeviceActor)
  /** `refused` counts those before it that were too many to record each. */
  | ({ readonly kind: 'sign-in-refused'; readonly why: SignInRefusal; readonly omitted: number } & DeviceActor)
  | ({ readonly kind: 'device-added'; readonly statement: number } & DeviceActor)
  | ({ readonly kind: 'device-revoked'; readonly statement: number } & DeviceActor)
  | ({ readonly kind: 'device-renewed'; readonly statement: number } & DeviceActor)
  | {
      readonly kind: 'chain-extended';
      readonly mailboxId: MailboxId;
      readonly statement: number;
      readonly added: number;
    }
  | ({ readonly kind: 'pairing-opened' } & DeviceActor)
  | ({ readonly kind: 'pairing-ended' } & DeviceActor);

export type SignInRefusal = 'challenge' | 'suspended';

type MessageEvent =
  | ({
      readonly kind: 'message-accepted';
      readonly messageId: MessageId;
      readonly recipients: readonly MailboxId[];
      readonly payloads: number;
      readonly isUrgent: boolean;
    } & DeviceActor)
  | ({ readonly kind: 'envelope-read'; readonly delivery: number } & DeviceActor)
  | ({ readonly kind: 'acknowledged'; readonly delivery: number } & DeviceActor)
  | ({ readonly kind: 'attended'; readonly delivery: number } & DeviceActor)
  /** The first time in an hour that a device asks for a payload's segments. */
  | ({ readonly kind: 'payload-read'; readonly payloadId: PayloadId } & DeviceActor)
  | ({ readonly kind: 'withdrawn'; readonly messageId: MessageId } & DeviceActor)
  | { readonly kind: 'expired'; readonly deliveries: number };

type ContactEvent =
  | ({ readonly kind: 'contact-set'; readonly contactId: MailboxId; readonly permission: string } & DeviceActor)
  | ({ readonly kind: 'deputies-set'; readonly deputies: readonly MailboxId[] } & DeviceActor)
  | ({ readonly kind: 'contact-policy-set'; readonly policy: string } & DeviceActor);

/** What the operator did, on the machine of the relay. */
type OperatorEvent =
  | { readonly kind: 'invited'; readonly practiceId: number }
  | { readonly kind: 'names-protected'; readonly count: number }
  | { readonly kind: 'name-unprotected' }
  | { readonly kind: 'practice-suspended' | 'practice-resumed' | 'practice-exported'; readonly practiceId: number }
  | { readonly kind: 'practice-closing'; readonly practiceId: number; readonly endsAt: string }
  | { readonly kind: 'practice-closed'; readonly practiceId: number }
  | { readonly kind: 'mailbox-suspended' | 'mailbox-resumed'; readonly mailboxId: MailboxId }
  | ({ readonly kind: 'device-suspended' | 'device-resumed' } & DeviceActor)
  | { readonly kind: 'backup-taken'; readonly rows: number; readonly blobs: number }
  | { readonly kind: 'restored'; readonly rows: number; readonly blobs: number }
  | { readonly kind: 'support-bundle-made' }
  | { readonly kind: 'audit-exported'; readonly entries: number }
  /** Entries up to `through`, whose hash this is, were deleted because their time was over. */
  | { readonly kind: 'audit-pruned'; readonly through: number; readonly hash: string };

export type AuditKind = AuditEvent['kind'];
