import type { Attestation } from '../../crypto/wire/attestation.js';
import { type MailboxId, type RegistrarId, mailboxIdFrom } from '../../crypto/wire/ids.js';
import type { Database, Transaction } from '../db/open.js';
import { foldQuery, idColumn, toBuffer } from '../db/sql.js';
import { toBase64Url } from '../http/base64url.js';
import type { AttestationRow, MailboxRow } from '../tables.js';

export interface NewAttestation extends Attestation {
  readonly registrarId: RegistrarId;
  readonly seq: number;
  readonly record: Uint8Array;
  readonly folded: string;
}

export async function upsertAttestation(trx: Transaction, attestation: NewAttestation): Promise<void> {
  const { name, place, street, specialty, folded, seq } = attestation;
  await trx<AttestationRow>('attestations')
    .insert({
      mailbox_id: idColumn(attestation.mailboxId),
      registrar_id: idColumn(attestation.registrarId),
      record: toBuffer(attestation.record),
      issued_at: new Date(attestation.issuedMs),
      not_before: new Date(attestation.notBeforeMs),
      not_after: new Date(attestation.notAfterMs),
      ...{ name, place, street, specialty, folded, seq },
    })
    .onConflict(['mailbox_id', 'registrar_id'])
    .merge();
}

export async function findPracticeOf(trx: Transaction, mailboxId: MailboxId): Promise<number> {
  const row = await trx<MailboxRow>('mailboxes')
    .where({ mailbox_id: idColumn(mailboxId) })
    .first('practice_id');
  if (row === undefined) throw new Error('a chain without a mailbox');
  return row.practice_id;
}

/** As the interface shows it (docs/spec/relay-api.md §4). */
export interface DirectoryEntry {
  readonly mailboxId: MailboxId;
  readonly address: string;
  /** By a configured registrar while `verified`, else by the operator. */
  readonly practiceName: string;
  readonly verified: boolean;
  readonly place: string | null;
  readonly street: string | null;
  readonly specialty: string | null;
  /** The registrar's record, for the client to verify. */
  readonly attestation: string | null;
}

export interface SearchRequest {
  readonly query: string;
  /** The address of the last entry seen, or nothing. */
  readonly after: string;
  readonly limit: number;
  readonly registrars: readonly RegistrarId[];
}

interface FoundRow {
  readonly mailbox_id: Buffer;
  readonly address: string;
  readonly operator_name: string;
  readonly name: string | null;
  readonly place: string | null;
  readonly street: string | null;
  readonly specialty: string | null;
  readonly record: Buffer | null;
}

/** The latest attestation in force of a configured registrar; placeholders: registrars. */
const VOUCHED = `(
  select a.* from attestations a
  where a.mailbox_id = m.mailbox_id and a.registrar_id = any(:registrars) and a.not_before <= now() and a.not_after > now()
  order by a.issued_at desc, a.registrar_id limit 1
)`;

const SEARCH = `
select m.mailbox_id, m.address, p.name as operator_name, v.name, v.place, v.street, v.specialty, v.record
from mailboxes m
join practices p on p.practice_id = m.practice_id
left join lateral ${VOUCHED} v on true
where p.closes_at is null and (m.address || ' ' || p.folded_name || ' ' || coalesce(v.folded, '')) like all (:patterns)
and (:after = '' or (v.record is null, m.address) > (not exists (
  select 1 from mailboxes m cross join lateral ${VOUCHED} seen where m.address = :after
), :after))
order by v.record is null, m.address
limit :limit`;

/** Entries in which every word of the query occurs, as part of a word too: verified names first, then by address. */
export async function searchEntries(db: Database, request: SearchRequest): Promise<DirectoryEntry[]> {
  const words = foldQuery(request.query).split(/\s+/).filter(Boolean);
  const { rows } = await db.raw<{ rows: FoundRow[] }>(SEARCH, {
    registrars: request.registrars.map(idColumn) as unknown as string,
    patterns: words.map((word) => `%${word.replaceAll(/[\\%_]/g, '\\$&')}%`) as unknown as string,
    after: request.after,
    limit: request.limit,
  });
  return rows.map(entryFrom);
}

function entryFrom(row: FoundRow): DirectoryEntry {
  const { place, street, specialty } = row;
  return {
    mailboxId: mailboxIdFrom(row.mailbox_id),
    address: row.address,
    practiceName: row.name ?? row.operator_name,
    verified: row.record !== null,
    ...{ place, street, specialty },
    attestation: row.record === null ? null : toBase64Url(row.record),
  };
}
