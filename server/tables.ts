/** Rows as the driver returns them: bytea is Buffer, bigint is number (db/open refuses unsafe ones), timestamptz is Date. */

export interface PracticeRow {
  practice_id: number;
  name: string;
  folded_name: string;
  created_at: Date;
  suspended_at: Date | null;
  closes_at: Date | null;
  closed_at: Date | null;
}

export interface MailboxRow {
  mailbox_id: Buffer;
  practice_id: number;
  address: string;
  last_statement_seq: number;
  last_delivery_seq: number;
  contact_policy: ContactPolicy;
  created_at: Date;
  suspended_at: Date | null;
}

export type ContactPolicy = 'all' | 'verified' | 'known';

export interface AttestationRow {
  mailbox_id: Buffer;
  registrar_id: Buffer;
  seq: number;
  record: Buffer;
  name: string;
  place: string;
  street: string | null;
  specialty: string;
  folded: string;
  issued_at: Date;
  not_before: Date;
  not_after: Date;
}

export interface LookRow {
  kind: 'name' | 'place' | 'address';
  form: string;
  practice_id: number;
}

export interface ProtectedNameRow {
  form: string;
  name: string;
}

export interface ContactRow {
  mailbox_id: Buffer;
  contact_id: Buffer;
  permission: 'allowed' | 'denied';
  device_id: Buffer;
  set_at: Date;
}

export interface StatementRow {
  mailbox_id: Buffer;
  seq: number;
  bytes: Buffer;
  hash: Buffer;
  accepted_at: Date;
}

export interface BalanceRow {
  mailbox_id: Buffer;
  seq: number;
  carried: Buffer;
}

export interface PublicKeyRow {
  digest: Buffer;
  mailbox_id: Buffer;
  seq: number;
}

export interface DeviceRow {
  mailbox_id: Buffer;
  device_id: Buffer;
  signing_key: Buffer;
  added_seq: number;
  revoked_seq: number | null;
  suspended_at: Date | null;
}

export interface KeystoreMarkRow {
  mailbox_id: Buffer;
  device_id: Buffer;
  version: number;
  digest: Buffer;
  mark: Buffer;
  signature: Buffer;
}

export interface PairingRow {
  pairing_digest: Buffer;
  mailbox_id: Buffer;
  device_id: Buffer;
  created_at: Date;
  expires_at: Date;
}

export interface PairingBlobRow {
  pairing_digest: Buffer;
  sender: 'admin' | 'device';
  n: number;
  blob: Buffer;
}

export interface InvitationRow {
  token_digest: Buffer;
  practice_id: number;
  address: string;
  created_at: Date;
  expires_at: Date;
  used_at: Date | null;
  mailbox_id: Buffer | null;
  statements_digest: Buffer | null;
}

export interface ChallengeRow {
  nonce: Buffer;
  mailbox_id: Buffer;
  device_id: Buffer;
  expires_at: Date;
}

export interface SessionRow {
  token_digest: Buffer;
  mailbox_id: Buffer;
  device_id: Buffer;
  created_at: Date;
  expires_at: Date;
}

export interface MessageRow {
  sender_mailbox_id: Buffer;
  message_id: Buffer;
  sender_device_id: Buffer;
  request_digest: Buffer;
  accepted_at: Date;
  expires_at: Date;
  deadline_at: Date | null;
}

export type DeliveryState = 'pending' | 'fetched' | 'acknowledged' | 'expired' | 'withdrawn';

/** Whether the recipient takes messages of this sender; one that is held waits for him to say so. */
export type Consent = 'given' | 'held' | 'refused';

export interface DeliveryRow {
  mailbox_id: Buffer;
  seq: number;
  sender_mailbox_id: Buffer;
  message_id: Buffer;
  envelope: Buffer | null;
  envelope_bytes: number;
  envelope_digest: Buffer;
  state: DeliveryState;
  consent: Consent;
  fetched_at: Date | null;
  attended_at: Date | null;
  attended_device_id: Buffer | null;
  reminded: number;
}

export interface DeputyRow {
  mailbox_id: Buffer;
  position: number;
  deputy_id: Buffer;
  device_id: Buffer;
  set_at: Date;
}

export interface AcknowledgementRow {
  mailbox_id: Buffer;
  seq: number;
  device_id: Buffer;
  acknowledged_at: Date;
}

export interface WithdrawalRow {
  sender_mailbox_id: Buffer;
  message_id: Buffer;
  device_id: Buffer;
  withdrawn_at: Date;
}

export interface TestimonyRow {
  mailbox_id: Buffer;
  seq: number;
  body: Buffer;
  signature: Buffer | null;
}

export interface PayloadRow {
  payload_number: number;
  payload_id: Buffer;
  header: Buffer;
  segment_bytes: number;
  size_bound: number;
  creator_mailbox_id: Buffer;
  message_id: Buffer;
  created_at: Date;
  expires_at: Date;
  removed_at: Date | null;
  stored_bytes: number;
  is_whole: boolean;
  touched_at: Date;
}

export interface PayloadAccessRow {
  payload_number: number;
  mailbox_id: Buffer;
  granted_at: Date;
  expires_at: Date;
}

export interface MessagePayloadRow {
  sender_mailbox_id: Buffer;
  message_id: Buffer;
  position: number;
  payload_number: number;
}

export interface PartRow {
  payload_number: number;
  first_segment: number;
  segments: number;
  bytes: number;
  is_last: boolean;
  digests: Buffer;
  digest: Buffer;
  blob_key: Buffer;
  stored_at: Date;
}

export interface TallyRow {
  payload_number: number;
  seq: number;
  segments: number;
  record: Buffer;
  stored_at: Date;
}

export interface TreeBlockRow {
  payload_number: number;
  block: number;
  root: Buffer;
}

export interface LogIdentityRow {
  singleton: boolean;
  origin: string;
  public_key: Buffer;
  policy: Buffer;
}

export interface LogQueueRow {
  queued: number;
  map_index: Buffer;
  seq: number;
  digest: Buffer;
  head: Buffer;
}

export interface LogEntryRow {
  position: number;
  entry: Buffer;
}

export interface LogTileRow {
  level: number;
  tile: number;
  hashes: Buffer;
}

export interface LogMapLeafRow {
  map_index: Buffer;
  seq: number;
  head: Buffer;
  version: number;
  old_seq: number | null;
  old_head: Buffer | null;
}

export interface LogMapNodeRow {
  depth: number;
  prefix: Buffer;
  hash: Buffer;
  leaf: Buffer | null;
  version: number;
  old_hash: Buffer | null;
  old_leaf: Buffer | null;
}

export interface LogCheckpointRow {
  size: number;
  root: Buffer;
  note: Buffer;
  created_at: Date;
  published_at: Date | null;
}

export interface LogCosignatureRow {
  size: number;
  witness: string;
  line: string;
}

export interface AuditIdentityRow {
  singleton: boolean;
  name: string;
  public_key: Buffer;
}

export interface AuditQueueRow {
  queued: number;
  at: Date;
  event: string;
}

export interface AuditEntryRow {
  seq: number;
  entry: string;
  hash: Buffer;
}

export interface AuditCheckpointRow {
  size: number;
  note: Buffer;
  created_at: Date;
}

export interface RelayNodeRow {
  node_id: Buffer;
  seen_at: Date;
}

export interface DirectPartRow {
  blob_key: Buffer;
  payload_number: number;
  first_segment: number;
  digests: Buffer;
  bytes: number;
  expires_at: Date;
}
