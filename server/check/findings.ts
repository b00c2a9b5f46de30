/** What a check can find wrong. Closed: each kind has its remedy in docs/operations.md#checking. */
export type FindingKind =
  | 'migrations-pending' // the schema is older than this version
  | 'migrations-unknown' // the schema is newer than this version
  | 'chain-invalid' // a mailbox's statements do not verify from the genesis
  | 'chain-row-differs' // the tables of mailbox, devices or keys do not say what the chain says
  | 'log-differs' // the public log would not come out of its entries as it was signed
  | 'delivery-gap' // a mailbox's list of deliveries has a hole
  | 'part-missing' // a part's bytes are not there, or are too few
  | 'part-damaged' // a part's bytes do not have the digests that were stored with them
  | 'tally-uncovered' // a tally covers segments that no part holds
  | 'tree-differs'; // a kept root of segments is not the root of their digests

export interface Finding {
  readonly kind: FindingKind;
  /** Mailbox id, payload id, or name of a migration: nothing that tells what was sent. */
  readonly subject: string;
}

export interface CheckCounts {
  readonly mailboxes: number;
  readonly statements: number;
  readonly deliveries: number;
  readonly payloads: number;
  readonly parts: number;
  readonly bytes: number;
  /** Blobs that no part names and that the next sweep takes away: no fault. */
  readonly orphans: number;
}

export interface CheckResult {
  readonly counts: CheckCounts;
  readonly findings: readonly Finding[];
}
